// What stands behind the encoded runs of an item: its copies (engine/expand), the copies of copies, and their matches.
//
// A copy falls into fragments where the Expander left something out. No match reaches over such a place, so fragments
// are items of their own, for what they hold encoded too, and their matches are final as soon as a fragment is whole;
// one that grows beyond kFragmentHeld is matched while it grows.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/confirm.h"
#include "engine/expand/expander.h"
#include "engine/match.h"

namespace staunch {

inline constexpr std::uint64_t kFragmentHeld = 256u << 10;

// A confirmed match behind an encoding. Its offsets and lengths are those of the encoded bytes in the item; its `lines`
// are the decoded ones.
struct Hidden {
  Confirmed confirmed;
  bool needs_gate = false;  // none of its rule's keywords was seen in a copy so far (Layers::gate_open)
};

class Layers {
 public:
  // `worker` scans the item itself; copies are scanned by the Workers that hang on it. At most `depth` copies lie
  // behind one another.
  Layers(const Database::Parts& parts, Worker& worker, unsigned depth);
  ~Layers();

  // The contract of Expander::feed(). Appends what has become final.
  void feed(std::string_view text, std::uint64_t base, bool last, std::vector<Hidden>& out);

  // What feed() with `last` would find, changing nothing: for a stream that pauses.
  void peek(std::string_view text, std::uint64_t base, std::vector<Hidden>& out) const;

  // The bytes of the item before this offset are not needed again.
  std::uint64_t keep_from() const;

  // Whether a keyword of the rule was seen in one of the copies: it opens the gate for what hides anywhere in the item.
  bool gate_open(std::uint32_t rule) const;

  // Rules that Matcher::cut_rules() names for one of the copies.
  void add_cut_rules(std::vector<std::uint32_t>& rules) const;

  // Whether encoded bytes were left as they are because they are nested too deeply.
  bool too_deep() const { return too_deep_ || (next_ && next_->too_deep()); }

  // For a segment of a larger item: whether bytes outside it may decide what is found behind [begin, end), because a
  // fragment reaches over the segment's first or last byte and into them.
  bool uncertain(std::uint64_t begin, std::uint64_t end) const;

  // A border of segments, and where the last fragment lies that begins before it. To be asked for before feed().
  struct Border {
    std::uint64_t at = 0;
    Span fragment;
  };
  void watch(std::uint64_t border) { borders_.push_back({border, {}}); }
  const std::vector<Border>& borders() const { return borders_; }

  // Whether two readers, each of which began elsewhere, read the item alike from their border on. What is read depends
  // on where the fragment began: a run may show by its beginning only, which one of them did not see.
  static bool read_alike(const Border& one, const Border& other);

 private:
  Layers(const Database::Parts& parts, Worker& worker, unsigned depth, const Layers* parent);
  std::unique_ptr<Layers> cloned(const Layers* parent) const;
  bool any_growing() const { return growing_ || (next_ && next_->any_growing()); }
  void expand(std::string_view text, std::uint64_t base, bool last);
  void scan_copy(bool last, std::vector<Hidden>& out);
  void scan_fragments(const std::vector<Span>& fragments, std::vector<Hidden>& out);
  void scan_growing(std::uint64_t end, bool last, std::vector<Hidden>& out);
  void scan_packed(const std::vector<Span>& fragments, std::vector<Hidden>& out);
  void add(const Matcher& matcher, const std::vector<RawMatch>& matches, std::vector<Hidden>& out);
  void note_reach(Span fragment, bool open);
  Span in_item(Span span) const;
  void add_decoders(Span span, std::vector<std::string>& names) const;
  std::string_view copied(std::uint64_t begin, std::uint64_t end) const;

  const Database::Parts& parts_;
  Worker& owner_;         // scans the text that this copy is made of
  unsigned depth_;        // copies that may still be made, this one included
  const Layers* parent_;  // whose copy that text is; null for the item itself
  Expander expander_;
  std::uint64_t expanding_ = 0;  // in that text: where the fragment begins that is not expanded yet, or not wholly
  Expansion copy_;
  std::uint64_t fragment_ = 0;        // in the copy: where the fragment begins that is not whole yet
  std::unique_ptr<Matcher> growing_;  // that fragment's, when it became too large to wait for
  std::uint64_t fed_ = 0;             // in the copy: what growing_ has seen
  std::uint64_t started_ = 0;         // in the item: its first byte that was fed
  bool has_started_ = false, too_deep_ = false;
  Span first_, open_;  // in the item: the first fragment, and the one that the last text ended in
  std::vector<Border> borders_;
  std::set<std::uint32_t> gates_opened_, cut_rules_;
  std::unique_ptr<Layers> next_;
};

// The matches of a copy that was made of a whole item, and of what stands behind its encodings. `worker` scans the
// item.
void scan_expansion(const Database::Parts& parts, Worker& worker, const Expansion& copy, Codec codec, unsigned depth,
                    std::vector<Hidden>& out);

}  // namespace staunch
