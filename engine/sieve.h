// A search for a great many literals at once, for processors with AVX-512 VBMI.
//
// Hyperscan's literal matchers are at their best with some hundred literals; a large catalogue has more than a thousand
// needles, and with them every fifth position makes it look twice. A Sieve sorts four neighbouring bytes of each needle
// (its gram, the rarest) into buckets: for each of the four places a bucket has a set of bytes. Four table look-ups a
// group of eight buckets tell for 64 positions at once where some gram may stand; a bit map of hashed grams lets go most
// of what is left, and the rest is compared. It finds what Hyperscan finds. Needles of two and three bytes have buckets
// and a bit map of their own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hit.h"

namespace staunch {

class Sieve {
 public:
  struct Literal {
    std::string_view text;  // lower case where `caseless`; two bytes at least
    bool caseless;
  };

  // Sorts the grams into buckets, which takes a fifth of a second for a thousand. The literals must outlive the Sieve.
  explicit Sieve(std::vector<Literal> literals);

  // What the constructor has worked out, and a Sieve over the same literals from it; nothing where it does not fit them.
  std::string pack() const;
  static std::unique_ptr<Sieve> unpack(std::vector<Literal> literals, std::string_view packed);

  // Whether this processor has what find() is written in.
  static bool runs_here();
  // Appends each literal that ends in (from, to] of `text`; it may begin before `from`. In no order. At most 2^32 bytes.
  void find(std::string_view text, std::size_t from, std::size_t to, std::vector<Hit>& hits) const;

 private:
  static constexpr std::size_t kPlaces = 4, kGroups = 5, kShortGroup = kGroups - 1;
  using Bytes64 = std::array<std::uint8_t, 64>;

  Sieve() = default;
  void index();
  void scan(std::string_view text, std::size_t first, std::size_t end, std::size_t from, std::size_t to,
            std::vector<Hit>& hits) const;
  void check(std::string_view text, std::size_t at, const std::vector<std::uint32_t>& heads, std::uint32_t slot,
             std::size_t from, std::size_t to, std::vector<Hit>& hits) const;

  std::vector<Literal> literals_;
  std::vector<std::uint8_t> gram_;  // by literal: where its gram begins in it
  // By place and group, for each class of bytes: the buckets that have it there.
  alignas(64) std::array<std::array<Bytes64, kGroups>, kPlaces> tables_{};
  std::size_t longest_ = 0;

  // Literals by the hash of their gram, as bit maps and as chains: heads by hash, next_ by literal; 0 ends a chain.
  std::vector<std::uint32_t> long_map_, short_map_, long_heads_, short_heads_, next_;
};

}  // namespace staunch
