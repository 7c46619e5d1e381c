#include "hooks/respond/rotate.h"

#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/moment.h"
#include "hooks/respond/rotation.h"

namespace staunch {
namespace {

const std::vector<Turn> kRoutine = {Turn::live,           Turn::minted,   Turn::staged,    Turn::tested,
                                    Turn::promoted,       Turn::deployed, Turn::confirmed, Turn::watched,
                                    Turn::disabled,       Turn::held,     Turn::deleted,   Turn::verified_dead,
                                    Turn::sessions_ended, Turn::closed};
const std::vector<Turn> kEmergency = {Turn::live,    Turn::disabled,      Turn::minted,         Turn::staged,
                                      Turn::tested,  Turn::promoted,      Turn::deployed,       Turn::confirmed,
                                      Turn::deleted, Turn::verified_dead, Turn::sessions_ended, Turn::closed};

constexpr std::pair<Turn, std::string_view> kNames[] = {{Turn::live, "live"},
                                                        {Turn::minted, "minted"},
                                                        {Turn::staged, "staged"},
                                                        {Turn::tested, "tested"},
                                                        {Turn::promoted, "promoted"},
                                                        {Turn::deployed, "deployed"},
                                                        {Turn::confirmed, "confirmed"},
                                                        {Turn::watched, "watched"},
                                                        {Turn::disabled, "disabled"},
                                                        {Turn::held, "held"},
                                                        {Turn::deleted, "deleted"},
                                                        {Turn::verified_dead, "verified dead"},
                                                        {Turn::sessions_ended, "sessions ended"},
                                                        {Turn::closed, "closed"},
                                                        {Turn::rolled_back, "rolled back"},
                                                        {Turn::aborted, "aborted"}};

// Sealed values of what was confirmed a day ago.
void erase_old_values(Journal& journal) {
  for (const auto& [id, document] : journal.list("rotation")) {
    const std::uint64_t after = number_at(document, "/erase_after");
    if (after == 0 || static_cast<std::int64_t>(after) > now_seconds()) continue;
    for (const char* what : {"old", "new", "old/rotation_secret", "new/rotation_secret"})
      (void)journal.erase_sealed("rotation/" + id + "/" + what).ok();
  }
}

}  // namespace

std::string_view name_of(Turn turn) {
  for (const auto& [each, name] : kNames)
    if (each == turn) return name;
  return "";
}

std::optional<Turn> turn_of(std::string_view name) {
  for (const auto& [turn, each] : kNames)
    if (each == name) return turn;
  return std::nullopt;
}

const std::vector<Turn>& order_of(bool emergency) { return emergency ? kEmergency : kRoutine; }

Status check_plan(const RotationPlan& plan, const Policy& policy) {
  for (const RotationTarget& target : plan.targets)
    if (target.store != "local" && std::none_of(policy.stores.begin(), policy.stores.end(),
                                                [&](const StoreSettings& each) { return each.name == target.store; }))
      return Error{
          fmt::format("'{}' is to be written in '{}', and the policy has no such store", target.name, target.store),
          plan.path};
  if (!plan.credential.empty() && !policy.credentials.contains(plan.credential))
    return Error{fmt::format("the policy has no [credentials.{}]", plan.credential), plan.path};
  return Done{};
}

Due due(const Journal& journal, const RotationPlan& plan) {
  Due found;
  for (const auto& [id, document] : journal.list("rotation")) {
    if (text_at(document, "/name") != plan.name) continue;
    const auto turn = turn_of(text_at(document, "/state"));
    if (turn == Turn::closed)
      found.at = std::max(found.at, static_cast<std::int64_t>(number_at(document, "/reached/closed")) + plan.every);
    else if (turn != Turn::rolled_back && turn != Turn::aborted) found.under_way = id;
  }
  return found;
}

Result<std::string> begin_rotation(RotateWorld& world, const RotationPlan& plan, const RotateOrder& order) {
  const auto& [emergency, leaked_id, both_leaked] = order;
  erase_old_values(world.journal);
  if (const Status right = check_plan(plan, world.policy); !right) return right.error();
  if (const Due when = due(world.journal, plan); !when.under_way.empty())
    return Error{fmt::format("this rotation is under way as {}; resume, roll back or abort it", when.under_way),
                 plan.name};
  auto old = key_in_use(world, plan);
  if (!old && leaked_id.empty()) return old.error();
  Minted key = old ? std::move(*old) : Minted{};
  if (!leaked_id.empty() && key.id != leaked_id) key = {leaked_id, {}, {}};
  const std::string id = fresh_rotation_id();
  if (!key.secret.empty()) {
    world.output.know(key.secret);
    if (const Status kept = world.journal.keep_sealed("rotation/" + id + "/old", key.secret); !kept)
      return kept.error();
  }
  for (const auto& [part, value] : key.more) {
    world.output.know(value);
    if (const Status kept = world.journal.keep_sealed("rotation/" + id + "/old/" + part, value); !kept)
      return kept.error();
  }
  const Json document = {{"name", plan.name},
                         {"plan", plan.text},
                         {"path", plan.path},
                         {"emergency", emergency},
                         {"both_leaked", both_leaked},
                         {"leaked", !leaked_id.empty() || emergency},
                         {"state", "live"},
                         {"old_id", key.id},
                         {"reached", {{"live", static_cast<std::uint64_t>(now_seconds())}}}};
  if (const Status kept = world.journal.put("rotation", id, document); !kept) return kept.error();
  if (const Status told = world.audit.add(
          "rotation",
          {{"rotation", id}, {"name", plan.name}, {"state", "live"}, {"emergency", emergency}, {"old_key_id", key.id}});
      !told)
    return told.error();
  return id;
}

RotateEnd resume_rotation(RotateWorld& world, const std::string& id, bool wait) {
  auto rotation = Rotation::load(world, id);
  if (!rotation) return {Turn::live, false, 0, to_string(rotation.error())};
  return (*rotation)->run(wait);
}

Status roll_back(RotateWorld& world, const std::string& id) {
  auto rotation = Rotation::load(world, id);
  if (!rotation) return rotation.error();
  return (*rotation)->roll_back();
}

Status abort_rotation(RotateWorld& world, const std::string& id) {
  auto rotation = Rotation::load(world, id);
  if (!rotation) return rotation.error();
  return (*rotation)->abort();
}

}  // namespace staunch
