#include "hooks/respond/rotation.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr std::int64_t kSealedSeconds = 86400;  // after promotion is confirmed
constexpr std::int64_t kLongestSleep = 60;

}  // namespace

std::string fresh_rotation_id() {
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  std::string id;
  for (std::size_t i = 0; i < sizeof bytes; ++i)
    id += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  return id;
}

Rotation::Rotation(RotateWorld& world, std::string id, Json document, RotationPlan plan)
    : world_(world), id_(std::move(id)), document_(std::move(document)), plan_(std::move(plan)) {}

Result<std::unique_ptr<Rotation>> Rotation::load(RotateWorld& world, const std::string& id) {
  auto kept = world.journal.get("rotation", id);
  if (!kept) return Error{"there is no such rotation", id};
  const auto plan = parse_rotation_plan(text_at(*kept, "/plan"), text_at(*kept, "/path"));
  if (!plan) return plan.error();
  auto rotation = std::make_unique<Rotation>(world, id, std::move(*kept), *plan);
  if (const Status ready = rotation->get_ready(); !ready) return ready.error();
  return rotation;
}

Turn Rotation::turn() const { return turn_of(text_at(document_, "/state")).value_or(Turn::live); }
bool Rotation::emergency() const { return text_at(document_, "/emergency") == "true"; }
bool Rotation::was(Turn turn) const { return find_at(document_, "/reached/" + std::string(name_of(turn))) != nullptr; }
std::string Rotation::text(const char* member) const { return text_at(document_, std::string("/") + member); }
std::string Rotation::sealed(std::string_view what) const { return fmt::format("rotation/{}/{}", id_, what); }
bool Rotation::has_new() const { return !text("new_id").empty() && world_.journal.open_sealed(sealed("new")).ok(); }

Status Rotation::keep() { return world_.journal.put("rotation", id_, document_); }

Status Rotation::tell(std::string_view event, Json data) {
  data["rotation"] = id_;
  data["name"] = plan_.name;
  return world_.audit.add(event, data);
}

Status Rotation::move_to(Turn turn) {
  const std::string name(name_of(turn));
  const Json before = document_;
  document_["state"] = name;
  document_["reached"][name] = static_cast<std::uint64_t>(now_seconds());
  document_["marks"][name] = mark_now();
  Status kept = tell("rotation", {{"state", name}});
  if (kept) kept = keep();
  if (kept) world_.output.out(fmt::format("{}  {}  {}", rfc3339(now_seconds()), plan_.name, name));
  else document_ = before;  // what is in no book is not reached
  return kept;
}

void Rotation::pause(std::int64_t seconds) const { staunch::pause(world_.policy, seconds); }

Status Rotation::get_ready() {
  Values own, old;
  if (!plan_.credential.empty()) {
    auto found = credential({world_.policy, &world_.journal}, plan_.credential);
    if (!found) return found.error();
    own = std::move(*found);
  }
  for (const auto& [name, value] : own)
    if (name != "key_id") world_.output.know(value);
  own_key_ = own.count("key_id") ? std::string(own["key_id"].reveal()) : "";
  for (const char* part : {"", "/rotation_secret"})
    for (const char* age : {"old", "new"}) {
      const auto kept = world_.journal.open_sealed(sealed(std::string(age) + part));
      if (!kept) continue;
      world_.output.know(*kept);
      if (*age == 'o') old[*part ? part + 1 : "secret"] = *kept;
    }
  auto made = make_minter(
      {world_.policy, plan_, std::move(own), std::move(old), id_, world_.ask, text("old_was_live") == "true"});
  if (!made) return made.error();
  minter_ = std::move(*made);
  return Done{};
}

RotateEnd Rotation::run(bool wait) {
  const std::vector<Turn>& order = order_of(emergency());
  for (;;) {
    const auto at = std::find(order.begin(), order.end(), turn());
    if (at == order.end() || turn() == Turn::closed) return {turn(), false, 0, ""};
    const Stepped stepped = step(*std::next(at));
    if (!stepped) return {turn(), false, 0, to_string(stepped.error())};
    if (*stepped) {
      const std::int64_t left = (*stepped)->until - now_seconds();
      if (!wait || (*stepped)->until == 0 || left > kLongestSleep)
        return {turn(), true, (*stepped)->until, (*stepped)->why};
      std::this_thread::sleep_for(std::chrono::seconds(std::max<std::int64_t>(left, 1)));
      continue;
    }
    if (const Status moved = move_to(*std::next(at)); !moved) return {turn(), false, 0, to_string(moved.error())};
  }
}

Stepped Rotation::step(Turn next) {
  if (const Status clear = check_kill_switch(world_.policy); !clear) return clear.error();
  if (!emergency() && in_quiet_hours(world_.policy.quiet_hours, now_seconds()))
    return waits(0, fmt::format("quiet hours ({} UTC)", world_.policy.quiet_hours));
  if (turn() == Turn::live) {
    const Stepped begun = begin();
    if (!begun || *begun) return begun;
  } else if (next != Turn::closed) {  // whose claims may be gone already
    if (const Status ours = check_claims(); !ours) return ours.error();
  }
  switch (next) {
    case Turn::minted: return mint();
    case Turn::staged: return stage();
    case Turn::tested: return test();
    case Turn::promoted: return promote();
    case Turn::deployed: return deploy();
    case Turn::confirmed: return confirm();
    case Turn::watched: return watch();
    case Turn::disabled: return disable();
    case Turn::held: return hold();
    case Turn::deleted: return remove_old();
    case Turn::verified_dead: return prove_dead();
    case Turn::sessions_ended: return end_sessions();
    default: return close();
  }
}

Stepped Rotation::close() {
  if (const Status released = release_claims(); !released) return released.error();
  document_["erase_after"] = number_at(document_, "/reached/confirmed") + static_cast<std::uint64_t>(kSealedSeconds);
  return reached();
}

// Where another responder looked for it, the claim is gone; what was staged beside a value goes with it.
Status Rotation::release_claims() {
  for (const RotationTarget& target : plan_.targets)
    if (const Status released = with_store(target, [&](Store& store) { return store.release(target.name, id_); });
        !released)
      return released;
  return Done{};
}

Status Rotation::roll_back() {
  const Turn now = turn();
  if (now == Turn::aborted && emergency() && minter_->can_disable() && text("old_removed") != "true") {
    if (const Status clear = check_kill_switch(world_.policy); !clear) return clear;
    if (const auto ours = claim_stores(); !ours) return ours.error();
    if (const Status enabled = set_key(text("old_id"), true); !enabled) return enabled;
    if (const Status released = release_claims(); !released) return released;
    return move_to(Turn::rolled_back);
  }
  if (now == Turn::live || now == Turn::closed || now == Turn::rolled_back || now == Turn::aborted)
    return Error{fmt::format("there is nothing to roll back: it is {}", name_of(now)), id_};
  if (minter_->kills_old())
    return Error{"the old key died when the new one was made: the way back is a new rotation", id_};
  if (was(Turn::deleted) || text("old_removed") == "true")
    return Error{"the old key is deleted: the way back is a new rotation", id_};
  if (const Status clear = check_kill_switch(world_.policy); !clear) return clear;
  if (const auto ours = claim_stores(); !ours)
    return ours.error();  // a person says so: taken again where nobody has them
  // A disable may have been done and not written down; a person knows what a person did.
  if (minter_->can_disable() && (plan_.provider != "person" || was(Turn::disabled)))
    if (const Status enabled = set_key(text("old_id"), true); !enabled) return enabled;
  if (const Status undone = undo_rollout(); !undone) return undone;
  if (const Status clean = drop_new(); !clean) return clean;
  if (const Status released = release_claims(); !released) return released;
  return move_to(Turn::rolled_back);
}

Status Rotation::abort() {
  if (began_promotion()) return Error{"readers see the new value already: roll back instead", id_};
  if (turn() == Turn::closed || turn() == Turn::aborted || turn() == Turn::rolled_back)
    return Error{"it has ended", id_};
  if (minter_->kills_old() && (has_new() || !text("mint_sent").empty()))
    return Error{"the old key died when the new one was asked for: go on with --resume", id_};
  if (const Status clear = check_kill_switch(world_.policy); !clear) return clear;
  if (text("noted") == "true")  // else it never claimed anything, and did nothing
    if (const auto ours = claim_stores(); !ours) return ours.error();
  if (const Status clean = drop_new(); !clean) return clean;
  if (const Status released = release_claims(); !released) return released;
  if (emergency())
    world_.output.tell(fmt::format("the old key {} stays {}", text("old_id"),
                                   minter_->can_disable() ? "as it is; --rollback enables it" : "deleted"));
  return move_to(Turn::aborted);
}

// The new key, or one whose answer was lost: disabled where that can be, and what is staged is dropped.
Status Rotation::drop_new() {
  if (text("new_id").empty() && find_at(document_, "/ids_before")) {
    const auto keys = minter_->look();
    if (!keys) return keys.error();
    if (const auto orphan = take_care_of_orphans(*keys); !orphan) world_.output.tell(orphan.error().what);
  }
  if (!text("new_id").empty()) {
    if (minter_->can_disable()) {
      if (const Status disabled = set_key(text("new_id"), false); !disabled) return disabled;
    } else if (const Change gone = minter_->remove(text("new_id")); gone.fate == Fate::refused) {
      return Error{gone.why, text("new_id")};
    }
  }
  if (!was(Turn::minted)) return Done{};  // nothing of ours is staged, and what is there may be another's
  for (const RotationTarget& target : plan_.targets)
    if (const Status dropped = with_store(target, [&](Store& store) { return store.drop(target.name, id_); }); !dropped)
      return dropped;
  return Done{};
}

}  // namespace staunch
