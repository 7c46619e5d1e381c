#include "engine/layers.h"

#include <algorithm>
#include <optional>

#include "engine/expand/packed.h"

namespace staunch {
namespace {

// A fragment that begins this near to the first byte fed may have begun before it: no context is longer.
constexpr std::uint64_t kNear = 1024;

bool is_separator(const Piece& piece) { return piece.codec == Codec::none && piece.begin == piece.end; }

std::vector<Piece>::const_iterator first_piece(const std::vector<Piece>& pieces, std::uint64_t from) {
  return std::lower_bound(pieces.begin(), pieces.end(), from,
                          [](const Piece& each, std::uint64_t at) { return each.at < at; });
}

std::uint64_t end_of(const Expansion& copy) { return copy.base + copy.text.size(); }

Worker& deeper(const Database::Parts& parts, Worker& worker) {
  if (!worker.deeper) {
    worker.deeper = std::make_unique<Worker>(parts);
    worker.deeper->measure = worker.measure;
  }
  return *worker.deeper;
}

// Moves the place of an occurrence from a copy to what the copy was made of.
template <typename Origin>
void move_place(Occurrence& o, const Origin& origin) {
  const Span secret = origin(Span{o.offset, o.offset + o.length});
  const Span whole = origin(Span{o.match_offset, o.match_offset + o.match_length});
  o.offset = secret.begin;
  o.length = secret.end - secret.begin;
  o.match_offset = whole.begin;
  o.match_length = whole.end - whole.begin;
}

}  // namespace

Layers::Layers(const Database::Parts& parts, Worker& worker, unsigned depth) : Layers(parts, worker, depth, nullptr) {}
Layers::Layers(const Database::Parts& parts, Worker& worker, unsigned depth, const Layers* parent)
    : parts_(parts), owner_(worker), depth_(depth), parent_(parent) {
  if (parent_ != nullptr) expander_.begin_fragment(0);
}
Layers::~Layers() = default;

void Layers::feed(std::string_view text, std::uint64_t base, bool last, std::vector<Hidden>& out) {
  if (!has_started_) started_ = base;
  has_started_ = true;
  const std::uint64_t before = end_of(copy_);
  const std::uint64_t began = owner_.nanoseconds();
  expand(text, base, last);
  owner_.expand_ns += owner_.nanoseconds() - began;
  if (depth_ == 0) {
    too_deep_ |= !copy_.text.empty();
    copy_.drop(end_of(copy_));
    return;
  }
  if (copy_.text.empty() || (end_of(copy_) == before && !last)) return;
  scan_copy(last, out);
  if (!next_) next_.reset(new Layers(parts_, deeper(parts_, owner_), depth_ - 1, this));
  next_->feed(copy_.text, copy_.base, last, out);
  std::uint64_t needed = fragment_;
  if (growing_) needed = fed_ - std::min(fed_, growing_->carry() + kMaxLineBytes);
  copy_.drop(std::min(needed, next_->keep_from()));
}

void Layers::peek(std::string_view text, std::uint64_t base, std::vector<Hidden>& out) const {
  if (any_growing()) return;  // its Worker is busy, and it is too large to look at twice
  const std::size_t before = out.size();
  const auto clone = cloned(nullptr);
  clone->feed(text, base, true, out);
  for (std::size_t i = before; i < out.size(); ++i)
    out[i].needs_gate &= !clone->gate_open(out[i].confirmed.occurrence.rule);
}

std::unique_ptr<Layers> Layers::cloned(const Layers* parent) const {
  std::unique_ptr<Layers> clone(new Layers(parts_, owner_, depth_, parent));
  clone->expander_ = expander_;
  clone->expanding_ = expanding_;
  clone->copy_ = copy_;
  clone->fragment_ = fragment_;
  clone->gates_opened_ = gates_opened_;
  if (next_) clone->next_ = next_->cloned(clone.get());
  return clone;
}

std::uint64_t Layers::keep_from() const {
  std::uint64_t from = expander_.keep_from();
  if (copy_.pieces.empty() || copy_.text.empty()) return from;
  // What touches the first byte tells through which decoders it came.
  const std::uint64_t first = copy_.origin(copy_.base, copy_.base).begin;
  return std::min(from, first - std::min<std::uint64_t>(first, 1));
}

bool Layers::uncertain(std::uint64_t begin, std::uint64_t end) const {
  const bool first_reaches = started_ > 0 && first_.end > begin && first_.begin < started_ + kNear;
  return first_reaches || (open_.end > open_.begin && open_.begin < end);
}

bool Layers::read_alike(const Border& one, const Border& other) {
  const auto ended = [](const Border& border) {
    return border.fragment.end == 0 || border.fragment.end + kNear <= border.at;
  };
  return one.fragment.begin == other.fragment.begin || (ended(one) && ended(other));
}

std::string_view Layers::copied(std::uint64_t begin, std::uint64_t end) const {
  return std::string_view(copy_.text).substr(begin - copy_.base, end - begin);
}

// Nothing goes on from one fragment of a copy to the next: not the alignment of UTF-16 either, which would hang on all
// fragments before.
void Layers::expand(std::string_view text, std::uint64_t base, bool last) {
  const auto feed_to = [&](std::uint64_t end, bool ends) {
    const std::uint64_t begin = std::max(base, expanding_);
    expander_.feed(text.substr(begin - base, end - begin), begin, ends, copy_);
  };
  const std::uint64_t end = base + text.size();
  if (parent_ != nullptr) {
    const std::vector<Piece>& pieces = parent_->copy_.pieces;
    for (auto piece = first_piece(pieces, expanding_); piece != pieces.end(); ++piece) {
      if (!is_separator(*piece)) continue;
      feed_to(piece->at, true);
      expanding_ = piece + 1 != pieces.end() ? (piece + 1)->at : end;
      expander_.begin_fragment(expanding_);
    }
  }
  feed_to(end, last);
}

// Fragments end at separators; the last one when nothing more can come.
void Layers::scan_copy(bool last, std::vector<Hidden>& out) {
  std::vector<Span> whole;
  auto piece = first_piece(copy_.pieces, fragment_);
  const auto close = [&](std::uint64_t end) {
    note_reach({fragment_, end}, false);
    if (growing_) scan_growing(end, true, out);
    else if (end > fragment_) whole.push_back({fragment_, end});
  };
  for (; piece != copy_.pieces.end(); ++piece) {
    if (!is_separator(*piece)) continue;
    close(piece->at);
    fragment_ = piece + 1 != copy_.pieces.end() ? (piece + 1)->at : end_of(copy_);
  }
  const std::uint64_t end = end_of(copy_);
  note_reach({fragment_, end}, true);
  if (last) {
    close(end);
    fragment_ = end;
  }
  scan_fragments(whole, out);
  scan_packed(whole, out);
  if (growing_ || end - fragment_ > kFragmentHeld) scan_growing(end, false, out);
}

void Layers::note_reach(Span fragment, bool open) {
  if (parent_ != nullptr || fragment.end <= fragment.begin) {
    if (open) open_ = {};
    return;
  }
  Span place = in_item({std::max(fragment.begin, copy_.base), fragment.end});
  if (first_.end == 0) first_ = place;
  else if (fragment.begin == 0) first_.end = place.end;
  // What was dropped of a growing fragment stood before what is left of it.
  if (growing_ && open_.end > 0) place.begin = open_.begin;
  for (Border& border : borders_)
    if (place.begin < border.at) border.fragment = place;
  if (open) open_ = place;
}

void Layers::scan_fragments(const std::vector<Span>& fragments, std::vector<Hidden>& out) {
  if (fragments.empty()) return;
  const std::uint64_t begin = fragments.front().begin;
  Matcher matcher(parts_, deeper(parts_, owner_), begin);
  std::vector<RawMatch> matches;
  matcher.feed_apart(copied(begin, fragments.back().end), begin, fragments, matches);
  add(matcher, matches, out);
}

void Layers::scan_growing(std::uint64_t end, bool last, std::vector<Hidden>& out) {
  if (!growing_) {
    growing_ = std::make_unique<Matcher>(parts_, deeper(parts_, owner_), fragment_);
    fed_ = fragment_;
  }
  const std::uint64_t carry = growing_->carry();
  std::vector<RawMatch> matches;
  growing_->feed(copied(fed_ - carry, end), carry, last, matches);
  fed_ = end;
  add(*growing_, matches, out);
  if (last) growing_.reset();
}

// What gzip in base64 hides in these fragments, as a Helm release does in a Kubernetes secret. Its Worker is its own:
// those of deeper layers may be in the midst of a fragment.
void Layers::scan_packed(const std::vector<Span>& fragments, std::vector<Hidden>& out) {
  std::optional<Worker> worker;
  for (const Span fragment : fragments) {
    if (fragment.end - fragment.begin > kFragmentHeld) continue;  // cut otherwise, it would not have been whole
    const std::string_view text = copied(fragment.begin, fragment.end);
    for (PackedRun run = next_packed(text, 0); run.end > 0; run = next_packed(text, run.end)) {
      const Expansion copy = unpack(text, run, fragment.begin);
      if (copy.text.empty()) continue;
      if (!worker) worker.emplace(parts_).measure = owner_.measure;
      const std::size_t before = out.size();
      scan_expansion(parts_, *worker, copy, Codec::gzip, depth_ - 1, out);
      for (std::size_t i = before; i < out.size(); ++i) {
        Occurrence& o = out[i].confirmed.occurrence;
        std::vector<std::string> names;
        add_decoders({o.match_offset, o.match_offset + o.match_length}, names);
        names.emplace_back(codec_name(Codec::base64));
        o.decoded.insert(o.decoded.begin(), names.begin(), names.end());
        move_place(o, [&](Span place) { return in_item(place); });
      }
    }
  }
}

// Keeps those that hold something decoded, or stand directly beside it.
void Layers::add(const Matcher& matcher, const std::vector<RawMatch>& matches, std::vector<Hidden>& out) {
  gates_opened_.insert(matcher.gates_opened().begin(), matcher.gates_opened().end());
  cut_rules_.insert(matcher.cut_rules().begin(), matcher.cut_rules().end());
  for (const RawMatch& match : matches) {
    const Span span{match.begin, match.end};
    if (copy_.codecs(span.begin, span.end).empty()) continue;
    const View view{copy_.text, copy_.base};
    for (const std::string_view secret : secrets_of(parts_, match, view)) {
      auto confirmed = confirm(parts_, match, secret, view);
      if (!confirmed) continue;
      Occurrence& o = confirmed->occurrence;
      add_decoders({o.match_offset, o.match_offset + o.match_length}, o.decoded);
      move_place(o, [&](Span place) { return in_item(place); });
      out.push_back({std::move(*confirmed), !matcher.gate_open(match.rule)});
    }
  }
}

bool Layers::gate_open(std::uint32_t rule) const {
  return gates_opened_.count(rule) > 0 || (next_ && next_->gate_open(rule));
}

void Layers::add_cut_rules(std::vector<std::uint32_t>& rules) const {
  rules.insert(rules.end(), cut_rules_.begin(), cut_rules_.end());
  if (next_) next_->add_cut_rules(rules);
}

Span Layers::in_item(Span span) const {
  for (const Layers* layer = this; layer != nullptr; layer = layer->parent_)
    span = layer->copy_.origin(span.begin, span.end);
  return span;
}

// From the outermost inwards.
void Layers::add_decoders(Span span, std::vector<std::string>& names) const {
  if (parent_ != nullptr) parent_->add_decoders(copy_.origin(span.begin, span.end), names);
  for (Codec codec : copy_.codecs(span.begin, span.end)) names.emplace_back(codec_name(codec));
}

void scan_expansion(const Database::Parts& parts, Worker& worker, const Expansion& copy, Codec codec, unsigned depth,
                    std::vector<Hidden>& out) {
  const std::size_t before = out.size();
  Worker& own = deeper(parts, worker);
  {
    Matcher matcher(parts, own);
    std::vector<RawMatch> matches;
    matcher.feed(copy.text, 0, true, matches);
    const View view{copy.text, 0};
    for (const RawMatch& match : matches)
      for (const std::string_view secret : secrets_of(parts, match, view))
        if (auto confirmed = confirm(parts, match, secret, view))
          out.push_back({std::move(*confirmed), !matcher.gate_open(match.rule)});
    Layers layers(parts, own, depth);
    layers.feed(copy.text, 0, true, out);
    for (std::size_t i = before; i < out.size(); ++i) {
      const std::uint32_t rule = out[i].confirmed.occurrence.rule;
      out[i].needs_gate &= !matcher.gate_open(rule) && !layers.gate_open(rule);
    }
  }
  for (std::size_t i = before; i < out.size(); ++i) {
    Occurrence& o = out[i].confirmed.occurrence;
    move_place(o, [&](Span place) { return copy.origin(place.begin, place.end); });
    o.decoded.insert(o.decoded.begin(), codec_name(codec));
  }
}

}  // namespace staunch
