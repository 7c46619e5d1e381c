// Items that are too large to hold: cut into segments that TBB tasks scan side by side.
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "engine/item.h"
#include "engine/item_scan.h"
#include "engine/locate.h"
#include "engine/match.h"

namespace staunch {
namespace {

constexpr std::uint64_t kWindowBytes = 1u << 20;
// A region that crosses the border of two segments is certain to have begun where it seems to, if it began at most this
// far before the border.
constexpr std::uint64_t kSlack = 16u << 10;
// Bytes of a window that are kept for the copies behind it.
constexpr std::uint64_t kMaxKept = 8u << 20;
static_assert(kWindowBytes >= kMaxWholeBytes, "rules without needles see the same bytes whatever the windows");

// Reads `size` bytes at `offset`, fewer only at the end of the content.
Result<std::size_t> read_fully(const Content& content, std::uint64_t offset, std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got = content.read_at(offset + done, into.subspan(done));
    if (!got) return got.error();
    if (*got == 0) break;
    done += *got;
  }
  return done;
}

class ContentBytes : public ItemBytes {
 public:
  ContentBytes(const Content& content, std::uint64_t size, const LineIndex& lines)
      : content_(content), size_(size), lines_(lines) {}
  std::string_view view(std::uint64_t begin, std::uint64_t end) override {
    if (begin >= begin_ && end <= begin_ + held_) return {buffer_.data() + (begin - begin_), end - begin};
    end = std::min(end, size_);
    if (begin >= end) return {};
    buffer_.resize(end - begin);
    const auto got = read_fully(content_, begin, buffer_);
    begin_ = begin;
    held_ = got ? *got : 0;
    if (!got) failed_ = true;
    return {buffer_.data(), held_};
  }
  Position position(std::uint64_t offset) override {
    const std::uint64_t block = LineIndex::block_begin(offset);
    return lines_.position(offset, view(block, offset + 1));
  }
  bool failed() const { return failed_; }

 private:
  const Content& content_;
  std::uint64_t size_;
  const LineIndex& lines_;
  std::vector<char> buffer_;
  std::uint64_t begin_ = 0, held_ = 0;
  bool failed_ = false;
};

class ContentStream : public ByteStream {
 public:
  ContentStream(const Content& content, std::uint64_t size) : content_(content), size_(size) {}
  Result<std::size_t> read(std::span<char> into) override {
    const auto got = content_.read_at(at_, into);
    if (got) at_ += *got;
    return got;
  }
  bool seek(std::uint64_t offset) override {
    at_ = offset;
    return true;
  }
  std::uint64_t size() const override { return size_; }

 private:
  const Content& content_;
  std::uint64_t size_, at_ = 0;
};

// What cannot be read is told by the scan of the segments.
std::string head_of(const Content& content) {
  std::string head(kHeadBytes, '\0');
  const auto got = read_fully(content, 0, head);
  head.resize(got ? *got : 0);
  return head;
}

// What the scan of one segment of a large item found.
struct Segment {
  std::uint64_t begin = 0, end = 0;  // matches that begin here are its own
  std::vector<RawMatch> matches;
  std::vector<Hidden> hidden;
  std::vector<std::uint32_t> cut_rules, open_gates, hidden_gates;  // hidden: opened in a copy
  std::uint64_t read = 0;
  Layers::Border first, last;  // the segment's own
  bool uncertain = false, binary = false, short_read = false, too_deep = false;
  std::optional<Error> error;
};

bool holds(const std::vector<std::uint32_t>& rules, std::uint32_t rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

// Scans one segment in windows, from far enough before it to far enough behind it that its own matches are certain.
void scan_segment(const ScanShared& shared, Worker& worker, const Content& content, std::uint64_t size,
                  Segment& segment) {
  const Database::Parts& parts = shared.parts;
  const std::uint64_t margin = parts.widest + parts.look_back + kSlack;
  const std::uint64_t begin = segment.begin > margin ? segment.begin - margin : 0;
  const std::uint64_t stop = std::min(size, segment.end + margin);
  Matcher matcher(parts, worker, begin, segment.begin);
  std::optional<Layers> layers;
  if (shared.options.max_decode_depth > 0) layers.emplace(parts, worker, shared.options.max_decode_depth);
  if (layers) {
    layers->watch(segment.begin);
    layers->watch(segment.end);
  }
  std::uint64_t at = begin, carried = 0, carry = 0;
  for (bool last = false; !last;) {
    const std::uint64_t want = std::min(stop - at, at == begin ? margin + kWindowBytes : kWindowBytes);
    if (worker.buffer.size() < carried + want) worker.buffer.resize(carried + want);
    const auto got = read_fully(content, at, std::span(worker.buffer).subspan(carried, want));
    if (!got) {
      segment.error = got.error();
      return;
    }
    segment.short_read = *got < want;
    last = segment.short_read || at + *got >= stop;
    const std::string_view text(worker.buffer.data(), carried + *got);
    if (at == 0) segment.binary = is_binary(text);
    const bool ends = last && (segment.short_read || stop == size);
    matcher.feed(text.substr(carried - carry), carry, ends, segment.matches);
    if (layers) layers->feed(text, at - carried, last, segment.hidden);
    at += *got;
    carry = matcher.carry();
    carried = carry;
    if (layers && !last)
      carried = std::clamp(at - std::min(at, layers->keep_from()), carry,
                           std::max<std::uint64_t>(carry, std::min<std::uint64_t>(text.size(), kMaxKept)));
    std::copy(text.end() - static_cast<std::ptrdiff_t>(carried), text.end(), worker.buffer.begin());
  }
  segment.read = std::min(at, segment.end) - std::min(at, segment.begin);
  const std::uint64_t certain_end = stop == size ? 0 : segment.end;  // at the item's end nothing is cut
  segment.uncertain = matcher.uncertain() || (layers && layers->uncertain(segment.begin, certain_end));
  segment.too_deep = layers && layers->too_deep();
  segment.cut_rules = matcher.cut_rules();
  if (layers) {
    layers->add_cut_rules(segment.cut_rules);
    segment.first = layers->borders().front();
    segment.last = layers->borders().back();
  }
  for (std::uint32_t rule = 0; rule < parts.catalogue.rules.size(); ++rule) {
    if (matcher.gate_open(rule)) segment.open_gates.push_back(rule);
    if (layers && layers->gate_open(rule)) segment.hidden_gates.push_back(rule);
  }
  const auto is_foreign = [&](std::uint64_t offset) {
    return offset < segment.begin || (offset >= segment.end && segment.end < size);
  };
  std::erase_if(segment.matches, [&](const RawMatch& match) { return is_foreign(match.begin); });
  std::erase_if(segment.hidden, [&](const Hidden& each) { return is_foreign(each.confirmed.occurrence.match_offset); });
}

// The lines of a whole content, its segments counted side by side. Where reading fails the rest counts as empty: the
// scan has said so already, or bytes.failed() will.
LineIndex index_lines(const Content& content, std::uint64_t size, std::uint64_t segment_bytes) {
  std::vector<LineIndex> parts(size / segment_bytes + 1);
  tbb::this_task_arena::isolate([&] {
    tbb::task_group group;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      group.run([&, i] {
        std::vector<char> block(64 * kLineBlock);
        const std::uint64_t end = std::min(size, (i + 1) * segment_bytes);
        for (std::uint64_t at = i * segment_bytes; at < end; at += block.size()) {
          std::fill(block.begin(), block.end(), '\0');
          const std::span<char> want = std::span(block).first(std::min(block.size(), end - at));
          static_cast<void>(read_fully(content, at, want).ok());
          parts[i].append({want.data(), want.size()});
        }
      });
    }
    group.wait();
  });
  LineIndex lines;
  for (const LineIndex& part : parts) lines.append(part);
  return lines;
}

std::vector<Segment> cut(std::uint64_t size, std::uint64_t segment_bytes) {
  std::vector<Segment> segments;
  for (std::uint64_t begin = 0; begin < size || segments.empty(); begin += segment_bytes) {
    segments.emplace_back();
    segments.back().begin = begin;
    segments.back().end = std::min(size, begin + segment_bytes);
  }
  return segments;
}

// The segments of the item, side by side; or one that is all of it, where they cannot be told apart. `head` is how the
// item begins.
std::vector<Segment> scan_side_by_side(const ScanShared& shared, const Content& content, std::uint64_t size,
                                       std::string_view head) {
  std::vector<Segment> segments = cut(size, shared.options.segment_bytes);
  // Rules without needles, UTF-16 that only a byte order mark tells of, and regions longer than a segment's margin need
  // the item from its beginning.
  std::atomic<bool> in_order =
      !shared.parts.whole_rules.empty() || head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff");
  if (!in_order) {
    tbb::this_task_arena::isolate([&] {
      tbb::task_group group;
      for (Segment& segment : segments) {
        group.run([&] {
          if (in_order) return;
          Scanner::Lease worker = shared.scanner.lease();
          scan_segment(shared, *worker, content, size, segment);
          if (segment.uncertain) in_order = true;
        });
      }
      group.wait();
    });
    // The first one began where the item does, so that its reading is right, and so is each that goes on alike.
    for (std::size_t i = 1; i < segments.size(); ++i)
      if (!Layers::read_alike(segments[i - 1].last, segments[i].first)) in_order = true;
  }
  if (in_order) {
    segments.assign(1, Segment{});
    segments.front().end = size;
    Scanner::Lease worker = shared.scanner.lease();
    scan_segment(shared, *worker, content, size, segments.front());
  }
  return segments;
}

// What all segments of an item found.
struct Gathered {
  std::vector<RawMatch> matches;
  std::vector<Hidden> hidden;
  std::vector<std::uint32_t> cut_rules;
  bool too_deep = false;
};

Gathered gather(std::vector<Segment>& segments, const std::string& path, ItemReport& report) {
  Gathered all;
  for (Segment& segment : segments) {
    std::move(segment.hidden.begin(), segment.hidden.end(), std::back_inserter(all.hidden));
    all.too_deep |= segment.too_deep;
    all.matches.insert(all.matches.end(), segment.matches.begin(), segment.matches.end());
    report.bytes += segment.read;
    all.cut_rules.insert(all.cut_rules.end(), segment.cut_rules.begin(), segment.cut_rules.end());
    if (segment.error && report.incomplete.empty()) report.incomplete.push_back({path, segment.error->what});
    if (segment.short_read && report.incomplete.empty())
      report.incomplete.push_back({path, "became shorter while it was read"});
  }
  return all;
}

// Leaves out what stands behind a gate that no segment opened.
void drop_gated(const std::vector<Segment>& segments, Gathered& all) {
  const auto gate_open = [&](std::uint32_t rule) {
    return std::any_of(segments.begin(), segments.end(),
                       [&](const Segment& segment) { return holds(segment.open_gates, rule); });
  };
  const auto hidden_gate_open = [&](std::uint32_t rule) {
    return gate_open(rule) || std::any_of(segments.begin(), segments.end(),
                                          [&](const Segment& segment) { return holds(segment.hidden_gates, rule); });
  };
  std::erase_if(all.matches, [&](const RawMatch& match) { return !gate_open(match.rule); });
  std::erase_if(all.hidden, [&](const Hidden& each) {
    return each.needs_gate && !hidden_gate_open(each.confirmed.occurrence.rule);
  });
}

}  // namespace

void scan_segments(const ScanShared& shared, const Content& content, std::uint64_t size, const std::string& path,
                   ItemReport& report) {
  const Database::Parts& parts = shared.parts;
  const std::string head = head_of(content);
  std::vector<Segment> segments = scan_side_by_side(shared, content, size, head);
  Gathered all = gather(segments, path, report);
  Scanner::Lease worker = shared.scanner.lease();
  const Container kind = container_of(head);
  if (kind == Container::sqlite || kind == Container::pyc)
    scan_records(shared, *worker, kind, content, size, path, all.hidden, report.partial);
  drop_gated(segments, all);
  const bool found = !all.matches.empty() || !all.hidden.empty();
  const LineIndex index = found ? index_lines(content, size, shared.options.segment_bytes) : LineIndex();
  ContentBytes bytes(content, size, index);
  const Item item{parts,
                  shared.fingerprinter,
                  bytes,
                  path,
                  segments.front().binary,
                  shared.asks_path,
                  &shared.options.on_near_miss};
  const std::size_t outer = report.occurrences.size();
  finish_matches(item, all.matches, all.hidden, (*worker).costs, report.occurrences);
  finish_path(item, report.occurrences);
  if (bytes.failed()) report.incomplete.push_back({path, "could not be read again"});
  ContentStream stream(content, size);
  ArchiveBudget budget;
  const Nesting nesting{shared.options.max_archive_depth, budget};
  const bool opened = kind == Container::archive && scan_members(shared, *worker, stream, path, nesting, outer, report);
  if (!opened) note_limits(parts, std::move(all.cut_rules), all.too_deep, path, report.partial);
}

}  // namespace staunch
