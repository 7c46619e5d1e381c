// The lines of a block share one run of Hyperscan and one of the Expander. Both only choose the lines that are worth a
// look: what is found in a line is then decided by looking at nothing else, so that it does not depend on the block.
#include "engine/message.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "engine/escaped_lines.h"
#include "engine/expand/expander.h"
#include "engine/item.h"
#include "engine/item_scan.h"
#include "engine/layers.h"
#include "engine/locate.h"
#include "engine/match.h"

namespace staunch {
namespace {

// One that begins at 0 may begin with a byte order mark, which says that all of it is UTF-16. Lines never do.
constexpr std::uint64_t kLineBase = 1;

struct Found {
  std::vector<RawMatch> plain;
  std::vector<Hidden> hidden;
};

// Offsets are those of the `part`, which begins at `base` of the text.
void finish(const ScanShared& shared, Worker& worker, std::string_view part, std::uint64_t base, Found& found,
            std::vector<Occurrence>& out) {
  if (found.plain.empty() && found.hidden.empty()) return;
  MemoryBytes bytes(part);
  const std::string no_path;
  const std::size_t before = out.size();
  Item item{shared.parts, shared.fingerprinter, bytes, no_path, false};
  item.joins_pairs = false;
  finish_matches(item, found.plain, found.hidden, worker.costs, out);
  for (std::size_t i = before; i < out.size(); ++i) {
    if (out[i].fingerprint.empty()) out[i].fingerprint = shared.fingerprinter.of(out[i].secret.reveal());
    out[i].offset += base;
    out[i].match_offset += base;
  }
}

void look_behind(const ScanShared& shared, Worker& worker, std::string_view part, std::uint64_t base, Found& found) {
  Layers layers(shared.parts, worker, shared.options.max_decode_depth);
  layers.feed(part, base, true, found.hidden);
  for (Hidden& each : found.hidden) each.needs_gate &= !layers.gate_open(each.confirmed.occurrence.rule);
}

class LineScan {
 public:
  LineScan(const ScanShared& shared, Worker& worker, std::string_view text, std::size_t begin,
           std::vector<Occurrence>& out)
      : shared_(shared), worker_(worker), text_(text), begin_(begin), out_(out) {}

  void run() {
    find_hits();
    find_encoded();
    const bool all = has_open_whole_rules();
    for (std::size_t at = begin_; at < text_.size();) {
      const std::size_t next = next_of_interest(at);
      if (!all) at = std::max(at, line_begin(next));
      if (at >= text_.size()) break;
      const std::size_t end = line_end(at);
      scan_line(at, end);
      at = end;
    }
  }

 private:
  // In the order of their ends.
  void find_hits() {
    hits_.clear();
    Matcher matcher(shared_.parts, worker_);
    matcher.find_hits(text_, 0, text_.size(), hits_);
    const auto by_end = [](const Hit& a, const Hit& b) { return a.end < b.end; };
    if (!std::is_sorted(hits_.begin(), hits_.end(), by_end)) std::sort(hits_.begin(), hits_.end(), by_end);
    needle_ends_.reserve(hits_.size());
    for (const Hit& hit : hits_) needle_ends_.push_back(hit.end - 1);
    matcher.drop_unlikely(text_, hits_);
  }

  const NeedleBytes& needle_bytes() {
    if (!worker_.needle_bytes) {
      worker_.needle_bytes = std::make_unique<NeedleBytes>();
      for (const NeedleEntry& needle : shared_.parts.needles) worker_.needle_bytes->add(needle.literal);
      if (!shared_.parts.whole_rules.empty()) worker_.needle_bytes->add_all();
    }
    return *worker_.needle_bytes;
  }

  // The lines that must be looked behind. What is encoded in those that may hide something is decoded here together,
  // and scanned line by line.
  void find_encoded() {
    if (shared_.options.max_decode_depth == 0) return;
    Expansion copy;
    for (const Span& line : lines_to_decode(text_, begin_, needle_bytes(), needle_ends_)) {
      const std::uint64_t base = line.begin + kLineBase;
      if (!copy.text.empty()) copy.add(Codec::none, base, base, "\n\n", kWhole);  // no run goes on behind an empty line
      Expander().feed(text_.substr(line.begin, line.end - line.begin), base, true, copy);
    }
    if (copy.text.empty()) return;
    std::vector<Span> lines;  // of the copy
    std::size_t end = 0;      // of the line that the last piece stands in
    for (std::size_t i = 0; i < copy.pieces.size(); ++i) {
      const Piece& piece = copy.pieces[i];
      if (piece.begin == piece.end) continue;
      const std::uint64_t stop = i + 1 < copy.pieces.size() ? copy.pieces[i + 1].at : copy.text.size();
      if (lines.empty() || piece.begin - kLineBase >= end) {
        end = line_end(piece.begin - kLineBase);
        lines.push_back({piece.at, stop});
      } else {
        lines.back().end = stop;
      }
    }
    std::vector<RawMatch> matches;
    Matcher(shared_.parts, worker_).feed_apart(copy.text, 0, lines, matches);
    for (const RawMatch& each : matches) note_encoded(copy, each.begin, each.end);
    Expansion second;
    Expander().feed(copy.text, kLineBase, true, second);
    for (const Piece& piece : second.pieces)
      if (piece.codec != Codec::none) note_encoded(copy, piece.begin - kLineBase, piece.end - kLineBase);
    std::sort(encoded_.begin(), encoded_.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    // Spans may hold one another: each goes to the end of its line at most, so ends may be made to grow.
    for (std::size_t i = 1; i < encoded_.size(); ++i) encoded_[i].end = std::max(encoded_[i].end, encoded_[i - 1].end);
  }

  void note_encoded(const Expansion& copy, std::uint64_t begin, std::uint64_t end) {
    const Span place = copy.origin(begin, std::max(end, begin + 1));
    encoded_.push_back({place.begin - kLineBase, std::max(place.end, place.begin + 1) - kLineBase});
  }

  // Rules that need neither a needle nor a keyword: they are run over every line.
  bool has_open_whole_rules() const {
    const auto& whole = shared_.parts.whole_rules;
    return std::any_of(whole.begin(), whole.end(),
                       [&](std::uint32_t rule) { return !shared_.parts.plans[rule].gated; });
  }

  std::size_t line_begin(std::size_t at) const {
    if (at <= begin_) return begin_;
    at = std::min(at, text_.size());
    const void* newline = memrchr(text_.data() + begin_, '\n', at - begin_);
    return newline == nullptr ? begin_ : static_cast<std::size_t>(static_cast<const char*>(newline) - text_.data()) + 1;
  }

  // Behind its newline.
  std::size_t line_end(std::size_t at) const {
    const void* newline = std::memchr(text_.data() + at, '\n', text_.size() - at);
    return newline == nullptr ? text_.size()
                              : static_cast<std::size_t>(static_cast<const char*>(newline) - text_.data()) + 1;
  }

  // The first byte at or behind `at` of a line that has a hit, follows one that has, or has something encoded. `at` is
  // the beginning of a line.
  std::size_t next_of_interest(std::size_t at) {
    std::size_t next = text_.size();
    // A hit in the line before may begin a match that ends in this one.
    const std::size_t context = context_begin(at);
    while (first_hit_ < hits_.size() && hits_[first_hit_].end <= context) ++first_hit_;
    if (first_hit_ < hits_.size()) next = std::max<std::size_t>(at, hits_[first_hit_].end - 1);
    while (span_ < encoded_.size() && encoded_[span_].end <= at) ++span_;
    if (span_ < encoded_.size()) next = std::min<std::size_t>(next, std::max<std::uint64_t>(at, encoded_[span_].begin));
    return next;
  }

  // Where the pair begins of which the line at `at` is the second.
  std::size_t context_begin(std::size_t at) const {
    if (at == 0) return 0;
    const std::size_t from = at - 1 - std::min(at - 1, kPairBytes);
    const void* newline = memrchr(text_.data() + from, '\n', at - 1 - from);
    return newline == nullptr ? from : static_cast<std::size_t>(static_cast<const char*>(newline) - text_.data()) + 1;
  }

  void scan_line(std::size_t begin, std::size_t end) {
    const std::size_t content_end = end > begin && text_[end - 1] == '\n' ? end - 1 : end;
    const std::size_t before = out_.size();
    scan_alone(begin, content_end);
    scan_pair(context_begin(begin), begin, std::min(content_end, begin + kPairBytes));
    if (out_.size() - before < 2) return;
    std::stable_sort(out_.begin() + static_cast<std::ptrdiff_t>(before), out_.end(),
                     [](const Occurrence& a, const Occurrence& b) { return a.offset < b.offset; });
  }

  // The raw matches of a part of the text, as an item of its own.
  void match(std::size_t begin, std::size_t end, Found& found) {
    part_hits_.clear();
    const auto first = std::lower_bound(hits_.begin(), hits_.end(), begin,
                                        [](const Hit& hit, std::size_t at) { return hit.end <= at; });
    for (auto hit = first; hit != hits_.end() && hit->end <= end; ++hit)
      if (hit->end >= begin + shared_.parts.needles[hit->needle].literal.size())
        part_hits_.push_back({hit->needle, static_cast<std::uint32_t>(hit->end - begin)});
    if (part_hits_.empty() && shared_.parts.whole_rules.empty() && found.hidden.empty()) return;
    Matcher matcher(shared_.parts, worker_);
    matcher.feed_found(text_.substr(begin, end - begin), part_hits_, found.plain);
    std::erase_if(found.plain, [&](const RawMatch& each) { return !matcher.gate_open(each.rule); });
    std::erase_if(found.hidden, [&](const Hidden& each) {
      return each.needs_gate && !matcher.gate_open(each.confirmed.occurrence.rule);
    });
  }

  void scan_alone(std::size_t begin, std::size_t end) {
    Found found;
    const std::string_view line = text_.substr(begin, end - begin);
    if (span_ < encoded_.size() && encoded_[span_].begin < end) {
      look_behind(shared_, worker_, line, kLineBase, found);
      for (Hidden& each : found.hidden) {
        each.confirmed.occurrence.offset -= kLineBase;
        each.confirmed.occurrence.match_offset -= kLineBase;
      }
    }
    match(begin, end, found);
    finish(shared_, worker_, line, begin, found, out_);
  }

  // What matches over the newline before `middle`.
  void scan_pair(std::size_t begin, std::size_t middle, std::size_t end) {
    if (begin >= middle) return;
    Found found;
    match(begin, end, found);
    const std::size_t newline = middle - begin;  // behind it
    std::erase_if(found.plain, [&](const RawMatch& each) { return each.begin >= newline || each.end <= newline; });
    const std::size_t before = out_.size();
    finish(shared_, worker_, text_.substr(begin, end - begin), begin, found, out_);
    for (std::size_t i = before; i < out_.size(); ++i) {
      Occurrence& o = out_[i];
      const std::uint64_t secret_end = o.offset + o.length;
      o.offset = std::max<std::uint64_t>(o.offset, middle);
      o.length = secret_end - std::min(secret_end, o.offset);
    }
    const auto none_left = [](const Occurrence& o) { return o.length == 0; };
    out_.erase(std::remove_if(out_.begin() + static_cast<std::ptrdiff_t>(before), out_.end(), none_left), out_.end());
  }

  const ScanShared& shared_;
  Worker& worker_;
  const std::string_view text_;
  const std::size_t begin_;
  std::vector<Occurrence>& out_;
  std::vector<Hit> hits_, part_hits_;
  std::vector<std::size_t> needle_ends_;  // the last bytes of all hits, likely or not
  std::size_t first_hit_ = 0;
  std::vector<Span> encoded_;  // in order: what is encoded there must be looked behind
  std::size_t span_ = 0;
};

}  // namespace

std::vector<Occurrence> scan_message(Scanner& scanner, Scanner::Lease& lease, std::string_view text) {
  const ScanShared shared = scanner.shared();
  Worker& worker = *lease;
  Found found;
  {
    Matcher matcher(shared.parts, worker);
    matcher.feed(text, 0, true, found.plain);
    if (shared.options.max_decode_depth > 0) look_behind(shared, worker, text, 0, found);
    std::erase_if(found.plain, [&](const RawMatch& each) { return !matcher.gate_open(each.rule); });
    std::erase_if(found.hidden, [&](const Hidden& each) {
      return each.needs_gate && !matcher.gate_open(each.confirmed.occurrence.rule);
    });
  }
  std::vector<Occurrence> out;
  finish(shared, worker, text, 0, found, out);
  return out;
}

std::vector<Occurrence> scan_lines(Scanner& scanner, Scanner::Lease& lease, std::string_view text, std::size_t begin) {
  const ScanShared shared = scanner.shared();
  std::vector<Occurrence> out;
  LineScan(shared, *lease, text, begin, out).run();
  return out;
}

}  // namespace staunch
