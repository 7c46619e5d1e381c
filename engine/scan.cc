// The Scanner: items that are in memory in one go, larger ones cut into segments that TBB tasks scan side by side.
#include "engine/scan.h"

#include <fmt/format.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "engine/item.h"
#include "engine/match.h"
#include "engine/worker.h"

namespace staunch {
namespace {

constexpr std::uint64_t kWindowBytes = 1u << 20;
// A region that crosses the border of two segments is certain to have begun where it seems to, if it began at most this
// far before the border.
constexpr std::uint64_t kSlack = 16u << 10;
static_assert(kWindowBytes >= kMaxWholeBytes, "rules without needles see the same bytes whatever the windows");

class MemoryBytes : public ItemBytes {
 public:
  explicit MemoryBytes(std::string_view text) : text_(text) {}
  std::string_view view(std::uint64_t begin, std::uint64_t end) override {
    return text_.substr(begin, end - begin);
  }
  std::uint64_t size() const override { return text_.size(); }

 private:
  std::string_view text_;
};

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
  ContentBytes(const Content& content, std::uint64_t size) : content_(content), size_(size) {}
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
  std::uint64_t size() const override { return size_; }
  bool failed() const { return failed_; }

 private:
  const Content& content_;
  std::uint64_t size_;
  std::vector<char> buffer_;
  std::uint64_t begin_ = 0, held_ = 0;
  bool failed_ = false;
};

// What the scan of one segment of a large item found.
struct Segment {
  std::uint64_t begin = 0, end = 0;  // matches that begin here are its own
  std::vector<RawMatch> matches;
  std::vector<std::uint32_t> cut_rules, open_gates;
  std::uint64_t read = 0;
  bool uncertain = false, binary = false, short_read = false;
  std::optional<Error> error;
};

bool holds(const std::vector<std::uint32_t>& rules, std::uint32_t rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

// Scans one segment in windows, from far enough before it to far enough behind it that its own matches are certain.
void scan_segment(const Database::Parts& parts, Worker& worker, const Content& content, std::uint64_t size,
                  Segment& segment) {
  const std::uint64_t margin = parts.widest + parts.look_back + kSlack;
  const std::uint64_t begin = segment.begin > margin ? segment.begin - margin : 0;
  const std::uint64_t stop = std::min(size, segment.end + margin);
  Matcher matcher(parts, worker, begin, segment.begin);
  std::uint64_t at = begin, carried = 0;
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
    matcher.feed(text, carried, last && (segment.short_read || stop == size), segment.matches);
    at += *got;
    carried = matcher.carry();
    std::copy(text.end() - static_cast<std::ptrdiff_t>(carried), text.end(), worker.buffer.begin());
  }
  segment.read = std::min(at, segment.end) - std::min(at, segment.begin);
  segment.uncertain = matcher.uncertain();
  segment.cut_rules = matcher.cut_rules();
  for (std::uint32_t rule = 0; rule < parts.catalogue.rules.size(); ++rule)
    if (matcher.gate_open(rule)) segment.open_gates.push_back(rule);
  std::erase_if(segment.matches, [&](const RawMatch& match) {
    return match.begin < segment.begin || (match.begin >= segment.end && segment.end < size);
  });
}

// The lines of a whole content, its segments counted side by side. Where reading fails the rest counts as empty: the scan
// has said so already, or bytes.failed() will.
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

void note_cut_rules(const Database::Parts& parts, const std::vector<std::uint32_t>& rules, const std::string& path,
                    ItemReport& report) {
  for (std::uint32_t rule : rules)
    report.partial.push_back({path, fmt::format("rule {} has no bound and was cut after {} KiB",
                                                parts.catalogue.rules[rule].id,
                                                (parts.plans[rule].approach == Approach::whole ? kMaxWholeBytes
                                                                                               : kMaxReach) >> 10)});
}

}  // namespace

struct Scanner::State {
  explicit State(const ScanOptions& options)
      : fingerprinter(options.fingerprint_key),
        measure(options.measure),
        segment_bytes(std::max(kLineBlock, options.segment_bytes / kLineBlock * kLineBlock)) {}
  Fingerprinter fingerprinter;
  const bool measure;
  const std::uint64_t segment_bytes;
  std::mutex mutex;
  std::vector<std::unique_ptr<Worker>> idle;
};

Scanner::Scanner(std::shared_ptr<const Database> database, ScanOptions options)
    : database_(std::move(database)), state_(std::make_unique<State>(options)) {}
Scanner::~Scanner() = default;

Scanner::Lease::Lease(Scanner& scanner, std::unique_ptr<Worker> worker)
    : scanner_(scanner), worker_(std::move(worker)) {}
Scanner::Lease::Lease(Lease&&) noexcept = default;
Scanner::Lease::~Lease() {
  if (!worker_) return;
  const std::lock_guard lock(scanner_.state_->mutex);
  scanner_.state_->idle.push_back(std::move(worker_));
}

std::span<char> Scanner::Lease::buffer(std::size_t size) {
  if (worker_->buffer.size() < size) worker_->buffer.resize(size);
  return worker_->buffer;
}

Scanner::Lease Scanner::lease() {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->idle.empty()) {
      auto worker = std::move(state_->idle.back());
      state_->idle.pop_back();
      return {*this, std::move(worker)};
    }
  }
  auto worker = std::make_unique<Worker>(database_->parts());
  worker->measure = state_->measure;
  return {*this, std::move(worker)};
}

ItemReport Scanner::scan(Lease& lease, std::string_view text, const std::string& path) {
  const Database::Parts& parts = database_->parts();
  ItemReport report;
  report.bytes = text.size();
  std::vector<RawMatch>& matches = (*lease).matches;
  matches.clear();
  {
    Matcher matcher(parts, *lease);
    matcher.feed(text, 0, true, matches);
    std::erase_if(matches, [&](const RawMatch& match) { return !matcher.gate_open(match.rule); });
    note_cut_rules(parts, matcher.cut_rules(), path, report);
  }
  if (matches.empty() && parts.path_rules.empty()) return report;
  std::optional<LineIndex> index;
  const std::function<const LineIndex&()> lines = [&]() -> const LineIndex& {
    if (!index) index.emplace().append(text);
    return *index;
  };
  MemoryBytes bytes(text);
  finish_item({parts, state_->fingerprinter, bytes, lines, path, is_binary(text)}, matches, (*lease).costs, report);
  return report;
}

ItemReport Scanner::scan(const Content& content, std::uint64_t size, const std::string& path) {
  const Database::Parts& parts = database_->parts();
  const std::uint64_t segment_bytes = state_->segment_bytes;
  std::vector<Segment> segments;
  for (std::uint64_t begin = 0; begin < size || segments.empty(); begin += segment_bytes) {
    segments.emplace_back();
    segments.back().begin = begin;
    segments.back().end = std::min(size, begin + segment_bytes);
  }
  // Rules without needles, and regions longer than a segment's margin, need the item from its beginning.
  std::atomic<bool> in_order = !parts.whole_rules.empty();
  if (!in_order) {
    tbb::this_task_arena::isolate([&] {
      tbb::task_group group;
      for (Segment& segment : segments) {
        group.run([&] {
          if (in_order) return;
          Lease worker = lease();
          scan_segment(parts, *worker, content, size, segment);
          if (segment.uncertain) in_order = true;
        });
      }
      group.wait();
    });
  }
  if (in_order) {
    segments.assign(1, Segment{});
    segments.front().end = size;
    Lease worker = lease();
    scan_segment(parts, *worker, content, size, segments.front());
  }

  ItemReport report;
  std::vector<RawMatch> matches;
  std::vector<std::uint32_t> cut_rules;
  for (const Segment& segment : segments) {
    matches.insert(matches.end(), segment.matches.begin(), segment.matches.end());
    report.bytes += segment.read;
    for (std::uint32_t rule : segment.cut_rules)
      if (!holds(cut_rules, rule)) cut_rules.push_back(rule);
    if (segment.error && report.incomplete.empty()) report.incomplete.push_back({path, segment.error->what});
    if (segment.short_read && report.incomplete.empty())
      report.incomplete.push_back({path, "became shorter while it was read"});
  }
  std::erase_if(matches, [&](const RawMatch& match) {
    return std::none_of(segments.begin(), segments.end(),
                        [&](const Segment& segment) { return holds(segment.open_gates, match.rule); });
  });
  note_cut_rules(parts, cut_rules, path, report);
  const LineIndex index = matches.empty() ? LineIndex() : index_lines(content, size, segment_bytes);
  const std::function<const LineIndex&()> lines = [&]() -> const LineIndex& { return index; };
  ContentBytes bytes(content, size);
  Lease worker = lease();
  finish_item({parts, state_->fingerprinter, bytes, lines, path, segments.front().binary}, matches, (*worker).costs,
              report);
  if (bytes.failed()) report.incomplete.push_back({path, "could not be read again"});
  return report;
}

EngineStats Scanner::stats() const {
  EngineStats stats;
  stats.rules.resize(database_->catalogue().rules.size());
  const std::lock_guard lock(state_->mutex);
  for (const auto& worker : state_->idle) {
    stats.bytes += worker->bytes;
    stats.match_ns += worker->match_ns;
    stats.confirm_ns += worker->confirm_ns;
    for (std::size_t i = 0; i < stats.rules.size(); ++i) {
      const RuleCost& cost = worker->costs[i];
      RuleCost& sum = stats.rules[i];
      sum.hits += cost.hits;
      sum.passed += cost.passed;
      sum.regions += cost.regions;
      sum.matches += cost.matches;
      sum.confirmed += cost.confirmed;
      sum.nanoseconds += cost.nanoseconds;
    }
  }
  return stats;
}

}  // namespace staunch
