#include "engine/item.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/confirm.h"
#include "engine/overlap.h"

namespace staunch {
namespace {

Position locate(const Item& item, std::uint64_t offset) {
  const std::uint64_t block = LineIndex::block_begin(offset);
  return item.lines().position(offset, item.bytes.view(block, offset + 1));
}

// The place of a byte a little behind a place that is known.
Position advance(Position from, std::string_view text) {
  for (char c : text) {
    if (c == '\n') {
      ++from.line;
      from.column = 1;
    } else {
      ++from.column;
    }
  }
  return from;
}

// Ends are inclusive: they are the place of the last byte.
void locate_occurrence(const Item& item, Occurrence& o) {
  o.match_begin = locate(item, o.match_offset);
  const std::string_view match = o.match.reveal();
  o.match_end = match.empty() ? o.match_begin : advance(o.match_begin, match.substr(0, match.size() - 1));
  const std::uint64_t inside = o.offset - o.match_offset;
  o.begin = advance(o.match_begin, match.substr(0, inside));
  o.end = o.length == 0 ? o.begin : advance(o.begin, match.substr(inside, o.length - 1));
}

void add_path_findings(const Item& item, std::vector<Occurrence>& out) {
  for (std::uint32_t index : item.parts.path_rules) {
    const Rule& rule = item.parts.catalogue.rules[index];
    Confirmed confirmed;
    confirmed.occurrence.rule = index;
    confirmed.pending = path_allowlists(item.parts, index);
    if (!item.parts.machine(index).path || !path_keeps(item.parts, confirmed, item.path)) continue;
    Occurrence& o = confirmed.occurrence;
    o.severity = rule.severity;
    o.confidence = rule.confidence;
    o.match = Secret("file detected: " + item.path);
    out.push_back(std::move(o));
  }
}

}  // namespace

bool is_binary(std::string_view head) { return head.substr(0, kBinaryBytes).find('\0') != std::string_view::npos; }

void finish_item(const Item& item, std::vector<RawMatch>& matches, std::vector<RuleCost>& costs, ItemReport& report) {
  const Catalogue& catalogue = item.parts.catalogue;
  std::sort(matches.begin(), matches.end(), [](const RawMatch& a, const RawMatch& b) {
    return std::tie(a.begin, a.rule, a.end) < std::tie(b.begin, b.rule, b.end);
  });
  std::vector<Occurrence> found;
  for (const RawMatch& match : matches) {
    if (item.binary && catalogue.rules[match.rule].generic) continue;
    const std::uint64_t margin = kMaxLineBytes / 2 + 1;
    View view;
    view.base = match.begin > margin ? match.begin - margin : 0;
    view.text = item.bytes.view(view.base, match.end + margin);
    if (view.text.size() < match.end - view.base) continue;  // it shrank; the frontend says so
    auto confirmed = confirm(item.parts, match, view);
    if (!confirmed || !path_keeps(item.parts, *confirmed, item.path)) continue;
    ++costs[match.rule].confirmed;
    locate_occurrence(item, confirmed->occurrence);
    found.push_back(std::move(confirmed->occurrence));
  }
  apply_required(catalogue, found);
  resolve_overlaps(catalogue, found);
  add_path_findings(item, found);
  for (Occurrence& o : found) {
    o.path = item.path;
    const bool path_only = catalogue.rules[o.rule].regex.empty();
    o.fingerprint = item.fingerprinter.of(path_only ? std::string_view(item.path) : o.secret.reveal(),
                                          !path_only && catalogue.rules[o.rule].guessable);
  }
  std::move(found.begin(), found.end(), std::back_inserter(report.occurrences));
}

}  // namespace staunch
