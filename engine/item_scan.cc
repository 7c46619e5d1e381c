#include "engine/item_scan.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <set>

#include "engine/expand/records.h"
#include "engine/item.h"
#include "engine/locate.h"
#include "engine/match.h"
#include "engine/stream_scan.h"

namespace staunch {
namespace {

// A member of an archive that must be held whole to be read (7z and SQLite jump in it).
constexpr std::size_t kMaxHeldMember = 32u << 20;

class MemoryStream : public ByteStream {
 public:
  explicit MemoryStream(std::string_view text) : text_(text) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t size = std::min<std::size_t>(into.size(), text_.size() - at_);
    std::memcpy(into.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }
  bool seek(std::uint64_t offset) override {
    at_ = std::min<std::uint64_t>(offset, text_.size());
    return true;
  }
  std::uint64_t size() const override { return text_.size(); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// The first bytes of a stream. Most members of an archive are small: memory grows with what is there.
class Head {
 public:
  // Reads up to `size` bytes in all; fewer only at the end.
  Status fill(ByteStream& bytes, std::size_t size) {
    while (size_ < size) {
      if (size_ == capacity_) grow(std::min(size, std::max(kLeast, 4 * capacity_)));
      const auto got = bytes.read({bytes_.get() + size_, std::min(size, capacity_) - size_});
      if (!got) return got.error();
      if (*got == 0) break;
      size_ += *got;
    }
    return Done{};
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  static constexpr std::size_t kLeast = 16u << 10;

  void grow(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

// A secret's name for the length of a run; quick, also for a guessable one.
std::string handle(const ScanShared& shared, const Occurrence& o) { return shared.fingerprinter.of(o.secret.reveal()); }

std::set<std::string> handles(const ScanShared& shared, const std::vector<Occurrence>& occurrences, std::size_t from) {
  std::set<std::string> all;
  for (; from < occurrences.size(); ++from) all.insert(handle(shared, occurrences[from]));
  return all;
}

// "logs/app.log.gz" holds "app.log"; what has no ending to take off holds its "content".
std::string member_path(const std::string& archive, const std::string& member) {
  if (archive.empty()) return member;  // a stream that nobody named
  if (!member.empty()) return archive + "!" + member;
  std::string_view name = archive;
  if (const std::size_t slash = name.find_last_of("/!"); slash != name.npos) name.remove_prefix(slash + 1);
  const std::size_t dot = name.rfind('.');
  return archive + "!" + std::string(dot == name.npos || dot == 0 ? "content" : name.substr(0, dot));
}

// What is read is scanned as it is, too: it may be damaged, and it holds more than its members.
class Overheard : public ByteStream {
 public:
  Overheard(ByteStream& bytes, StreamScan& scan) : bytes_(bytes), scan_(scan) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::span<char> space = scan_.space();
    const auto got = bytes_.read(space.first(std::min(space.size(), into.size())));
    if (got) {
      std::memcpy(into.data(), space.data(), *got);
      scan_.took(*got);
    }
    return got;
  }
  // What nobody asked for.
  Status read_rest() {
    for (;;) {
      const auto got = bytes_.read(scan_.space());
      if (!got) return got.error();
      if (*got == 0) return Done{};
      scan_.took(*got);
    }
  }

 private:
  ByteStream& bytes_;
  StreamScan& scan_;
};

Status scan_long_stream(const ScanShared& shared, Worker& worker, ByteStream& bytes, const std::string& path,
                        ItemReport& report) {
  StreamScan scan(shared, worker, path, [&](Occurrence o) { report.occurrences.push_back(std::move(o)); });
  const Status read = Overheard(bytes, scan).read_rest();
  scan.finish(report.partial);
  return read;
}

// Its own bytes' occurrences come last, those that its members hold dropped.
Status scan_archive_stream(const ScanShared& shared, Worker& worker, ByteStream& bytes, const std::string& path,
                           Nesting nesting, ItemReport& report) {
  std::vector<Occurrence> own;
  Scanner::Lease second = shared.scanner.lease();
  StreamScan scan(shared, *second, path, [&](Occurrence o) { own.push_back(std::move(o)); });
  Overheard overheard(bytes, scan);
  const std::size_t first = report.occurrences.size();
  std::vector<Note> limits;
  const bool opened = scan_members(shared, worker, overheard, path, nesting, first, report);
  const Status read = overheard.read_rest();
  scan.finish(limits);
  if (!opened) std::move(limits.begin(), limits.end(), std::back_inserter(report.partial));
  const std::set<std::string> inside = handles(shared, report.occurrences, first);
  std::erase_if(own, [&](const Occurrence& o) { return inside.count(handle(shared, o)) > 0; });
  std::move(own.begin(), own.end(), std::back_inserter(report.occurrences));
  return read;
}

}  // namespace

void match_layers(const ScanShared& shared, Worker& worker, std::string_view text, TextMatches& found) {
  if (shared.options.max_decode_depth == 0) return;
  Layers layers(shared.parts, worker, shared.options.max_decode_depth);
  layers.feed(text, 0, true, found.hidden);
  for (Hidden& each : found.hidden) each.needs_gate &= !layers.gate_open(each.confirmed.occurrence.rule);
  layers.add_cut_rules(found.cut_rules);
  found.too_deep = layers.too_deep();
}

void match_records(const ScanShared& shared, Worker& worker, Container kind, std::string_view text,
                   const std::string& path, TextMatches& found, std::vector<Note>& partial) {
  if (kind == Container::sqlite || kind == Container::pyc)
    scan_records(shared, worker, kind, MemoryContent(text), text.size(), path, found.hidden, partial);
}

void drop_closed(const Matcher& matcher, TextMatches& found) {
  std::erase_if(found.plain, [&](const RawMatch& match) { return !matcher.gate_open(match.rule); });
  std::erase_if(found.hidden, [&](const Hidden& each) {
    return each.needs_gate && !matcher.gate_open(each.confirmed.occurrence.rule);
  });
}

void finish_text(const ScanShared& shared, Worker& worker, Container kind, std::string_view text,
                 const std::string& path, Nesting nesting, TextMatches& found, ItemReport& report) {
  const Database::Parts& parts = shared.parts;
  const std::size_t outer = report.occurrences.size();
  const bool asks_path = shared.asks_path != nullptr && !parts.path_rules.empty();
  if (!found.plain.empty() || !found.hidden.empty() || asks_path || parts.path_may_hit(path)) {
    MemoryBytes bytes(text);
    const Item item{
        parts, shared.fingerprinter, bytes, path, is_binary(text), shared.asks_path, &shared.options.on_near_miss};
    finish_matches(item, found.plain, found.hidden, worker.costs, report.occurrences);
    finish_path(item, report.occurrences);
  }
  MemoryStream stream(text);
  const bool opened = kind == Container::archive && scan_members(shared, worker, stream, path, nesting, outer, report);
  if (!opened) note_limits(parts, std::move(found.cut_rules), found.too_deep, path, report.partial);
}

void scan_text(const ScanShared& shared, Worker& worker, std::string_view text, const std::string& path,
               Nesting nesting, ItemReport& report) {
  const Container kind = container_of(text.substr(0, kHeadBytes));
  TextMatches found;
  {
    Matcher matcher(shared.parts, worker);
    matcher.feed(text, 0, true, found.plain);
    found.cut_rules = matcher.cut_rules();
    match_layers(shared, worker, text, found);
    match_records(shared, worker, kind, text, path, found, report.partial);
    drop_closed(matcher, found);
  }
  finish_text(shared, worker, kind, text, path, nesting, found, report);
}

Status scan_stream(const ScanShared& shared, Worker& worker, ByteStream& bytes, const std::string& path,
                   Nesting nesting, ItemReport& report) {
  Head head;
  Status read = head.fill(bytes, kHeadBytes);
  const Container kind = container_of(head.text());
  const bool jumps = kind == Container::sqlite || kind == Container::pyc;
  const std::size_t held = jumps ? kMaxHeldMember : kWholeItemBytes;
  if (read && head.text().size() == kHeadBytes) read = head.fill(bytes, held);
  const std::string_view text = head.text();
  if (text.size() < held || !read) {
    scan_text(shared, worker, text, path, nesting, report);
  } else {
    if (jumps) report.partial.push_back({path, "too large to be opened as what it is where it cannot be read twice"});
    Resumed resumed(text, bytes);
    const bool opens = kind == Container::archive && nesting.depth > 0;
    read = opens ? scan_archive_stream(shared, worker, resumed, path, nesting, report)
                 : scan_long_stream(shared, worker, resumed, path, report);
  }
  return read;
}

bool scan_members(const ScanShared& shared, Worker& worker, ByteStream& bytes, const std::string& path, Nesting nesting,
                  std::size_t outer, ItemReport& report) {
  if (nesting.depth == 0) {
    if (shared.options.max_archive_depth > 0)
      report.partial.push_back({path, "not opened: archives are nested more deeply than --max-archive-depth allows"});
    return false;
  }
  const std::size_t own_end = report.occurrences.size();
  auto notes = read_archive(bytes, path, nesting.budget, [&](const std::string& name, ByteStream& member) {
    const std::string inner = member_path(path, name);
    // What ended a member early is in the archive's notes.
    static_cast<void>(scan_stream(shared, worker, member, inner, {nesting.depth - 1, nesting.budget}, report).ok());
    return true;
  });
  const bool whole = notes.empty();
  std::move(notes.begin(), notes.end(), std::back_inserter(report.partial));
  const std::set<std::string> inside = handles(shared, report.occurrences, own_end);
  const auto own = report.occurrences.begin() + static_cast<std::ptrdiff_t>(outer);
  const auto end = report.occurrences.begin() + static_cast<std::ptrdiff_t>(own_end);
  report.occurrences.erase(
      std::remove_if(own, end, [&](const Occurrence& o) { return inside.count(handle(shared, o)) > 0; }), end);
  return whole;
}

void scan_records(const ScanShared& shared, Worker& worker, Container kind, const Content& content, std::uint64_t size,
                  const std::string& path, std::vector<Hidden>& hidden, std::vector<Note>& partial) {
  if (shared.options.max_decode_depth == 0) return;
  const Codec codec = kind == Container::sqlite ? Codec::sqlite : Codec::pyc;
  const auto scan = [&](Expansion&& copy) {
    scan_expansion(shared.parts, worker, copy, codec, shared.options.max_decode_depth, hidden);
  };
  auto notes =
      kind == Container::sqlite ? expand_sqlite(content, size, path, scan) : expand_pyc(content, size, path, scan);
  std::move(notes.begin(), notes.end(), std::back_inserter(partial));
}

}  // namespace staunch
