// How the grams of a Sieve are chosen and sorted into buckets.
//
// A bucket lets pass what has, at each of four places, one of its bytes: the fewer and rarer these are, the less passes
// that nobody looks for. Each gram begins as a bucket; the two whose union lets pass the least are joined until few
// enough are left.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>

#include "engine/frequency.h"
#include "engine/sieve.h"
#include "engine/sieve_classes.h"

namespace staunch {
namespace {

constexpr std::size_t kPlaces = 4;

// How often a byte of each class stands in ordinary text, of all bytes.
std::array<double, 64> class_shares() {
  std::array<double, 64> shares{};
  double all = 0;
  for (int byte = 1; byte < 128; ++byte) {
    const char c = static_cast<char>(byte);
    const double hits = 1 + hits_per_megabyte({&c, 1}, false);
    shares[class_of(c)] += hits;
    all += hits;
  }
  for (double& share : shares) share /= all;
  return shares;
}

class Buckets {
 public:
  using Sets = std::array<std::uint64_t, kPlaces>;  // by place: the classes that may stand there

  Buckets() : shares_(class_shares()) {}

  // How much of ordinary text it lets pass.
  double passes(const Sets& sets) const {
    double out = 1;
    for (std::uint64_t set : sets) {
      if (set == ~0ull) continue;
      double share = 0;
      for (; set != 0; set &= set - 1) share += shares_[static_cast<std::size_t>(std::countr_zero(set))];
      out *= share;
    }
    return out;
  }

  void add(const Sets& sets) {
    for (const Bucket& known : all_)
      if (known.sets == sets) return;
    all_.push_back({sets, passes(sets), kNone, 0, true});
  }

  std::vector<Sets> joined(std::size_t count) {
    std::size_t live = all_.size();
    for (std::size_t i = 0; i < all_.size(); ++i) find_nearest(i);
    for (; live > count; --live) join_nearest();
    std::vector<Sets> out;
    for (const Bucket& bucket : all_)
      if (bucket.live) out.push_back(bucket.sets);
    return out;
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  struct Bucket {
    Sets sets;
    double share;
    std::size_t nearest;  // the one with which it loses least
    double loss;
    bool live;
  };

  static Sets united(const Sets& a, const Sets& b) {
    Sets out;
    for (std::size_t i = 0; i < kPlaces; ++i) out[i] = a[i] | b[i];
    return out;
  }
  double loss(const Bucket& a, const Bucket& b) const { return passes(united(a.sets, b.sets)) - a.share - b.share; }

  void find_nearest(std::size_t i) {
    Bucket& own = all_[i];
    own.nearest = kNone;
    own.loss = std::numeric_limits<double>::max();
    for (std::size_t j = 0; j < all_.size(); ++j)
      if (j != i && all_[j].live) try_nearest(own, j);
  }
  void try_nearest(Bucket& own, std::size_t j) {
    const double lost = loss(own, all_[j]);
    if (lost < own.loss) {
      own.loss = lost;
      own.nearest = j;
    }
  }

  void join_nearest() {
    std::size_t best = kNone;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (all_[i].live && (best == kNone || all_[i].loss < all_[best].loss)) best = i;
    const std::size_t other = all_[best].nearest;
    all_[other].live = false;
    all_[best].sets = united(all_[best].sets, all_[other].sets);
    all_[best].share = passes(all_[best].sets);
    find_nearest(best);
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (!all_[i].live || i == best) continue;
      if (all_[i].nearest == other || all_[i].nearest == best)
        find_nearest(i);
      else
        try_nearest(all_[i], best);
    }
  }

  std::array<double, 64> shares_;
  std::vector<Bucket> all_;
};

std::uint64_t classes_at(const Sieve::Literal& literal, std::size_t at) {
  if (at >= literal.text.size()) return ~0ull;
  const char byte = literal.text[at];
  std::uint64_t set = 1ull << class_of(byte);
  if (literal.caseless && byte >= 'a' && byte <= 'z') set |= 1ull << class_of(static_cast<char>(byte ^ 0x20));
  return set;
}

Buckets::Sets sets_of(const Sieve::Literal& literal, std::size_t from) {
  Buckets::Sets sets;
  for (std::size_t i = 0; i < kPlaces; ++i) sets[i] = classes_at(literal, from + i);
  return sets;
}

// The place of the rarest four bytes.
std::uint8_t rarest_gram(const Sieve::Literal& literal, const Buckets& buckets) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::max();
  for (std::size_t at = 0; at + kPlaces <= literal.text.size(); ++at) {
    const double price = 1e6 * buckets.passes(sets_of(literal, at)) +
                         hits_per_megabyte(literal.text.substr(at, kPlaces), true);
    if (price >= least) continue;
    least = price;
    best = at;
  }
  return static_cast<std::uint8_t>(best);
}

}  // namespace

Sieve::Sieve(std::vector<Literal> literals) : literals_(std::move(literals)) {
  Buckets longs, shorts;
  for (const Literal& literal : literals_) {
    const bool is_long = literal.text.size() >= kPlaces;
    gram_.push_back(is_long ? rarest_gram(literal, longs) : 0);
    (is_long ? longs : shorts).add(sets_of(literal, gram_.back()));
  }
  auto enter = [&](const std::vector<Buckets::Sets>& buckets, std::size_t first_group) {
    for (std::size_t i = 0; i < buckets.size(); ++i)
      for (std::size_t place = 0; place < kPlaces; ++place)
        for (std::size_t c = 0; c < 64; ++c)
          if ((buckets[i][place] >> c & 1) != 0)
            tables_[place][first_group + i / 8][c] |= static_cast<std::uint8_t>(1u << (i % 8));
  };
  enter(longs.joined(8 * kShortGroup), 0);
  enter(shorts.joined(8), kShortGroup);
  index();
}

std::string Sieve::pack() const {
  std::string out(gram_.begin(), gram_.end());
  for (const auto& place : tables_)
    for (const Bytes64& table : place) out.append(table.begin(), table.end());
  return out;
}

std::unique_ptr<Sieve> Sieve::unpack(std::vector<Literal> literals, std::string_view packed) {
  std::unique_ptr<Sieve> out(new Sieve);
  if (packed.size() != literals.size() + sizeof out->tables_) return nullptr;
  out->literals_ = std::move(literals);
  for (std::size_t i = 0; i < out->literals_.size(); ++i) {
    const std::size_t size = out->literals_[i].text.size(), gram = static_cast<unsigned char>(packed[i]);
    if (size < 2 || (size < kPlaces ? gram != 0 : gram + kPlaces > size)) return nullptr;
    out->gram_.push_back(static_cast<std::uint8_t>(gram));
  }
  const char* bytes = packed.data() + out->literals_.size();
  for (auto& place : out->tables_)
    for (Bytes64& table : place) {
      std::memcpy(table.data(), bytes, table.size());
      bytes += table.size();
    }
  out->index();
  return out;
}

}  // namespace staunch
