#include "engine/item.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/confirm.h"
#include "engine/overlap.h"
#include "engine/pairs.h"
#include "engine/path_context.h"

namespace staunch {
namespace {

// The bytes of a match and of the lines around it.
View view_around(const Item& item, std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t kMargin = kMaxLineBytes / 2 + 1;
  const std::uint64_t base = begin > kMargin ? begin - kMargin : 0;
  return {item.bytes.view(base, end + kMargin), base};
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

// Whether a confirmed match may stand at the item's path, or at some path where that is not known.
bool keeps(const Item& item, Confirmed& confirmed, std::string* why = nullptr) {
  if (item.asks_path == nullptr) return take_path(item.parts, confirmed, item.path, why);
  *item.asks_path |= path_matters(item.parts, confirmed);
  return true;
}

// Ends are inclusive: they are the place of the last byte.
void locate_occurrence(const Item& item, Occurrence& o) {
  o.match_begin = item.bytes.position(o.match_offset);
  const std::string_view match = o.match.reveal();
  o.match_end = match.empty() ? o.match_begin : advance(o.match_begin, match.substr(0, match.size() - 1));
  const std::uint64_t inside = o.offset - o.match_offset;
  o.begin = advance(o.match_begin, match.substr(0, inside));
  o.end = o.length == 0 ? o.begin : advance(o.begin, match.substr(inside, o.length - 1));
}

// The decoded text has no lines of its own: the place is that of the encoded bytes, and so is the line that is shown.
void locate_hidden(const Item& item, Occurrence& o) {
  const auto last_byte = [](std::uint64_t offset, std::uint64_t length) {
    return offset + std::max<std::uint64_t>(length, 1) - 1;
  };
  o.match_begin = item.bytes.position(o.match_offset);
  o.match_end = item.bytes.position(last_byte(o.match_offset, o.match_length));
  o.begin = item.bytes.position(o.offset);
  o.end = item.bytes.position(last_byte(o.offset, o.length));
  const View view = view_around(item, o.match_offset, o.match_offset + o.match_length);
  take_lines(o, view, {o.match_offset, o.match_offset + o.match_length});
}

// Returns whether it came to something.
bool add_secret(const Item& item, const RawMatch& match, std::string_view secret, const View& view,
                std::vector<RuleCost>& costs, std::vector<Occurrence>& found) {
  std::string why;
  const bool told = item.on_near_miss != nullptr && *item.on_near_miss;
  auto confirmed = confirm(item.parts, match, secret, view, told ? &why : nullptr);
  if (!confirmed || !keeps(item, *confirmed, told ? &why : nullptr)) {
    if (told) (*item.on_near_miss)({item.path, item.bytes.position(match.begin).line, match.rule, std::move(why)});
    return false;
  }
  ++costs[match.rule].confirmed;
  locate_occurrence(item, confirmed->occurrence);
  if (!why.empty())
    (*item.on_near_miss)({item.path, confirmed->occurrence.begin.line, match.rule, std::move(why), true});
  found.push_back(std::move(confirmed->occurrence));
  return true;
}

void add_plain(const Item& item, std::vector<RawMatch>& matches, std::vector<RuleCost>& costs,
               std::vector<Occurrence>& found) {
  std::sort(matches.begin(), matches.end(), [](const RawMatch& a, const RawMatch& b) {
    return std::tie(a.begin, a.rule, a.end) < std::tie(b.begin, b.rule, b.end);
  });
  std::erase_if(matches, [&](const RawMatch& match) {
    if (item.binary && item.parts.catalogue.rules[match.rule].generic) return true;
    const View view = view_around(item, match.begin, match.end);
    if (view.base + view.text.size() < match.end) return true;  // it shrank; the frontend says so
    bool came_to_something = false;
    for (const std::string_view secret : secrets_of(item.parts, match, view))
      came_to_something |= add_secret(item, match, secret, view, costs, found);
    return !came_to_something;
  });
}

using Place = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, std::string_view>;
Place place_of(const Occurrence& o) { return {o.rule, o.offset, o.length, o.secret.reveal()}; }

// A match that only stands beside decoded bytes was found before they were decoded: the one of fewest decoders stays.
void add_hidden(const Item& item, std::vector<Hidden>& hidden, std::vector<RuleCost>& costs,
                std::vector<Occurrence>& found) {
  if (hidden.empty()) return;
  std::stable_sort(hidden.begin(), hidden.end(), [](const Hidden& a, const Hidden& b) {
    const Occurrence &x = a.confirmed.occurrence, &y = b.confirmed.occurrence;
    return std::tuple(x.decoded.size(), x.match_offset, x.match_length, x.rule) <
           std::tuple(y.decoded.size(), y.match_offset, y.match_length, y.rule);
  });
  found.reserve(found.size() + hidden.size());  // views into it stay valid
  std::set<Place> known;
  for (const Occurrence& o : found) known.insert(place_of(o));
  for (Hidden& each : hidden) {
    Occurrence& o = each.confirmed.occurrence;
    if (item.binary && item.parts.catalogue.rules[o.rule].generic) continue;
    if (!keeps(item, each.confirmed) || known.count(place_of(o)) > 0) continue;
    ++costs[o.rule].confirmed;
    locate_hidden(item, o);
    found.push_back(std::move(o));
    known.insert(place_of(found.back()));
  }
}

void name(const Item& item, Occurrence& o) {
  o.path = item.path;
  const Rule& rule = item.parts.catalogue.rules[o.rule];
  if (rule.regex.empty()) o.fingerprint = item.fingerprinter.of(item.path);
  else if (!rule.guessable) o.fingerprint = item.fingerprinter.of(o.secret.reveal());
}

}  // namespace

bool is_binary(std::string_view head) { return head.substr(0, kBinaryBytes).find('\0') != std::string_view::npos; }

void finish_matches(const Item& item, std::vector<RawMatch>& matches, std::vector<Hidden>& hidden,
                    std::vector<RuleCost>& costs, std::vector<Occurrence>& out) {
  if (matches.empty() && hidden.empty()) return;
  std::vector<Occurrence> found;
  add_plain(item, matches, costs, found);
  add_hidden(item, hidden, costs, found);
  apply_required(item.parts.catalogue, found);
  // What a path may let go must not have made anything else superfluous: then all is told that may be found.
  if (item.asks_path == nullptr || !*item.asks_path) {
    resolve_overlaps(item.parts.catalogue, found);
    const bool certain = path_context(item.path) == PathContext::none;
    const bool raised = item.joins_pairs && join_pairs(item.parts.catalogue, certain, found);
    if (item.asks_path != nullptr) *item.asks_path |= raised;
  }
  for (Occurrence& o : found) name(item, o);
  std::move(found.begin(), found.end(), std::back_inserter(out));
}

void note_limits(const Database::Parts& parts, std::vector<std::uint32_t> cut_rules, bool too_deep,
                 const std::string& path, std::vector<Note>& partial) {
  std::sort(cut_rules.begin(), cut_rules.end());
  cut_rules.erase(std::unique(cut_rules.begin(), cut_rules.end()), cut_rules.end());
  for (std::uint32_t rule : cut_rules) {
    const std::uint64_t limit = parts.plans[rule].approach == Approach::whole ? kMaxWholeBytes : kMaxReach;
    partial.push_back({path, fmt::format("rule {} has no bound and was cut after {} KiB",
                                         parts.catalogue.rules[rule].id, limit >> 10)});
  }
  if (too_deep) partial.push_back({path, "encodings are nested more deeply than --max-decode-depth allows"});
}

void finish_path(const Item& item, std::vector<Occurrence>& out) {
  if (item.asks_path != nullptr) {
    if (item.path.empty()) return;
    *item.asks_path |= !item.parts.path_rules.empty();
  }
  if (!item.parts.path_may_hit(item.path)) return;
  for (std::uint32_t index : item.parts.path_rules) {
    const Rule& rule = item.parts.catalogue.rules[index];
    Confirmed confirmed;
    confirmed.occurrence.rule = index;
    confirmed.pending = path_allowlists(item.parts, index);
    if (!item.parts.machine(index).path || !take_path(item.parts, confirmed, item.path)) continue;
    Occurrence& o = confirmed.occurrence;
    o.severity = rule.severity;
    o.confidence = rule.confidence;
    o.match = Secret("file detected: " + item.path);
    name(item, o);
    out.push_back(std::move(o));
  }
}

}  // namespace staunch
