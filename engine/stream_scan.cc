#include "engine/stream_scan.h"

#include <fmt/format.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <cstring>

#include "engine/locate.h"
#include "engine/stream.h"

namespace staunch {
namespace {

constexpr std::uint64_t kFreshBytes = 1u << 20;       // scanned at a time where input does not pause
constexpr std::uint64_t kParallelBytes = 128u << 10;  // from which on a second thread is worth waking
constexpr std::uint64_t kMaxHeldBytes = 8u << 20;     // of the item, behind the bytes that came last
constexpr std::uint64_t kSpareBytes = 14u << 20;
constexpr std::uint64_t kMarkBytes = 64u << 10;
constexpr std::uint64_t kMaxTogether = 64u << 10;
constexpr std::size_t kMaxGated = 10'000;  // occurrences that wait for a keyword

}  // namespace

StreamScan::LineMark StreamScan::advanced(LineMark mark, std::string_view text) {
  mark.newlines += count_newlines(text);
  if (const std::size_t last = text.rfind('\n'); last != std::string_view::npos)
    mark.line_begin = mark.offset + last + 1;
  mark.offset += text.size();
  return mark;
}

// Marks every kMarkBytes up to `end`.
void StreamScan::mark_lines(std::uint64_t end) {
  for (LineMark mark = marks_.back(); mark.offset + kMarkBytes <= end; marks_.push_back(mark))
    mark = advanced(mark, text(mark.offset, mark.offset + kMarkBytes));
}

const StreamScan::LineMark& StreamScan::mark_before(std::uint64_t offset) const {
  const auto next = std::upper_bound(marks_.begin(), marks_.end(), offset,
                                     [](std::uint64_t at, const LineMark& mark) { return at < mark.offset; });
  return next == marks_.begin() ? *next : *(next - 1);
}

// The bytes that are still held.
class StreamScan::Window : public ItemBytes {
 public:
  explicit Window(const StreamScan& stream) : stream_(stream), at_(stream.marks_.front()) {}

  std::string_view view(std::uint64_t begin, std::uint64_t end) override { return stream_.text(begin, end); }

  Position position(std::uint64_t offset) override {
    // Places come in order, mostly.
    const LineMark& mark = stream_.mark_before(offset);
    if (offset < at_.offset || mark.offset > at_.offset) at_ = mark;
    at_ = advanced(at_, stream_.text(at_.offset, offset));
    return {at_.newlines + 1, offset - std::min(offset, at_.line_begin) + 1};
  }

 private:
  const StreamScan& stream_;
  LineMark at_;  // of the last place asked for
};

StreamScan::StreamScan(const ScanShared& shared, Worker& worker, std::string path, OnOccurrence on_occurrence)
    : parts_(shared.parts),
      worker_(worker),
      fingerprinter_(shared.fingerprinter),
      asks_path_(shared.asks_path),
      on_near_miss_(shared.options.on_near_miss),
      path_(std::move(path)),
      on_occurrence_(std::move(on_occurrence)),
      matcher_(parts_, worker) {
  if (shared.options.max_decode_depth > 0)
    layers_ = std::make_unique<Layers>(parts_, worker, shared.options.max_decode_depth);
}

StreamScan::~StreamScan() = default;

std::string_view StreamScan::text(std::uint64_t begin, std::uint64_t end) const {
  begin = std::clamp(begin, base_, base_ + held_);
  end = std::clamp(end, begin, base_ + held_);
  return {buffer_.data() + (begin - base_), static_cast<std::size_t>(end - begin)};
}

Item StreamScan::item(Window& window) const {
  return {parts_, fingerprinter_, window, path_, binary_, asks_path_, &on_near_miss_};
}

std::span<char> StreamScan::space() {
  while (unscanned() >= kFreshBytes) scan();
  const std::uint64_t wanted = kFreshBytes - unscanned();
  if (buffer_.size() - held_ < wanted) make_room(wanted);
  return std::span(buffer_).subspan(held_, wanted);
}

// Forgets what nobody needs again, so that `wanted` bytes more can be held.
void StreamScan::make_room(std::uint64_t wanted) {
  std::uint64_t keep = horizon();
  for (const RawMatch& match : matches_) keep = std::min(keep, match.begin);
  for (const Hidden& each : hidden_) keep = std::min(keep, each.confirmed.occurrence.match_offset);
  keep -= std::min<std::uint64_t>(keep, kMaxLineBytes);
  keep = std::clamp(std::max(keep, scanned_ - std::min(scanned_, kMaxHeldBytes)), base_, scanned_);
  // What is held begins at a mark.
  keep = mark_before(keep).offset;
  std::erase_if(marks_, [&](const LineMark& mark) { return mark.offset < keep; });
  const std::uint64_t gone = keep - base_;
  held_ -= gone;
  if (gone > 0) std::memmove(buffer_.data(), buffer_.data() + gone, held_);
  base_ = keep;
  // Much more than is needed, so that the same bytes are not moved again and again.
  if (buffer_.size() < held_ + wanted) buffer_.resize(2 * held_ + wanted + kSpareBytes);
}

void StreamScan::took(std::size_t size) { held_ += size; }

// Matcher and Layers look at the same bytes and share nothing else, and what is read meanwhile comes behind them.
void StreamScan::feed(bool last, const ItemStream::Read& read) {
  const std::uint64_t end = base_ + held_;
  if (scanned_ < kBinaryBytes) binary_ |= is_binary(text(scanned_, std::min<std::uint64_t>(end, kBinaryBytes)));
  std::size_t more = 0;
  const auto feed_matcher = [&] {
    const std::uint64_t carry = matcher_.carry();
    matcher_.feed(text(scanned_ - carry, end), carry, last, matches_);
  };
  const auto feed_layers = [&] {
    const std::uint64_t from = std::min(layers_->keep_from(), scanned_);
    layers_->feed(text(from, end), std::max(from, base_), last, hidden_);
  };
  if (end - scanned_ >= kParallelBytes) {
    tbb::this_task_arena::isolate([&] {
      tbb::task_group group;
      if (read) group.run([&] { more = read(std::span(buffer_).subspan(held_, kFreshBytes)); });
      group.run([&] { mark_lines(end); });
      if (layers_) group.run(feed_layers);
      feed_matcher();
      group.wait();
    });
  } else {
    mark_lines(end);
    feed_matcher();
    if (layers_) feed_layers();
  }
  scanned_ = end;
  held_ += more;
}

// Nothing that begins before this offset is still to come, and the lines of what ends there were seen.
std::uint64_t StreamScan::horizon() const {
  std::uint64_t horizon = scanned_ - std::min(scanned_, std::max<std::uint64_t>(matcher_.carry(), kMaxLineBytes));
  if (layers_) horizon = std::min(horizon, layers_->keep_from());
  return std::max(horizon, scanned_ - std::min(scanned_, kMaxHeldBytes));
}

void StreamScan::scan(const ItemStream::Read& read) {
  if (unscanned() == 0) return;
  if (read && buffer_.size() - held_ < kFreshBytes) make_room(kFreshBytes);
  feed(false, read);
  if (scanned_ >= kBinaryBytes) hand_on(horizon());  // before that, it may yet be binary
}

// Matches that overlap are judged together: the offset before `until` at which none is cut.
std::uint64_t StreamScan::clear_cut(std::uint64_t until) const {
  std::vector<Span> spans;
  for (const RawMatch& match : matches_) spans.push_back({match.begin, match.end});
  for (const Hidden& each : hidden_) {
    const Occurrence& o = each.confirmed.occurrence;
    spans.push_back({o.match_offset, o.match_offset + o.match_length});
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  Span group;
  for (const Span& span : spans) {
    if (span.begin >= group.end) group.begin = span.begin;
    group.end = std::max(group.end, span.end);
    if (group.end > until) return std::min(group.begin, until);
  }
  return until;
}

// Lines go together where they are not endless, so that whoever shows one knows all that is in it.
std::uint64_t StreamScan::line_cut(std::uint64_t until) const {
  const std::uint64_t from = until - std::min(until, kMaxTogether);
  const std::size_t newline = text(from, until).rfind('\n');
  return newline == std::string_view::npos ? until : std::max(from, base_) + newline + 1;
}

void StreamScan::hand_on(std::uint64_t until) {
  until = clear_cut(until == bytes() ? until : line_cut(until));
  std::vector<RawMatch> matches;
  std::vector<Hidden> hidden;
  const auto ready = [&](std::uint64_t end) { return end <= until; };
  std::erase_if(matches_, [&](const RawMatch& match) {
    if (ready(match.end)) matches.push_back(match);
    return ready(match.end);
  });
  std::erase_if(hidden_, [&](Hidden& each) {
    const Occurrence& o = each.confirmed.occurrence;
    const bool is_ready = ready(o.match_offset + o.match_length);
    if (is_ready) hidden.push_back(std::move(each));
    return is_ready;
  });
  open_gates();
  if (!matches.empty() || !hidden.empty()) {
    hold_gated(matches, hidden);
    std::erase_if(matches, [&](const RawMatch& match) { return !is_open(match.rule, false); });
    std::erase_if(hidden, [&](const Hidden& each) { return !is_open(each.confirmed.occurrence.rule, true); });
    Window window(*this);
    std::vector<Occurrence> found;
    finish_matches(item(window), matches, hidden, worker_.costs, found);
    tell(std::move(found), false);
  }
  told_.erase(told_.begin(), told_.lower_bound({until, 0, 0, 0, 0}));
}

// Whether a keyword of the rule was seen, or it needs none.
bool StreamScan::is_open(std::uint32_t rule, bool hidden) const {
  return matcher_.gate_open(rule) || (hidden && layers_ && layers_->gate_open(rule));
}

// Keeps what is to be told if a keyword comes yet: judged with all that it meets, which is not judged with it.
void StreamScan::hold_gated(std::vector<RawMatch> matches, std::vector<Hidden> hidden) {
  const auto closed = [&](std::uint32_t rule, bool is_hidden) { return !is_open(rule, is_hidden); };
  if (std::none_of(matches.begin(), matches.end(), [&](const RawMatch& m) { return closed(m.rule, false); }) &&
      std::none_of(hidden.begin(), hidden.end(),
                   [&](const Hidden& each) { return closed(each.confirmed.occurrence.rule, true); }))
    return;
  Window window(*this);
  std::vector<Occurrence> found;
  std::vector<RuleCost> uncounted(worker_.costs.size());
  finish_matches(item(window), matches, hidden, uncounted, found);
  for (Occurrence& o : found) {
    if (!closed(o.rule, !o.decoded.empty())) continue;
    if (gated_.size() < kMaxGated) gated_.push_back(std::move(o));
    else gated_cut_ = true;
  }
}

void StreamScan::tell(std::vector<Occurrence> found, bool remember) {
  for (Occurrence& o : found) {
    const Told key{o.offset, o.rule, o.length, o.decoded.size(), std::hash<std::string_view>()(o.secret.reveal())};
    if (told_.count(key) > 0) continue;
    if (remember) told_.insert(key);
    on_occurrence_(std::move(o));
  }
}

void StreamScan::open_gates() {
  std::erase_if(gated_, [&](Occurrence& o) {
    const bool open = is_open(o.rule, !o.decoded.empty());
    if (open) on_occurrence_(std::move(o));
    return open;
  });
}

void StreamScan::pause() {
  scan();
  const std::size_t newline = text(paused_, scanned_).rfind('\n');
  if (newline == std::string_view::npos) return;
  paused_ = std::max(paused_, base_) + newline + 1;
  std::vector<RawMatch> matches = matches_;
  std::vector<Hidden> hidden = hidden_;
  matcher_.peek(text(scanned_ - matcher_.carry(), scanned_), matches);
  if (layers_) {
    const std::uint64_t from = std::max(std::min(layers_->keep_from(), scanned_), base_);
    layers_->peek(text(from, scanned_), from, hidden);
  }
  std::erase_if(matches, [&](const RawMatch& match) { return match.end > paused_ || !is_open(match.rule, false); });
  std::erase_if(hidden, [&](const Hidden& each) {
    const Occurrence& o = each.confirmed.occurrence;
    return o.match_offset + o.match_length > paused_ || (each.needs_gate && !is_open(o.rule, true));
  });
  if (matches.empty() && hidden.empty()) return;
  Window window(*this);
  std::vector<Occurrence> found;
  finish_matches(item(window), matches, hidden, worker_.costs, found);
  tell(std::move(found), true);
}

void StreamScan::finish(std::vector<Note>& partial) {
  feed(true);
  hand_on(bytes());
  std::vector<Occurrence> by_path;
  Window window(*this);
  finish_path(item(window), by_path);
  for (Occurrence& o : by_path) on_occurrence_(std::move(o));
  std::vector<std::uint32_t> cut_rules = matcher_.cut_rules();
  if (layers_) layers_->add_cut_rules(cut_rules);
  note_limits(parts_, std::move(cut_rules), layers_ && layers_->too_deep(), path_, partial);
  if (gated_cut_)
    partial.push_back(
        {path_, fmt::format("more than {} matches waited for a keyword that may have come later", kMaxGated)});
}

struct ItemStream::State {
  Scanner::Lease worker;
  StreamScan scan;
};

ItemStream::ItemStream(Scanner& scanner, std::string path, std::function<void(Occurrence)> on_occurrence) {
  Scanner::Lease worker = scanner.lease();
  Worker& own = *worker;
  state_.reset(new State{std::move(worker), {scanner.shared(), own, std::move(path), std::move(on_occurrence)}});
}

ItemStream::~ItemStream() = default;
std::span<char> ItemStream::space() { return state_->scan.space(); }
void ItemStream::took(std::size_t size) { state_->scan.took(size); }
std::uint64_t ItemStream::unscanned() const { return state_->scan.unscanned(); }
void ItemStream::scan(const Read& read) { state_->scan.scan(read); }
void ItemStream::pause() { state_->scan.pause(); }
void ItemStream::finish(std::vector<Note>& partial) { state_->scan.finish(partial); }

}  // namespace staunch
