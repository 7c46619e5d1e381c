#include "hooks/respond/revoke.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "hooks/respond/claims.h"
#include "hooks/respond/ending.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/postgres_roles.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::int64_t kDay = 86400;

}  // namespace

Status may_change(const RevokeWorld& world, std::size_t under_way) {
  if (const Status clear = check_kill_switch(world.policy); !clear) return clear.error();
  const auto most = static_cast<std::uint64_t>(world.policy.live_actions_per_day);
  for (const std::string& kind : {std::string("live"), "live of " + world.source})
    if (under_way >= most || world.journal.count_since(kind, now_seconds() - kDay) >= most - under_way)
      return Error{fmt::format("{} live actions in a day are what the policy allows", most), ""};
  return Done{};
}

Status count_live(RevokeWorld& world, const std::string& what) {
  const std::string name = fmt::format("{} {}", now_seconds(), what);
  if (const Status counted = world.journal.put("live", name, Json::object()); !counted) return counted;
  return world.source.empty() ? Status(Done{}) : world.journal.put("live of " + world.source, name, Json::object());
}

namespace {

const Revoke* entry_of(const Catalogue& catalogue, const Action& action) {
  const Provider* provider = find_provider(catalogue, action.provider);
  return provider ? find_revoke(*provider, action.rule) : nullptr;
}

}  // namespace

std::string_view name_of(Ended ended) {
  switch (ended) {
    case Ended::revoked: return "revoked";
    case Ended::disabled: return "disabled";
    case Ended::already_gone: return "already gone";
    case Ended::refused: return "refused";
    case Ended::undone: return "undone";
    case Ended::unknown: break;
  }
  return "unknown";
}

namespace {

// How it ended where no entry is followed; nothing where one is.
std::optional<Outcome> without_entry(RevokeWorld& world, const Target& target, const Revoke* entry, bool only_disable) {
  const auto& [action, subject, verdict] = target;
  if (verdict->state == State::dead)
    return entry ? std::nullopt
                 : std::optional(Outcome{Ended::already_gone, "it was dead before anything was done", *verdict});
  if (is_postgres(*subject)) return end_postgres(world, *action, *subject, *verdict, only_disable);
  if (!entry) return Outcome{Ended::refused, "there is no entry for it", {}};
  if (const std::string why = refusal(world.policy, *entry, *action); !why.empty())
    return Outcome{Ended::refused, why, {}};
  return std::nullopt;
}

// Those of a batch that get as far as the last step take it together.
std::vector<Outcome> act(RevokeWorld& world, const std::vector<Target>& batch, std::vector<Claim>& claims,
                         bool only_disable) {
  std::vector<std::optional<Outcome>> outcomes(batch.size());
  std::vector<std::unique_ptr<Ending>> endings(batch.size());
  std::vector<Ending*> alive, dead;
  std::vector<std::size_t> of_alive, of_dead;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Revoke* entry = is_postgres(*batch[i].subject) ? nullptr : entry_of(world.catalogue, *batch[i].action);
    if ((outcomes[i] = without_entry(world, batch[i], entry, only_disable))) continue;
    endings[i] = std::make_unique<Ending>(world, *entry, batch[i], claims[i]);
    if ((outcomes[i] = endings[i]->prepare(only_disable, alive.size()))) continue;
    (endings[i]->is_dead() ? dead : alive).push_back(endings[i].get());
    (endings[i]->is_dead() ? of_dead : of_alive).push_back(i);
  }
  for (const auto& [together, indices] : {std::pair(&alive, &of_alive), std::pair(&dead, &of_dead)}) {
    if (together->empty()) continue;
    std::vector<Outcome> ended = Ending::end(*together);
    for (std::size_t k = 0; k < indices->size(); ++k) outcomes[(*indices)[k]] = std::move(ended[k]);
  }
  std::vector<Outcome> all;
  for (auto& outcome : outcomes) all.push_back(std::move(*outcome));
  return all;
}

// Each with a claim that other responders see, which stays where the outcome is not known.
std::vector<Outcome> act_live(RevokeWorld& world, const std::vector<Target>& batch, bool only_disable) {
  std::vector<Outcome> outcomes(batch.size());
  std::vector<Target> claimed;
  std::vector<Claim> claims;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (const Status clear = check_kill_switch(world.policy); !clear) {
      outcomes[i].why = clear.error().what;
      continue;
    }
    auto claim = Claim::put({world.policy, &world.journal}, batch[i].action->fingerprint);
    if (!claim) {
      outcomes[i].why = to_string(claim.error());
      continue;
    }
    claimed.push_back(batch[i]);
    claims.push_back(std::move(*claim));
    index.push_back(i);
  }
  if (claimed.empty()) return outcomes;
  std::vector<Outcome> acted = act(world, claimed, claims, only_disable);
  for (std::size_t k = 0; k < claims.size(); ++k) {
    outcomes[index[k]] = std::move(acted[k]);
    if (outcomes[index[k]].ended == Ended::unknown) continue;
    if (const Status released = claims[k].release(); !released)
      world.output.tell("the claim on it could not be taken away: " + to_string(released.error()));
  }
  return outcomes;
}

}  // namespace

std::vector<std::vector<std::size_t>> in_batches(const Catalogue& catalogue, const std::vector<Target>& targets) {
  std::vector<std::vector<std::size_t>> batches;
  std::map<const Revoke*, std::size_t> filling;  // the batch of an entry that has room
  std::set<std::string_view> known;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Revoke* entry = entry_of(catalogue, *targets[i].action);
    // Of one secret under two rules the second finds what was done about the first.
    const bool first = known.insert(targets[i].subject->fingerprint).second;
    const auto room = filling.find(entry);
    if (first && entry && room != filling.end() && batches[room->second].size() < entry->batch) {
      batches[room->second].push_back(i);
      continue;
    }
    if (first) filling[entry] = batches.size();
    batches.push_back({i});
  }
  return batches;
}

std::vector<Outcome> revoke_live(RevokeWorld& world, const std::vector<Target>& batch) {
  return act_live(world, batch, false);
}

Outcome disable_live(RevokeWorld& world, const Target& target) { return act_live(world, {target}, true)[0]; }

Status tell_outcome(RevokeWorld& world, const Subject& subject, const Outcome& outcome) {
  world.output.out(fmt::format("{:<12}  {}  {}{}{}", name_of(outcome.ended), subject.rule, subject.fingerprint,
                               outcome.why.empty() ? "" : "  ", outcome.why));
  const bool dead =
      outcome.after.state == State::dead && (outcome.ended == Ended::revoked || outcome.ended == Ended::already_gone);
  if (dead)
    if (const Status kept = retire(world.journal, subject.fingerprint); !kept) return kept;
  return world.audit.add("revoke", {{"fingerprint", subject.fingerprint},
                                    {"rule", subject.rule},
                                    {"provider", subject.provider},
                                    {"ended", name_of(outcome.ended)},
                                    {"why", outcome.why},
                                    {"host", outcome.after.host},
                                    {"after", name_of(outcome.after.state)}});
}

}  // namespace staunch
