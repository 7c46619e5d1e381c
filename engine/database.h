// The compiled, immutable form of a Catalogue, shared by all threads.
//
// Compiling takes each rule's regex apart, chooses its needles (engine/needle.h) and builds one Hyperscan database for
// all of them. RE2 objects are made at their first use, behind a once-flag, and guards (engine/guard.h) unpacked.
// A Database packs into bytes that load in about a millisecond: the built-in one is made when the program is built,
// those of user configurations are cached.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "rules/catalogue.h"
#include "rules/diagnostic.h"

namespace staunch {

// The processors for which a database can be compiled; the run picks the best one that it is on.
enum class Platform : std::uint8_t { baseline, avx2, avx512, avx512vbmi };
Platform this_platform();

class Database {
 public:
  // Everything that is wrong with the rules is appended to `diagnostics`; an Error means that nothing usable came out
  // (at least one diagnostic is an error, or Hyperscan refused). Path-only rules and gated rules without a needle are
  // legal.
  static Result<std::shared_ptr<const Database>> compile(Catalogue catalogue, std::vector<Diagnostic>& diagnostics,
                                                         Platform platform = this_platform());

  // Bytes for unpack() in the same build of the program, for the platform that the Database was compiled for or for
  // several; unpack() takes the best of them that this processor can run, and refuses bytes without one.
  std::string pack() const;
  std::string pack(std::span<const Platform> platforms) const;
  static Result<std::shared_ptr<const Database>> unpack(std::string_view bytes);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const Catalogue& catalogue() const;
  // 32 hex digits over everything that decides what is found; stands in reports as `catalogue`.
  const std::string& digest() const;

  struct Parts;  // engine/parts.h: for the engine itself
  const Parts& parts() const { return *parts_; }

 private:
  explicit Database(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace staunch
