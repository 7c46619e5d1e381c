// Bytes to raw matches: Hyperscan finds needles, guards throw most hits away, regions collect the rest, RE2 decides.
//
// A Matcher takes one item as one text or as consecutive texts (windows) and finds exactly what RE2 finds when it is
// run over the whole item, rule by rule, whatever the cuts. What makes that so: every match holds a needle of its rule
// and lies within the reach of that needle's hit; reaches that touch are merged into a region, so no match crosses a
// region's border and RE2 may start afresh at each. A region that touches the end of a window stays open: matches that
// begin more than the rule's width before the end are final, the rest waits for the next window.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/expansion.h"
#include "engine/worker.h"

namespace staunch {

inline constexpr std::size_t kNearBefore = 64, kNearBehind = 64;
static_assert(kNearBefore >= kFenceBefore && kNearBehind >= kFenceBehind);

class Matcher {
 public:
  // `worker` belongs to `parts` and to this Matcher while it lives. `base` is the offset of the first text's first
  // byte; matches that begin before `wanted` are somebody else's (see uncertain()).
  Matcher(const Database::Parts& parts, Worker& worker, std::uint64_t base = 0, std::uint64_t wanted = 0);
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  // Feeds the item's next text and appends what is final to `out`, ordered by rule and place. `text` begins with the
  // last carry() bytes of the text before; its bytes from `fresh` on are new. `last` says that the item ends here.
  void feed(std::string_view text, std::uint64_t fresh, bool last, std::vector<RawMatch>& out);

  // Instead of feed(): parts of a text, each of them an item of its own, ordered. `text` begins at the offset `base`.
  void feed_apart(std::string_view text, std::uint64_t base, std::span<const Span> parts, std::vector<RawMatch>& out);

  // Appends the hits of needles that end in (from, to] of `text`; they may begin before `from`. In no order.
  void find_hits(std::string_view text, std::uint64_t from, std::uint64_t to, std::vector<Hit>& hits);
  // Drops hits at which no match of any rule can stand, as the bytes near them tell: kNearBefore and kNearBehind, or
  // the end of the text. What stands further away does not matter.
  void drop_dead(std::string_view text, std::vector<Hit>& hits) const;
  // Drops hits at which no match of any rule can stand, whatever part of `text` is an item of its own.
  void drop_unlikely(std::string_view text, std::vector<Hit>& hits);
  // Instead of feed(): an item that is one text, of which all hits are known.
  void feed_found(std::string_view text, std::span<const Hit> hits, std::vector<RawMatch>& out);

  // What the matches in open regions would be if the item ended here: for a stream that pauses. `text` is the last
  // carry() bytes that were fed. Nothing becomes final.
  void peek(std::string_view text, std::vector<RawMatch>& out) const;

  // How many of the last text's final bytes the next one must begin with.
  std::uint64_t carry() const { return carry_; }

  // Whether a keyword of the rule was seen; true for rules that need none.
  bool gate_open(std::uint32_t rule) const;
  // Rules of which one was.
  const std::vector<std::uint32_t>& gates_opened() const { return worker_.gates_opened; }

  // Rules whose regions were cut by kMaxReach, or which saw only the first kMaxWholeBytes.
  const std::vector<std::uint32_t>& cut_rules() const { return cut_; }

  // For a segment of a larger item, which begins at `base` so that `wanted` is well inside the first text: a region
  // that holds `wanted` may have begun before the segment, so its matches depend on bytes that were not fed.
  bool uncertain() const { return uncertain_; }

 private:
  void collect_found(std::string_view text, std::span<const Hit> hits, bool last, std::vector<RawMatch>& out);
  void take(const Hit& hit, std::string_view text);
  template <typename Each>
  void for_each_fit(const Hit& hit, std::string_view text, Each each) const;
  template <typename MayStand>
  void keep_hits(std::string_view text, std::vector<Hit>& hits, MayStand may_stand) const;
  bool dies_near(const NeedleUse& use, const Hit& hit, std::string_view text) const;
  // How many bytes on either side of a hit were looked at to tell what becomes of it.
  struct Look {
    std::uint64_t before = kFenceBefore, behind = kFenceBehind;
  };
  std::optional<Span> reach(const NeedleUse& use, const Hit& hit, std::string_view text, Look& look);
  void add_reached(const std::vector<Region>& reached);
  bool repeats(const Hit& hit);
  void note_repeat(const Hit& hit, std::string_view text, const Look& look);
  void note_reach(std::uint32_t rule, const Walk& walk, std::uint64_t width);
  Walk walk_right(const NeedleUse& use, const Automaton& automaton, std::string_view text, std::uint64_t at,
                  std::uint64_t budget);
  void add_span(std::uint32_t rule, std::uint64_t begin, std::uint64_t end);
  bool stays_open(const Region& region, std::uint64_t text_end) const;
  void run_region(const Region& region, std::string_view text, bool last, std::vector<RawMatch>& out);
  void run_whole(std::uint32_t rule, std::string_view text, bool last, std::vector<RawMatch>& out);
  void close_regions(std::string_view text, bool last, std::vector<RawMatch>& out);
  void note_cut(std::uint32_t rule);

  const Database::Parts& parts_;
  Worker& worker_;
  std::uint64_t start_;  // offset of the first byte ever fed
  std::uint64_t wanted_;
  std::uint64_t base_;  // offset of the current text's first byte
  std::uint64_t carry_ = 0;
  std::vector<std::uint64_t> cursors_;  // by rule, made when an item has more than one window
  std::vector<std::uint32_t> cut_;
  bool uncertain_ = false;
  // Hits of one needle in a run of one byte, such as AAAA in base64, follow one another byte by byte. What became of
  // one becomes of the next ones up to `until`, which see the same bytes.
  struct Repeat {
    Hit last{};
    std::uint64_t text = 0, until = 0;
    std::vector<Region> reached;  // by the uses of `last`
  };
  std::vector<Region> reached_;  // by the hit that is taken
  std::vector<Repeat> repeats_;  // few needles are of one byte
};

}  // namespace staunch
