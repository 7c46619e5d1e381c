#include "engine/overlap.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/pairs.h"

namespace staunch {
namespace {

bool is_whole(const Catalogue& catalogue, const Occurrence& occurrence, const std::vector<Occurrence>& all) {
  for (const Required& required : catalogue.rules[occurrence.rule].required) {
    const bool found = std::any_of(all.begin(), all.end(), [&](const Occurrence& other) {
      return catalogue.rules[other.rule].id == required.id && is_near(occurrence, other, required);
    });
    if (!found) return false;
  }
  return true;
}

// The more specific, the greater: not generic, check passed, a longer fixed prefix, nothing that a person would choose,
// higher confidence.
auto rank(const Catalogue& catalogue, const Occurrence& occurrence) {
  const Rule& rule = catalogue.rules[occurrence.rule];
  const int check = occurrence.check == CheckOutcome::passed ? 2 : occurrence.check == CheckOutcome::none ? 1 : 0;
  return std::tuple(!rule.generic, check, rule.format.prefix.size(), !rule.guessable, occurrence.confidence);
}

struct Span {
  std::uint64_t begin, end;
};
Span secret_span(const Occurrence& o) { return {o.offset, o.offset + o.length}; }
Span match_span(const Occurrence& o) { return {o.match_offset, o.match_offset + o.match_length}; }
bool holds(Span outer, Span inner) { return outer.begin <= inner.begin && inner.end <= outer.end; }
bool meet(Span a, Span b) { return a.begin < b.end && b.begin < a.end; }

// Whether `part`, behind escapes, is `whole` cut short where the copy began or ended: no escape stands there.
bool is_cut(const Occurrence& part, const Occurrence& whole) {
  const Span outer = secret_span(whole), inner = secret_span(part);
  const std::string_view text = whole.secret.reveal(), cut = part.secret.reveal();
  const bool plain = text.size() == whole.length && whole.decoded.empty() && !part.decoded.empty() && !cut.empty();
  if (!plain || part.decoded.back() == "base64" || part.decoded.back() == "hex" || !holds(outer, inner)) return false;
  const std::uint64_t front = inner.begin - outer.begin, back = outer.end - inner.end;
  if (front + back == 0 || front + back >= text.size()) return false;
  static constexpr std::string_view kEscapes = "%&;\\";
  static constexpr std::uint64_t kLongest = 6;  // backslash, u and four digits
  const std::uint64_t near = std::min(front, kLongest);
  const bool escape_before = text.substr(front - near, near).find_first_of(kEscapes) != text.npos;
  const bool escape_behind = back > 0 && kEscapes.find(text[outer.end - outer.begin - back]) != text.npos;
  return !escape_before && !escape_behind && text[front] == cut.front();
}

// Whether `more` was found behind percent escapes that `fewer` still has.
bool is_behind_percent(const Occurrence& more, const Occurrence& fewer) {
  const auto differs =
      std::mismatch(fewer.decoded.begin(), fewer.decoded.end(), more.decoded.begin(), more.decoded.end());
  return differs.first == fewer.decoded.end() && differs.second != more.decoded.end() &&
         std::all_of(differs.second, more.decoded.end(), [](const std::string& codec) { return codec == "percent"; });
}

// Percent escapes are a part of URLs: behind them stands no URL any more, and its password ends anywhere.
bool is_of_url(const Rule& rule) { return !rule.generic && rule.regex.find("://") != std::string::npos; }

// Whether `other` makes `one` superfluous.
bool beats(const Catalogue& catalogue, const Occurrence& other, const Occurrence& one) {
  const bool same_layer = other.decoded == one.decoded;
  // What a value decodes to is the secret, and not the value.
  if (other.rule == one.rule) {
    if (same_layer || !meet(secret_span(other), secret_span(one))) return false;
    if (is_of_url(catalogue.rules[one.rule])) {
      if (is_behind_percent(one, other)) return true;
      if (is_behind_percent(other, one)) return false;
    }
    if (is_cut(one, other)) return true;
    return !is_cut(other, one) && other.decoded.size() > one.decoded.size();
  }
  const bool generic = catalogue.rules[one.rule].generic;
  if (generic && !catalogue.rules[other.rule].generic && meet(match_span(other), secret_span(one))) return true;
  if (!same_layer || !holds(secret_span(other), secret_span(one))) return false;
  const auto rank_other = rank(catalogue, other), rank_one = rank(catalogue, one);
  if (rank_other != rank_one) return rank_other > rank_one;
  if (other.length != one.length) return other.length > one.length;
  return other.rule < one.rule;
}

}  // namespace

void apply_required(const Catalogue& catalogue, std::vector<Occurrence>& occurrences) {
  std::vector<bool> keep(occurrences.size());
  for (std::size_t i = 0; i < occurrences.size(); ++i)
    keep[i] = !catalogue.rules[occurrences[i].rule].skip_report && is_whole(catalogue, occurrences[i], occurrences);
  std::size_t i = 0;
  std::erase_if(occurrences, [&](const Occurrence&) { return !keep[i++]; });
}

void resolve_overlaps(const Catalogue& catalogue, std::vector<Occurrence>& occurrences) {
  std::sort(occurrences.begin(), occurrences.end(), [](const Occurrence& a, const Occurrence& b) {
    return std::tuple(a.match_offset, a.match_length, a.rule) < std::tuple(b.match_offset, b.match_length, b.rule);
  });
  // Only occurrences whose matches meet can beat each other: `active` holds those that reach up to where the sweep is.
  std::vector<bool> dropped(occurrences.size());
  std::vector<std::size_t> active;
  for (std::size_t now = 0; now < occurrences.size(); ++now) {
    const std::uint64_t begin = occurrences[now].match_offset;
    std::erase_if(active, [&](std::size_t before) { return match_span(occurrences[before]).end <= begin; });
    for (std::size_t before : active) {
      if (beats(catalogue, occurrences[before], occurrences[now])) dropped[now] = true;
      if (beats(catalogue, occurrences[now], occurrences[before])) dropped[before] = true;
    }
    active.push_back(now);
  }
  std::size_t i = 0;
  std::erase_if(occurrences, [&](const Occurrence&) { return dropped[i++]; });
  std::sort(occurrences.begin(), occurrences.end(), [](const Occurrence& a, const Occurrence& b) {
    return std::tuple(a.offset, a.rule, a.length) < std::tuple(b.offset, b.rule, b.length);
  });
}

}  // namespace staunch
