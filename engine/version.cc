#include "engine/version.h"

#include <algorithm>
#include <charconv>

#include "engine/confirm.h"
#include "engine/expand/archive.h"
#include "engine/item_scan.h"
#include "engine/match.h"
#include "engine/worker.h"

namespace staunch {
namespace {

// Windows that lie nearer than this are one: a call of Hyperscan costs as much.
constexpr std::uint64_t kJoin = 128;
// Beyond this distance from a seam nothing decoded depends on it: Expander looks kAhead bytes behind and less before.
constexpr std::uint64_t kDecodeReach = 512;
static_assert(kDecodeReach >= 2 * Expander::kAhead);
// Bytes of a window beyond that: before, so many that its own border does not matter (engine/layers.h, uncertain());
// behind, so many that most fragments end there. One that does not makes the window unsure.
constexpr std::uint64_t kBeforeReach = 1024, kBehindReach = 512;

// Where the text differs from its base: inserted bytes, and seams (empty spans) where copies meet or stop.
std::vector<Span> fresh_spans(std::span<const Copy> copies, std::uint64_t size, std::uint64_t base_size) {
  std::vector<Span> fresh;
  std::uint64_t at = 0;
  for (const Copy& copy : copies) {
    const bool begins_alike = copy.to == 0 && copy.from == 0;
    if (!begins_alike) fresh.push_back({at, copy.to});
    at = copy.to + copy.size;
  }
  const bool ends_alike = at == size && !copies.empty() && copies.back().from + copies.back().size == base_size;
  if (!ends_alike) fresh.push_back({at, size});
  return fresh;
}

// Each span with so many bytes before and behind it, joined where they touch or nearly do.
std::vector<Span> widened(std::span<const Span> spans, std::uint64_t before, std::uint64_t behind, std::uint64_t size) {
  std::vector<Span> windows;
  for (const Span& span : spans) {
    const std::uint64_t begin = span.begin - std::min(span.begin, before), end = std::min(size, span.end + behind);
    if (!windows.empty() && begin <= windows.back().end + kJoin) windows.back().end = std::max(windows.back().end, end);
    else windows.push_back({begin, end});
  }
  return windows;
}

// Where windows are most of a text, all of it is quicker.
bool covers_most(std::span<const Span> windows, std::uint64_t size) {
  std::uint64_t bytes = 0;
  for (const Span& window : windows) bytes += window.end - window.begin;
  return bytes >= size / 4 * 3;
}

class VersionScan {
 public:
  VersionScan(const ScanShared& shared, Worker& worker, std::string_view text, const Carried* base,
              std::span<const Copy> copies)
      : shared_(shared), worker_(worker), text_(text), base_(base), copies_(copies) {
    if (base_ != nullptr) fresh_ = fresh_spans(copies_, text_.size(), base_->size);
  }

  // Every hit of the text at which a match may stand, as the bytes near it tell, ordered by end.
  void find_hits(Matcher& matcher, std::vector<Hit>& hits) {
    hits.clear();
    const std::uint64_t began = worker_.nanoseconds();
    // A needle that touches a span, itself or with the bytes near it, ends in the span's window; find_hits looks
    // back for its beginning.
    const std::uint64_t reach = shared_.parts.longest_needle + kNearBefore;
    const auto windows = widened(fresh_, kNearBehind, reach, text_.size());
    if (base_ == nullptr || covers_most(windows, text_.size())) {
      matcher.find_hits(text_, 0, text_.size(), hits);
      matcher.drop_dead(text_, hits);
      worker_.bytes += text_.size();
      sort_by_end(hits);
    } else {
      carry_hits(hits);
      add_fresh_hits(matcher, windows, hits);
    }
    worker_.match_ns += worker_.nanoseconds() - began;
  }

  // What stands behind the encodings; whether those that are made of this text must be decoded whole.
  bool decode(TextMatches& found) {
    const bool marked = text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff");
    if (!marked && base_ != nullptr && !base_->decode_whole && nothing_hides()) return false;
    match_layers(shared_, worker_, text_, found);
    return marked || !found.hidden.empty() || found.too_deep || !found.cut_rules.empty();
  }

 private:
  static void sort_by_end(std::vector<Hit>& hits) {
    const auto by_end = [](const Hit& a, const Hit& b) { return a.end < b.end; };
    if (!std::is_sorted(hits.begin(), hits.end(), by_end)) std::sort(hits.begin(), hits.end(), by_end);
  }

  std::uint64_t begin_of(const Hit& hit) const { return hit.end - shared_.parts.needles[hit.needle].literal.size(); }

  // Whether the hit and the bytes near it lie in one copied run: then the base has it, or let it go as well.
  // `begin` and `end` are those of its needle in the text.
  bool is_carried(const Copy& copy, std::uint64_t begin, std::uint64_t end) const {
    const std::uint64_t copy_end = copy.to + copy.size;
    const bool begins_alike = copy.to == 0 && copy.from == 0;
    const bool ends_alike = copy_end == text_.size() && copy.from + copy.size == base_->size;
    return begin >= copy.to + (begins_alike ? 0 : kNearBefore) && end + (ends_alike ? 0 : kNearBehind) <= copy_end;
  }

  void carry_hits(std::vector<Hit>& hits) const {
    for (const Copy& copy : copies_) {
      const std::uint64_t end = copy.from + copy.size;
      auto hit = std::upper_bound(base_->hits.begin(), base_->hits.end(), copy.from,
                                  [](std::uint64_t at, const Hit& each) { return at < each.end; });
      for (; hit != base_->hits.end() && hit->end <= end; ++hit) {
        const Hit moved{hit->needle, static_cast<std::uint32_t>(hit->end - copy.from + copy.to)};
        if (begin_of(*hit) >= copy.from && is_carried(copy, begin_of(moved), moved.end)) hits.push_back(moved);
      }
    }
  }

  // Merges in what the windows hold and was not carried.
  void add_fresh_hits(Matcher& matcher, std::span<const Span> windows, std::vector<Hit>& hits) {
    std::vector<Hit>& fresh = worker_.hits;
    fresh.clear();
    for (const Span& window : windows) {
      matcher.find_hits(text_, window.begin, window.end, fresh);
      worker_.bytes += window.end - window.begin;
    }
    sort_by_end(fresh);
    auto copy = copies_.begin();
    std::erase_if(fresh, [&](const Hit& hit) {
      while (copy != copies_.end() && copy->to + copy->size < hit.end) ++copy;
      return copy != copies_.end() && is_carried(*copy, begin_of(hit), hit.end);
    });
    matcher.drop_dead(text_, fresh);
    const auto carried = static_cast<std::ptrdiff_t>(hits.size());
    hits.insert(hits.end(), fresh.begin(), fresh.end());
    std::inplace_merge(hits.begin(), hits.begin() + carried, hits.end(),
                       [](const Hit& a, const Hit& b) { return a.end < b.end; });
  }

  // Whether windows round what is new show that nothing stands behind the encodings, given that nothing did in the
  // base.
  bool nothing_hides() {
    if (shared_.options.max_decode_depth == 0) return true;
    const auto windows = widened(fresh_, kDecodeReach + kBeforeReach, kDecodeReach + kBehindReach, text_.size());
    if (covers_most(windows, text_.size())) return false;
    std::vector<Hidden> hidden;
    std::vector<std::uint32_t> cut_rules;
    for (const Span& window : windows) {
      Layers layers(shared_.parts, worker_, shared_.options.max_decode_depth);
      layers.feed(text_.substr(window.begin, window.end - window.begin), window.begin, true, hidden);
      layers.add_cut_rules(cut_rules);
      const std::uint64_t begin = window.begin == 0 ? 0 : window.begin + kBeforeReach;
      const std::uint64_t end = window.end == text_.size() ? 0 : window.end - kBehindReach;
      if (!hidden.empty() || !cut_rules.empty() || layers.too_deep() || layers.uncertain(begin, end)) return false;
    }
    return true;
  }

  const ScanShared& shared_;
  Worker& worker_;
  std::string_view text_;
  const Carried* base_;
  std::span<const Copy> copies_;
  std::vector<Span> fresh_;
};

}  // namespace

VersionReport scan_version(Scanner& scanner, Scanner::Lease& lease, std::string_view text, const Carried* base,
                           std::span<const Copy> copies, Carried& carried) {
  Worker& worker = *lease;
  VersionReport report;
  report.item.bytes = text.size();
  ScanShared shared = scanner.shared();
  shared.asks_path = &report.asks_path;
  const Container kind = container_of(text.substr(0, kHeadBytes));
  const std::string nowhere;
  TextMatches found;
  carried.size = text.size();
  {
    VersionScan scan(shared, worker, text, base, copies);
    Matcher matcher(shared.parts, worker);
    scan.find_hits(matcher, carried.hits);
    matcher.feed_found(text, carried.hits, found.plain);
    carried.decode_whole = scan.decode(found);
    const auto& cut_rules = matcher.cut_rules();
    found.cut_rules.insert(found.cut_rules.end(), cut_rules.begin(), cut_rules.end());
    match_records(shared, worker, kind, text, nowhere, found, report.item.partial);
    drop_closed(matcher, found);
  }
  ArchiveBudget budget;
  const bool is_plain = kind == Container::none && found.hidden.empty() && !shared.options.on_near_miss;
  finish_text(shared, worker, kind, text, nowhere, {shared.options.max_archive_depth, budget}, found, report.item);
  if (report.asks_path && is_plain) report.matches = std::move(found.plain);
  return report;
}

ItemReport scan_matches(Scanner& scanner, Scanner::Lease& lease, std::string_view text, const std::string& path,
                        std::vector<RawMatch> matches) {
  const ScanShared shared = scanner.shared();
  ItemReport report;
  TextMatches found;
  found.plain = std::move(matches);
  ArchiveBudget budget;
  finish_text(shared, *lease, Container::none, text, path, {shared.options.max_archive_depth, budget}, found, report);
  return report;
}

bool nothing_in(Scanner& scanner, Scanner::Lease& lease, std::string_view joined, std::span<const Span> texts) {
  const ScanShared shared = scanner.shared();
  for (const Span& text : texts) {
    const std::string_view own = joined.substr(text.begin, text.end - text.begin);
    if (own.starts_with("\xff\xfe") || own.starts_with("\xfe\xff")) return false;
    if (container_of(own.substr(0, kHeadBytes)) != Container::none) return false;
  }
  Worker& worker = *lease;
  std::vector<RawMatch> matches;
  {
    Matcher matcher(shared.parts, worker);
    matcher.feed_apart(joined, 0, texts, matches);
    if (!matcher.cut_rules().empty()) return false;
  }
  if (!matches.empty()) return false;
  TextMatches found;
  match_layers(shared, worker, joined, found);
  return found.hidden.empty() && found.cut_rules.empty() && !found.too_deep;
}

bool path_may_hit(const Database& database, std::string_view path) { return database.parts().path_may_hit(path); }

VersionReport scan_unnamed(Scanner& scanner, Scanner::Lease& lease, ByteStream& bytes) {
  VersionReport report;
  ScanShared shared = scanner.shared();
  shared.asks_path = &report.asks_path;
  ArchiveBudget budget;
  const Nesting nesting{shared.options.max_archive_depth, budget};
  const Status read = scan_stream(shared, *lease, bytes, {}, nesting, report.item);
  if (!read) report.item.incomplete.push_back({{}, read.error().what});
  return report;
}

bool commit_allowed(const Database& database, const Occurrence& occurrence, std::string_view commit) {
  return commit_allowed(database.parts(), occurrence, commit);
}

std::uint64_t secret_handle(Scanner& scanner, const Occurrence& occurrence) {
  const std::string name = scanner.shared().fingerprinter.of(occurrence.secret.reveal());
  std::uint64_t handle = 0;
  std::from_chars(name.data() + 4, name.data() + 20, handle, 16);  // behind "sf1:"
  return handle;
}

}  // namespace staunch
