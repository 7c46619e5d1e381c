#include "engine/match.h"

#include <algorithm>
#include <chrono>

#include "engine/byte_run.h"
#include "engine/width.h"

namespace staunch {
namespace {

constexpr Region kNoRegion{0, 1, 0};

// A needle of so many uses that was found so often is worth a Fan.
constexpr std::size_t kUsesForFan = 6;
constexpr std::uint64_t kHitsForFan = 64;

// Looks further than this are not repeated, and a repeat is for so many hits at most.
constexpr std::uint64_t kMostRepeatLook = 1024, kRepeatAhead = 32u << 10;

// Fresh bytes for which Hyperscan is called at once: offsets of hits are 32 bits wide.
constexpr std::uint64_t kMaxScanBytes = 1u << 30;

int on_hit(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  static_cast<std::vector<Hit>*>(context)->push_back({id, static_cast<std::uint32_t>(to)});
  return 0;
}

}  // namespace

std::uint64_t Worker::nanoseconds() const {
  if (!measure) return 0;
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

Worker::Worker(const Database::Parts& parts) {
  hs_scratch_t* raw = nullptr;
  if (parts.hyperscan && hs_alloc_scratch(parts.hyperscan.get(), &raw) != HS_SUCCESS) throw std::bad_alloc();
  scratch.reset(raw);
  open.assign(parts.catalogue.rules.size(), kNoRegion);
  trails.resize(parts.catalogue.rules.size());
  gate.assign(parts.catalogue.rules.size(), false);
  costs.resize(parts.catalogue.rules.size());
  needle_hits.resize(parts.needles.size());
}

Matcher::Matcher(const Database::Parts& parts, Worker& worker, std::uint64_t base, std::uint64_t wanted)
    : parts_(parts), worker_(worker), start_(base), wanted_(wanted), base_(base) {}

Matcher::~Matcher() {
  for (std::uint32_t rule : worker_.touched) worker_.open[rule] = kNoRegion;
  worker_.touched.clear();
  for (std::uint32_t rule : worker_.gates_opened) worker_.gate[rule] = false;
  worker_.gates_opened.clear();
}

bool Matcher::gate_open(std::uint32_t rule) const { return !parts_.plans[rule].gated || worker_.gate[rule]; }

void Matcher::note_cut(std::uint32_t rule) {
  if (std::find(cut_.begin(), cut_.end(), rule) == cut_.end()) cut_.push_back(rule);
}

void Matcher::feed(std::string_view text, std::uint64_t fresh, bool last, std::vector<RawMatch>& out) {
  const std::uint64_t began = worker_.nanoseconds();
  if (!last && cursors_.empty()) cursors_.assign(parts_.catalogue.rules.size(), base_);
  worker_.hits.clear();
  find_hits(text, fresh, text.size(), worker_.hits);
  const std::uint64_t matched = worker_.nanoseconds();
  collect_found(text, worker_.hits, last, out);
  base_ += text.size() - carry_;
  worker_.bytes += text.size() - fresh;
  worker_.match_ns += matched - began;
  worker_.confirm_ns += worker_.nanoseconds() - matched;
}

void Matcher::feed_found(std::string_view text, std::span<const Hit> hits, std::vector<RawMatch>& out) {
  const std::uint64_t began = worker_.nanoseconds();
  collect_found(text, hits, true, out);
  worker_.confirm_ns += worker_.nanoseconds() - began;
}

void Matcher::collect_found(std::string_view text, std::span<const Hit> hits, bool last, std::vector<RawMatch>& out) {
  ++worker_.texts;
  for (const Hit& hit : hits) take(hit, text);
  carry_ = std::min<std::uint64_t>(text.size(), parts_.look_back);
  close_regions(text, last, out);
  // In a later window a gate may open for what stands in this one.
  const bool only_text = last && cursors_.empty();
  for (std::uint32_t rule : parts_.whole_rules)
    if (!only_text || gate_open(rule)) run_whole(rule, text, last, out);
}

void Matcher::feed_apart(std::string_view text, std::uint64_t base, std::span<const Span> parts,
                         std::vector<RawMatch>& out) {
  const std::uint64_t began = worker_.nanoseconds();
  worker_.hits.clear();
  find_hits(text, 0, text.size(), worker_.hits);
  const std::uint64_t matched = worker_.nanoseconds();
  // Hyperscan orders the hits of one needle, not those of all.
  std::sort(worker_.hits.begin(), worker_.hits.end(), [](const Hit& a, const Hit& b) { return a.end < b.end; });
  auto hit = worker_.hits.begin();
  for (const Span& part : parts) {
    const std::uint64_t begin = part.begin - base, end = part.end - base;
    const std::string_view own = text.substr(begin, end - begin);
    start_ = base_ = part.begin;
    ++worker_.texts;
    for (; hit != worker_.hits.end() && hit->end <= end; ++hit)
      if (hit->end >= begin + parts_.needles[hit->needle].literal.size())
        take({hit->needle, static_cast<std::uint32_t>(hit->end - begin)}, own);
    close_regions(own, true, out);
    for (std::uint32_t rule : parts_.whole_rules) run_whole(rule, own, true, out);
  }
  worker_.bytes += text.size();
  worker_.match_ns += matched - began;
  worker_.confirm_ns += worker_.nanoseconds() - matched;
}

void Matcher::peek(std::string_view text, std::vector<RawMatch>& out) const {
  const re2::StringPiece piece(text.data(), text.size());
  for (std::uint32_t rule : worker_.touched) {
    const Region& region = worker_.open[rule];
    const std::uint64_t end = std::min(region.end, base_ + text.size()) - base_;
    std::uint64_t at = std::max({region.begin, base_, cursors_.empty() ? base_ : cursors_[rule]}) - base_;
    re2::StringPiece match;
    while (at <= end && parts_.machine(rule).regex->match(piece, at, end, &match, 1)) {
      const auto begin = static_cast<std::uint64_t>(match.data() - text.data());
      out.push_back({rule, base_ + begin, base_ + begin + match.size()});
      at = match.empty() ? begin + 1 : begin + match.size();
    }
  }
}

// Calls `each` with the uses of the hit's needle whose fences let it pass.
template <typename Each>
void Matcher::for_each_fit(const Hit& hit, std::string_view text, Each each) const {
  const NeedleEntry& needle = parts_.needles[hit.needle];
  const std::size_t begin = hit.end - needle.literal.size();
  const std::uint64_t seen = ++worker_.needle_hits[hit.needle];
  if (needle.uses.size() >= kUsesForFan && seen >= kHitsForFan) {
    parts_.fan(hit.needle).for_each_fit(text, begin, hit.end, [&](std::size_t use) { each(needle.uses[use]); });
    return;
  }
  for (const NeedleUse& use : needle.uses)
    if (fits(use.fence, parts_.fence_sets, text, begin, hit.end)) each(use);
}

void Matcher::take(const Hit& hit, std::string_view text) {
  if (!repeats_.empty() && repeats(hit)) return;
  Look look;
  reached_.clear();
  for_each_fit(hit, text, [&](const NeedleUse& use) {
    if (const std::optional<Span> span = reach(use, hit, text, look))
      reached_.push_back({use.rule, base_ + span->begin, base_ + span->end});
  });
  add_reached(reached_);
  note_repeat(hit, text, look);
  for (std::uint32_t rule : parts_.needles[hit.needle].opens) {
    if (worker_.gate[rule]) continue;
    worker_.gate[rule] = true;
    worker_.gates_opened.push_back(rule);
  }
}

void Matcher::add_reached(const std::vector<Region>& reached) {
  for (const Region& each : reached) {
    ++worker_.costs[each.rule].passed;
    add_span(each.rule, each.begin, each.end);
  }
}

// Whether the hit repeats one before it; then it has been taken.
bool Matcher::repeats(const Hit& hit) {
  const auto found = std::find_if(repeats_.begin(), repeats_.end(), [&](const Repeat& each) {
    return each.last.needle == hit.needle && each.last.end + 1 == hit.end && hit.end <= each.until &&
           each.text == worker_.texts;
  });
  if (found == repeats_.end()) return false;
  ++worker_.needle_hits[hit.needle];
  found->last = hit;
  for (Region& each : found->reached) ++each.begin, ++each.end;
  add_reached(found->reached);
  return true;
}

void Matcher::note_repeat(const Hit& hit, std::string_view text, const Look& look) {
  const std::uint64_t begin = hit.end - parts_.needles[hit.needle].literal.size();
  const char byte = text[begin];
  if (hit.end == text.size() || text[hit.end] != byte || begin < look.before) return;
  if (look.before > kMostRepeatLook || look.behind > kMostRepeatLook) return;
  const auto place = [&](std::uint64_t at) {
    return text.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(at, text.size()));
  };
  const auto other =
      std::find_if(place(begin - look.before), place(hit.end + kRepeatAhead), [&](char c) { return c != byte; });
  const auto run_end = static_cast<std::uint64_t>(other - text.begin());
  if (run_end <= hit.end + look.behind) return;
  std::erase_if(repeats_, [&](const Repeat& each) { return each.last.needle == hit.needle; });
  repeats_.push_back({hit, worker_.texts, run_end - look.behind, reached_});
}

void Matcher::find_hits(std::string_view text, std::uint64_t from, std::uint64_t to, std::vector<Hit>& hits) {
  if (!parts_.hyperscan) return;
  // A needle may begin before; one that ends there is somebody else's.
  const std::uint64_t overlap = std::min(from, parts_.longest_needle > 0 ? parts_.longest_needle - 1 : 0);
  std::uint64_t seen = from;
  for (std::uint64_t at = from - overlap; at < to;) {
    const std::uint64_t size = std::min<std::uint64_t>(to - at, kMaxScanBytes);
    const std::size_t before = hits.size();
    hs_scan(parts_.hyperscan.get(), text.data() + at, static_cast<unsigned>(size), 0, worker_.scratch.get(), on_hit,
            &hits);
    if (seen > 0) {
      auto keep = hits.begin() + static_cast<std::ptrdiff_t>(before);
      for (auto hit = keep; hit != hits.end(); ++hit) {
        hit->end += static_cast<std::uint32_t>(at);
        if (hit->end > seen) *keep++ = *hit;
      }
      hits.erase(keep, hits.end());
    }
    if (at + size == to) break;
    at += size - (parts_.longest_needle - 1);
    seen = at + parts_.longest_needle - 1;
  }
}

template <typename MayStand>
void Matcher::keep_hits(std::string_view text, std::vector<Hit>& hits, MayStand may_stand) const {
  std::erase_if(hits, [&](const Hit& hit) {
    bool keep = !parts_.needles[hit.needle].opens.empty();
    if (!keep) for_each_fit(hit, text, [&](const NeedleUse& use) { keep = keep || may_stand(use, hit); });
    return !keep;
  });
}

void Matcher::drop_dead(std::string_view text, std::vector<Hit>& hits) const {
  keep_hits(text, hits, [&](const NeedleUse& use, const Hit& hit) { return !dies_near(use, hit, text); });
}

void Matcher::drop_unlikely(std::string_view text, std::vector<Hit>& hits) {
  Look look;
  keep_hits(text, hits, [&](const NeedleUse& use, const Hit& hit) { return reach(use, hit, text, look).has_value(); });
}

// Whether one of its guards dies within the bytes near the hit. A walk that is cut there may go on.
bool Matcher::dies_near(const NeedleUse& use, const Hit& hit, std::string_view text) const {
  const Guard& guard = parts_.guards(use.rule)[use.anchor];
  const std::uint64_t begin = hit.end - parts_.needles[hit.needle].literal.size();
  if (guard.right->refuses(text, hit.end) || guard.left->refuses(text, begin)) return true;
  const auto dies = [](const Walk& walk) { return !walk.accepted && !walk.alive; };
  return (!guard.left->nullable() &&
          dies(guard.left->walk(text, begin, std::min<std::uint64_t>(guard.left_width, kNearBefore)))) ||
         (!guard.right->nullable() &&
          dies(guard.right->walk(text, hit.end, std::min<std::uint64_t>(guard.right_width, kNearBehind))));
}

// Bytes of `text` in which matches with this needle may stand; nothing where none can.
std::optional<Span> Matcher::reach(const NeedleUse& use, const Hit& hit, std::string_view text, Look& look) {
  const Guard& guard = parts_.guards(use.rule)[use.anchor];
  const std::uint64_t needle_begin = hit.end - parts_.needles[hit.needle].literal.size();

  if (guard.right->refuses(text, hit.end) || guard.left->refuses(text, needle_begin)) return std::nullopt;
  // The side that can refuse at once comes first; one that may be empty only tells how far the match reaches.
  const std::uint64_t left_limit = std::min(guard.left_width, kMaxReach);
  const bool left_first = !guard.left->nullable();
  Walk left;
  const auto walk_left = [&] {
    left = guard.left->walk(text, needle_begin, left_limit);
    const bool at_begin = left.alive && left.seen == needle_begin;  // one byte more might be walked on
    look.before = std::max(look.before, left.seen + (at_begin ? 1 : 0));
    return left.accepted;
  };
  if (left_first && !walk_left()) {
    note_reach(use.rule, left, guard.left_width);
    return std::nullopt;
  }

  const std::uint64_t right_limit = std::min(guard.right_width, kMaxReach);
  const Walk right = walk_right(use, *guard.right, text, hit.end, right_limit);
  look.behind = std::max(look.behind, right.seen);
  note_reach(use.rule, right, guard.right_width);
  // Cut by the end of the text: it may still accept, so it passes with all that it could reach.
  const bool at_end = right.alive && hit.end + right.seen == text.size();
  if (!right.accepted && !at_end) return std::nullopt;
  const std::uint64_t ahead = guard.right->open() || at_end ? right_limit : right.length;

  if (!left_first) walk_left();
  note_reach(use.rule, left, guard.left_width);
  const std::uint64_t back = guard.left->open() ? std::min(left_limit, needle_begin) : left.length;

  return Span{needle_begin - back, hit.end + ahead};
}

// A walk that kMaxReach ended may have missed a match.
void Matcher::note_reach(std::uint32_t rule, const Walk& walk, std::uint64_t width) {
  if (walk.alive && walk.seen == kMaxReach && width > kMaxReach) note_cut(rule);
}

// Most walks end within a few bytes; the others go by the trail of the one before.
Walk Matcher::walk_right(const NeedleUse& use, const Automaton& automaton, std::string_view text, std::uint64_t at,
                         std::uint64_t budget) {
  const Walk walk = automaton.walk(text, at, std::min(budget, kTrailStep));
  if (!walk.alive || budget <= kTrailStep || walk.seen < kTrailStep) return walk;
  std::vector<Trail>& trails = worker_.trails[use.rule];
  if (trails.size() <= use.anchor) trails.resize(use.anchor + 1);
  Trail& trail = trails[use.anchor];
  if (trail.text != worker_.texts) {
    trail.text = worker_.texts;
    trail.states.clear();
  }
  return automaton.walk(text, at, budget, trail);
}

void Matcher::add_span(std::uint32_t rule, std::uint64_t begin, std::uint64_t end) {
  Region& open = worker_.open[rule];
  if (open.begin > open.end) {
    open = {rule, begin, end};
    worker_.touched.push_back(rule);
  } else if (begin <= open.end && end >= open.begin) {
    open.begin = std::min(open.begin, begin);
    open.end = std::max(open.end, end);
  } else {
    worker_.regions.push_back(open);
    open = {rule, begin, end};
  }
}

// Whether bytes that are not seen yet can still change what stands in the region: it touches the end of the text, or a
// needle that begins there may reach back into it.
bool Matcher::stays_open(const Region& region, std::uint64_t text_end) const {
  const std::uint64_t unseen = std::min(parts_.plans[region.rule].left, kMaxReach) + parts_.longest_needle;
  return region.end >= text_end || region.end + unseen >= text_end;
}

// Runs every region; one that touches the end of the text stays open unless the item ends there.
void Matcher::close_regions(std::string_view text, bool last, std::vector<RawMatch>& out) {
  std::vector<Region>& regions = worker_.regions;
  for (std::uint32_t rule : worker_.touched) {
    regions.push_back(worker_.open[rule]);
    worker_.open[rule] = kNoRegion;
  }
  worker_.touched.clear();
  std::sort(regions.begin(), regions.end(),
            [](const Region& a, const Region& b) { return a.rule != b.rule ? a.rule < b.rule : a.begin < b.begin; });
  const std::uint64_t text_end = base_ + text.size();
  for (std::size_t i = 0; i < regions.size();) {
    Region region = regions[i++];
    // What follows an open region waits with it: a rule has one cursor.
    auto joins = [&](const Region& next) {
      return next.rule == region.rule && (next.begin <= region.end || (!last && stays_open(region, text_end)));
    };
    for (; i < regions.size() && joins(regions[i]); ++i) region.end = std::max(region.end, regions[i].end);
    run_region(region, text, last, out);
  }
  regions.clear();
}

void Matcher::run_region(const Region& region, std::string_view text, bool last, std::vector<RawMatch>& out) {
  const std::uint64_t began = worker_.nanoseconds();
  RuleCost& cost = worker_.costs[region.rule];
  ++cost.regions;
  const RulePlan& plan = parts_.plans[region.rule];
  const std::uint64_t width = bound(plan);
  // A needle that stands before the first text reaches this far into it: the region may have begun with that one.
  if (start_ > 0 && region.begin < start_ + width && region.end >= wanted_) uncertain_ = true;

  const std::uint64_t text_end = base_ + text.size();
  const bool open = !last && stays_open(region, text_end);
  // A match that begins before `final` cannot reach the end of an open region's text.
  const std::uint64_t final = !open ? kNoWidthLimit : text_end > width ? text_end - width : 0;
  const std::uint64_t end = std::min(region.end, text_end) - base_;
  std::uint64_t at = std::max(region.begin, base_) - base_;
  if (!cursors_.empty()) at = std::max(at, std::max(cursors_[region.rule], base_) - base_);
  if (!open && at <= end &&
      !holds_run(parts_.fence_sets.all()[plan.run_set], plan.run_length, text.substr(at, end - at))) {
    cost.nanoseconds += worker_.nanoseconds() - began;
    return;
  }

  const Expression& regex = *parts_.machine(region.rule).regex;
  const re2::StringPiece piece(text.data(), text.size());
  re2::StringPiece match;
  while (at <= end && regex.match(piece, at, end, &match, 1)) {
    const std::uint64_t begin = static_cast<std::uint64_t>(match.data() - text.data());
    if (base_ + begin >= final) break;
    if (match.size() > kMaxReach && plan.width > width) note_cut(region.rule);
    out.push_back({region.rule, base_ + begin, base_ + begin + match.size()});
    ++cost.matches;
    at = match.empty() ? begin + 1 : begin + match.size();
  }
  if (open) {
    const std::uint64_t resume = std::max(base_ + at, std::min(final, text_end));
    cursors_[region.rule] = resume;
    carry_ = std::max(carry_, std::min<std::uint64_t>(text.size(), text_end - std::min(resume, text_end) + 1));
    add_span(region.rule, resume, std::max(region.end, resume));
  } else if (!cursors_.empty()) {
    cursors_[region.rule] = std::max(cursors_[region.rule], base_ + at);
  }
  cost.nanoseconds += worker_.nanoseconds() - began;
}

// A rule without needles: the whole item is its region, to kMaxWholeBytes where its matches have no bound.
void Matcher::run_whole(std::uint32_t rule, std::string_view text, bool last, std::vector<RawMatch>& out) {
  const std::uint64_t text_end = base_ + text.size(), most = start_ + kMaxWholeBytes;
  const bool bounded = parts_.plans[rule].width <= kMaxReach;
  std::uint64_t end = last ? text_end : kNoWidthLimit;
  if (!bounded && text_end > most) {
    note_cut(rule);
    if (base_ >= most) return;
    end = most;
  }
  run_region({rule, base_, end}, text, last, out);
  worker_.open[rule] = kNoRegion;  // it is opened anew for each text
  worker_.touched.erase(std::remove(worker_.touched.begin(), worker_.touched.end(), rule), worker_.touched.end());
}

}  // namespace staunch
