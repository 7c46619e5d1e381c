#include "engine/pairs.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

namespace staunch {
namespace {

std::int64_t distance(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a > b ? a - b : b - a); }

using Ids = std::set<std::string_view>;

// The rules whose secrets have an id of their own somewhere.
Ids wholes(const Catalogue& catalogue) {
  Ids ids;
  for (const Rule& rule : catalogue.rules)
    for (const Required& whole : rule.half_of) ids.insert(whole.id);
  return ids;
}

bool belongs(const Catalogue& catalogue, const Occurrence& id, const Occurrence& secret) {
  const auto& wholes = catalogue.rules[id.rule].half_of;
  return std::any_of(wholes.begin(), wholes.end(), [&](const Required& whole) {
    return catalogue.rules[secret.rule].id == whole.id && is_near(id, secret, whole);
  });
}

// One id a secret; the same bytes again are the same id.
bool takes(const Occurrence& secret, const Occurrence& id) {
  return std::all_of(secret.parts.begin(), secret.parts.end(), [&](const Part& part) {
    return part.rule != id.rule || part.secret.reveal() == id.secret.reveal();
  });
}

std::optional<std::size_t> nearest_secret(const Catalogue& catalogue, const std::vector<Occurrence>& all,
                                          const Occurrence& id) {
  std::optional<std::size_t> best;
  const auto away = [&](std::size_t i) {
    return std::tuple(distance(all[i].match_begin.line, id.match_begin.line), all[i].offset < id.offset,
                      distance(all[i].offset, id.offset));
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    if (belongs(catalogue, id, all[i]) && takes(all[i], id) && (!best || away(i) < away(*best))) best = i;
  return best;
}

void add_part(Occurrence& secret, const Occurrence& id) {
  for (const Part& part : secret.parts)
    if (part.rule == id.rule) return;
  secret.parts.push_back({id.rule, id.secret, id.begin, id.offset, id.length});
  secret.derived.insert(id.derived.begin(), id.derived.end());  // AWS: the account is read from the id
}

void tell_alone(Occurrence& half) { half.reasons.emplace_back("its other half is not near"); }

}  // namespace

bool is_near(const Occurrence& a, const Occurrence& b, const Required& required) {
  return (required.within_lines < 0 || distance(a.match_begin.line, b.match_begin.line) <= required.within_lines) &&
         (required.within_columns < 0 ||
          distance(a.match_begin.column, b.match_begin.column) <= required.within_columns);
}

bool join_pairs(const Catalogue& catalogue, bool certain, std::vector<Occurrence>& occurrences) {
  if (occurrences.empty()) return false;
  const Ids ids = wholes(catalogue);
  if (ids.empty()) return false;
  std::vector<bool> joined(occurrences.size());
  for (std::size_t i = 0; i < occurrences.size(); ++i) {
    Occurrence& id = occurrences[i];
    if (catalogue.rules[id.rule].half_of.empty()) continue;
    const auto secret = nearest_secret(catalogue, occurrences, id);
    joined[i] = secret.has_value();
    if (secret) {
      add_part(occurrences[*secret], id);
    } else {
      id.confidence = std::min(id.confidence, Confidence::medium);
      tell_alone(id);
    }
  }
  bool raised = false;
  for (Occurrence& o : occurrences) {
    if (!ids.contains(catalogue.rules[o.rule].id)) continue;
    if (o.parts.empty()) {
      tell_alone(o);
    } else if (certain && o.confidence == Confidence::medium && o.check != CheckOutcome::failed) {
      o.confidence = Confidence::high;
      o.reasons.emplace_back("its other half stands near");
      raised = true;
    }
  }
  std::size_t i = 0;
  std::erase_if(occurrences, [&](const Occurrence&) { return joined[i++]; });
  return raised;
}

}  // namespace staunch
