#include "hooks/respond/rotate.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/fingerprint.h"
#include "hooks/respond/child.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr int kDeadAnswers = 3, kMostQuestions = 15;
constexpr std::int64_t kSealedSeconds = 86400;  // after promotion is confirmed

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

struct Wait {
  std::int64_t until = 0;
  std::string why;
};
using Stepped = Result<std::optional<Wait>>;  // nothing: the state is reached
Stepped reached() { return std::optional<Wait>(); }

// One rotation while it is worked on.
class Rotation {
 public:
  static Result<std::unique_ptr<Rotation>> load(RotateWorld& world, const std::string& id) {
    auto kept = world.journal.get("rotation", id);
    if (!kept) return Error{"there is no such rotation", id};
    const auto plan = parse_rotation_plan(text_at(*kept, "/plan"), text_at(*kept, "/path"));
    if (!plan) return plan.error();
    auto rotation = std::make_unique<Rotation>(world, id, std::move(*kept), *plan);
    if (const Status ready = rotation->get_ready(); !ready) return ready.error();
    return rotation;
  }

  Rotation(RotateWorld& world, std::string id, Json document, RotationPlan plan)
      : world_(world), id_(std::move(id)), document_(std::move(document)), plan_(std::move(plan)) {}

  Turn turn() const { return turn_of(text_at(document_, "/state")).value_or(Turn::live); }
  bool emergency() const { return text_at(document_, "/emergency") == "true"; }

  RotateEnd run(bool wait) {
    const std::vector<Turn>& order = order_of(emergency());
    for (;;) {
      const auto at = std::find(order.begin(), order.end(), turn());
      if (at == order.end() || turn() == Turn::closed) return {turn(), false, 0, ""};
      const Stepped stepped = step(*std::next(at));
      if (!stepped) return {turn(), false, 0, to_string(stepped.error())};
      if (*stepped) {
        const std::int64_t left = (*stepped)->until - now_seconds();
        if (!wait || (*stepped)->until == 0 || left > 60) return {turn(), true, (*stepped)->until, (*stepped)->why};
        std::this_thread::sleep_for(std::chrono::seconds(std::max<std::int64_t>(left, 1)));
        continue;
      }
      if (const Status moved = move_to(*std::next(at)); !moved) return {turn(), false, 0, to_string(moved.error())};
    }
  }

  Status roll_back() {
    const Turn now = turn();
    if (now == Turn::live || now == Turn::closed || now == Turn::rolled_back || now == Turn::aborted)
      return Error{fmt::format("there is nothing to roll back: it is {}", name_of(now)), id_};
    if (was(Turn::deleted)) return Error{"the old key is deleted: the way back is a new rotation", id_};
    if (const Status clear = check_kill_switch(world_.policy); !clear) return clear;
    if (const Status enabled = set_key(text("old_id"), true); !enabled) return enabled;
    if (was(Turn::promoted)) {
      for (const RotationTarget& target : plan_.targets)
        if (const Status back = with_store(target, [&](Store& store) { return store.demote(target.name, token()); });
            !back)
          return back;
      if (!plan_.deploy.rollback.empty())
        if (const Status deployed = run_command(plan_.deploy.rollback); !deployed) return deployed;
    }
    if (const Status clean = drop_new(); !clean) return clean;
    return move_to(Turn::rolled_back);
  }

  Status abort() {
    if (was(Turn::promoted)) return Error{"readers see the new value already: roll back instead", id_};
    if (turn() == Turn::closed || turn() == Turn::aborted) return Error{"it has ended", id_};
    if (const Status clear = check_kill_switch(world_.policy); !clear) return clear;
    if (const Status clean = drop_new(); !clean) return clean;
    if (emergency())
      world_.output.tell(fmt::format("the old key {} stays disabled; --rollback enables it", text("old_id")));
    return move_to(Turn::aborted);
  }

 private:
  std::string text(const char* member) const { return text_at(document_, std::string("/") + member); }
  std::string token() const { return id_; }
  std::string sealed(const char* what) const { return "rotation/" + id_ + "/" + what; }

  bool was(Turn turn) const { return find_at(document_, "/reached/" + std::string(name_of(turn))) != nullptr; }

  Status keep() { return world_.journal.put("rotation", id_, document_); }

  Status tell(std::string_view event, Json data) {
    data["rotation"] = id_;
    data["name"] = plan_.name;
    return world_.audit.add(event, data);
  }

  Status move_to(Turn turn) {
    document_["state"] = name_of(turn);
    document_["reached"][std::string(name_of(turn))] = static_cast<std::uint64_t>(now_seconds());
    if (const Status told = tell("rotation", {{"state", name_of(turn)}}); !told) return told;
    world_.output.out(fmt::format("{}  {}  {}", rfc3339(now_seconds()), plan_.name, name_of(turn)));
    return keep();
  }

  Status get_ready() {
    auto own = credential({world_.policy, &world_.journal}, plan_.credential);
    if (!own) return own.error();
    for (const auto& [name, value] : *own)
      if (name != "key_id") world_.output.know(value);
    own_key_ = own->count("key_id") ? std::string((*own)["key_id"].reveal()) : "";
    for (const char* what : {"old", "new"})
      if (const auto kept = world_.journal.open_sealed(sealed(what))) world_.output.know(*kept);
    if (plan_.provider == "postgresql") {
      auto made = postgres_minter(world_.policy.network, std::move(*own), plan_.server, plan_.user);
      if (!made) return made.error();
      minter_ = std::move(*made);
    } else {
      minter_ = aws_minter(world_.policy.network, std::move(*own), plan_.user);
    }
    return Done{};
  }

  template <typename Act>
  Status with_store(const RotationTarget& target, const Act& act) {
    auto store = open_store({world_.policy, &world_.journal}, target.store);
    if (!store) return store.error();
    return act(**store);
  }

  Stepped step(Turn next) {
    if (const Status clear = check_kill_switch(world_.policy); !clear) return clear.error();
    if (!emergency() && in_quiet_hours(world_.policy.quiet_hours, now_seconds()))
      return std::optional(Wait{0, fmt::format("quiet hours ({} UTC)", world_.policy.quiet_hours)});
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

  // --- our own credential and the old key ---

  Status check_identity() {
    const auto us = minter_->who_are_we();
    if (!us) return us.error();
    const auto accounts = world_.policy.own_accounts.find(plan_.provider);
    if (accounts == world_.policy.own_accounts.end() ||
        std::find(accounts->second.begin(), accounts->second.end(), us->first) == accounts->second.end())
      return Error{fmt::format("our own credential is of account {}, which is not one of the policy's", us->first), ""};
    if (us->second.ends_with(":user/" + plan_.user) || us->second.ends_with("/" + plan_.user) ||
        own_key_ == text("old_id"))
      return Error{fmt::format("{} is who we ask as: its keys are not ours to take", plan_.user), ""};
    document_["account"] = us->first;
    return Done{};
  }

  Status set_key(const std::string& id, bool active) {
    const Change change = minter_->set_active(id, active);
    if (const Status told = tell(active ? "enable" : "disable", {{"key_id", id}, {"fate", change.why}}); !told)
      return told;
    if (change.fate == Fate::done) return Done{};
    if (change.fate == Fate::refused) return Error{"the provider refuses: " + change.why, id};
    const auto keys = minter_->look();  // the answer was lost: what is true decides
    if (!keys) return keys.error();
    for (const KeyFact& key : *keys)
      if (key.id == id && key.active == active) return Done{};
    return Error{"the answer was lost and the key is not as it should be; run it again", id};
  }

  // --- minted ---

  // What a mint that was stopped or lost may have left: an id that was not there before, made since, never used.
  Result<bool> take_care_of_orphans(const std::vector<KeyFact>& keys) {
    const Json* before = find_at(document_, "/ids_before");
    if (!before) return false;
    for (const KeyFact& key : keys) {
      const bool known = std::find(before->begin(), before->end(), Json(key.id)) != before->end();
      if (known || key.id == text("new_id") || key.created < text("mint_began") || !key.last_used.empty()) continue;
      if (key.active)
        if (const Status disabled = set_key(key.id, false); !disabled) return disabled.error();
      if (const Status told = tell("orphan", {{"key_id", key.id}}); !told) return told.error();
      if (!world_.policy.delete_orphans)
        return Error{
            fmt::format("the secret of the new key {} was lost with its answer. It is disabled; delete it, or set "
                        "'delete_orphans' in the policy, then run this again",
                        key.id),
            ""};
      if (const Change gone = minter_->remove(key.id); gone.fate == Fate::refused) return Error{gone.why, key.id};
      return true;
    }
    return false;
  }

  // Only a key that nobody can miss makes room.
  Status free_slot(const std::vector<KeyFact>& keys) {
    if (keys.size() < minter_->slots()) return Done{};
    for (const KeyFact& key : keys) {
      if (key.id == text("old_id") || key.active) continue;
      if (const Status told = tell("slot-freed", {{"key_id", key.id}, {"created", key.created}}); !told) return told;
      const Change gone = minter_->remove(key.id);
      if (gone.fate == Fate::refused) return Error{gone.why, key.id};
      return Done{};
    }
    std::string both;
    for (const KeyFact& key : keys)
      both += fmt::format("; {} created {}, last used {}, {}{}", key.id, key.created,
                          key.last_used.empty() ? "never" : key.last_used, key.active ? "active" : "inactive",
                          key.id == text("old_id") ? ", held by this plan's stores" : "");
    return Error{fmt::format("{} has as many keys as it may have, and none can be spared{}", plan_.user, both), ""};
  }

  Stepped mint() {
    if (const Status right = check_identity(); !right) return right.error();
    if (!text("new_id").empty() && world_.journal.open_sealed(sealed("new"))) return reached();
    auto keys = minter_->look();
    if (!keys) return keys.error();
    const auto orphan = take_care_of_orphans(*keys);
    if (!orphan) return orphan.error();
    if (*orphan) keys = minter_->look();
    if (!keys) return keys.error();
    if (const Status room = free_slot(*keys); !room) return room.error();
    // Before the first mint: what is there, and when it began, so that a lost answer can be read. A later try keeps
    // both: the first request may still be on its way.
    Json ids = Json::array();
    for (const KeyFact& key : *keys) ids.push_back(key.id);
    if (!find_at(document_, "/ids_before")) {
      document_["ids_before"] = ids;
      document_["mint_began"] = rfc3339(now_seconds() - 2);
    }
    if (const Status kept = keep(); !kept) return kept.error();
    if (const Status told = tell("mint", {{"ids_before", ids}}); !told) return told.error();
    Minted minted;
    const Change change = minter_->mint(minted);
    if (change.fate == Fate::refused) return Error{"no key was made: " + change.why, ""};
    if (change.fate == Fate::lost)
      return Error{"the answer to the mint was lost (" + change.why + "); run it again", ""};
    world_.output.know(minted.secret);
    if (const Status kept = world_.journal.keep_sealed(sealed("new"), minted.secret); !kept) return kept.error();
    document_["new_id"] = minted.id;
    if (const Status kept = keep(); !kept) return kept.error();
    if (const Status told = tell("minted", {{"key_id", minted.id}}); !told) return told.error();
    return reached();
  }

  // --- stores ---

  Result<Secret> value_for(const RotationTarget& target) {
    auto secret = world_.journal.open_sealed(sealed("new"));
    if (!secret) return secret.error();
    Values values;
    values["secret"] = *secret;
    values["key_id"] = Secret(text("new_id"));
    auto filled = fill_text(target.value, values);
    if (!filled) return filled.error();
    Secret value(*filled);
    sodium_memzero(filled->data(), filled->size());
    world_.output.know(value);
    return value;
  }

  Stepped stage() {
    for (const RotationTarget& target : plan_.targets) {
      const auto value = value_for(target);
      if (!value) return value.error();
      const Status staged = with_store(target, [&](Store& store) -> Status {
        if (const Status done = store.stage(target.name, *value, token()); !done) return done;
        const auto back = store.read(target.name, Stage::pending);
        if (!back) return back.error();
        if (back->value.reveal() != value->reveal()) return Error{"what was staged does not read back", target.name};
        return Done{};
      });
      if (!staged) return staged.error();
      if (const Status told = tell("staged", {{"store", target.store}, {"secret", target.name}}); !told)
        return told.error();
    }
    return reached();
  }

  // The pair as it stands in the store is tried, not the one that we remember.
  Stepped test() {
    const auto expected = world_.journal.open_sealed(sealed("new"));
    if (!expected) return expected.error();
    for (const RotationTarget& target : plan_.targets) {
      const auto value = value_for(target);
      if (!value) return value.error();
      const Status same = with_store(target, [&](Store& store) -> Status {
        const auto back = store.read(target.name, Stage::pending);
        if (!back) return back.error();
        if (back->value.reveal() != value->reveal())
          return Error{"what is staged is not what this rotation made", target.name};
        return Done{};
      });
      if (!same) return same.error();
    }
    Result<std::string> account = Error{};
    for (int asked = 0; asked < kMostQuestions; ++asked) {  // a new key is known everywhere after some seconds
      if (asked != 0) std::this_thread::sleep_for(std::chrono::milliseconds(world_.policy.recheck_ms));
      account = minter_->try_pair(text("new_id"), *expected);
      if (account) break;
    }
    if (!account) return Error{"the new key does not work: " + account.error().what, text("new_id")};
    if (*account != text("account")) return Error{"the new key opens another account", *account};
    return reached();
  }

  Stepped promote() {
    for (const RotationTarget& target : plan_.targets) {
      const Status moved = with_store(target, [&](Store& store) { return store.promote(target.name, token()); });
      if (!moved) return moved.error();
      if (const Status told = tell("promoted", {{"store", target.store}, {"secret", target.name}}); !told)
        return told.error();
    }
    return reached();
  }

  Status run_command(const std::vector<std::string>& words) {
    const auto result = run_child(words, {}, 600);
    if (!result) return result.error();
    if (!result->said.empty()) world_.output.tell(result->said);
    if (result->timed_out) return Error{"it did not end in time", words[0]};
    if (result->status != 0) return Error{fmt::format("it ended with {}", result->status), words[0]};
    return Done{};
  }

  Stepped deploy() {
    if (plan_.deploy.command.empty()) return reached();
    if (const Status deployed = run_command(plan_.deploy.command); !deployed) return deployed.error();
    return reached();
  }

  Stepped confirm() {
    for (const Consumer& consumer : plan_.consumers)
      for (std::uint32_t i = 0; i < consumer.times; ++i)
        if (const Status works = run_command(consumer.probe); !works)
          return std::optional(Wait{0, fmt::format("{} does not work with the new key: {}. {}", consumer.name,
                                                   works.error().what, consumer.reconnect)});
    Json names = Json::array();
    for (const Consumer& consumer : plan_.consumers) names.push_back(consumer.name);
    if (const Status told = tell("confirmed", {{"consumers", names}}); !told) return told.error();
    return reached();
  }

  // --- the old key ---

  // Elapsed time is summed over polls: a gap of more than two polls, or a use, begins the window again.
  Stepped watch() {
    const auto keys = minter_->look();
    const std::int64_t now = now_seconds();
    std::int64_t observed = static_cast<std::int64_t>(number_at(document_, "/observed"));
    const std::int64_t last = static_cast<std::int64_t>(number_at(document_, "/polled"));
    const std::string used_before = text("used_before");
    std::string used = used_before;
    if (keys)
      for (const KeyFact& key : *keys)
        if (key.id == text("old_id")) used = key.last_used;
    const bool gap = last == 0 || now < last || now - last > 2 * std::max<std::int64_t>(plan_.poll, 1);
    const bool again = !keys || gap || used != used_before;
    observed = again ? 0 : observed + (now - last);
    document_["observed"] = static_cast<std::uint64_t>(observed);
    document_["polled"] = static_cast<std::uint64_t>(now);
    document_["used_before"] = used;
    if (const Status kept = keep(); !kept) return kept.error();
    const std::int64_t window = std::max(plan_.watch, minter_->least_watch());
    if (keys && observed >= window && last != 0) return reached();
    std::string why = fmt::format("the old key went unused for {} s of {}", observed, window);
    if (again && used != used_before && !used.empty())
      why = fmt::format("the old key was used at {}: somebody still holds it", used);
    return std::optional(Wait{now + std::max<std::int64_t>(plan_.poll, 1), why});
  }

  Stepped disable() {
    if (const Status right = check_identity(); !right) return right.error();
    if (const Status disabled = set_key(text("old_id"), false); !disabled) return disabled.error();
    const auto old = world_.journal.open_sealed(sealed("old"));
    if (!old) return reached();  // its value is not known here; the key's own state is
    for (int asked = 0; asked < kMostQuestions; ++asked) {
      if (asked != 0) std::this_thread::sleep_for(std::chrono::milliseconds(world_.policy.recheck_ms));
      const auto account = minter_->try_pair(text("old_id"), *old);
      if (!account && account.error().what == "dead") return reached();
    }
    if (const Status back = set_key(text("old_id"), true); !back) return back.error();
    return Error{"after disabling, the old value still works; it was enabled again, and a person must look",
                 text("old_id")};
  }

  Stepped hold() {
    const auto since = static_cast<std::int64_t>(number_at(document_, "/reached/disabled"));
    const std::int64_t until = since + plan_.hold;
    if (now_seconds() < until) return std::optional(Wait{until, "the old key is held disabled"});
    return reached();
  }

  Stepped remove_old() {
    if (const Status right = check_identity(); !right) return right.error();
    const Change gone = minter_->remove(text("old_id"));
    if (const Status told = tell("delete", {{"key_id", text("old_id")}, {"fate", gone.why}}); !told)
      return told.error();
    if (gone.fate == Fate::refused) return Error{gone.why, text("old_id")};
    const auto keys = minter_->look();
    if (!keys) return keys.error();
    for (const KeyFact& key : *keys)
      if (key.id == text("old_id")) return Error{"it is still there; run it again", key.id};
    return reached();
  }

  Stepped prove_dead() {
    const auto old = world_.journal.open_sealed(sealed("old"));
    if (!old) return reached();
    int dead = 0;
    for (int asked = 0; asked < kMostQuestions && dead < kDeadAnswers; ++asked) {
      if (asked != 0) std::this_thread::sleep_for(std::chrono::milliseconds(world_.policy.recheck_ms));
      const auto account = minter_->try_pair(text("old_id"), *old);
      dead = !account && account.error().what == "dead" ? dead + 1 : 0;
    }
    if (dead < kDeadAnswers)
      return Error{"the old key is deleted and does not answer dead yet; run it again", text("old_id")};
    const std::string fingerprint = Fingerprinter(world_.fingerprint_key).of(old->reveal());
    if (const Status kept = retire(world_.journal, fingerprint); !kept) return kept.error();
    if (const Status told = tell("revoke", {{"fingerprint", fingerprint},
                                            {"provider", plan_.provider},
                                            {"ended", "revoked"},
                                            {"after", "dead"},
                                            {"host", minter_->host()},
                                            {"key_id", text("old_id")}});
        !told)
      return told.error();
    return reached();
  }

  Stepped end_sessions() {
    if (minter_->sessions_live() == 0) return reached();
    document_["sessions_until"] =
        rfc3339(static_cast<std::int64_t>(number_at(document_, "/reached/disabled")) + minter_->sessions_live());
    return reached();
  }

  Stepped close() {
    document_["erase_after"] = number_at(document_, "/reached/confirmed") + static_cast<std::uint64_t>(kSealedSeconds);
    return reached();
  }

  Status drop_new() {
    if (!text("new_id").empty())
      if (const Status disabled = set_key(text("new_id"), false); !disabled) return disabled;
    if (was(Turn::minted))
      for (const RotationTarget& target : plan_.targets)
        if (const Status dropped = with_store(target, [&](Store& store) { return store.drop(target.name, token()); });
            !dropped)
          return dropped;
    return Done{};
  }

  RotateWorld& world_;
  std::string id_;
  Json document_;
  RotationPlan plan_;
  std::unique_ptr<Minter> minter_;
  std::string own_key_;
};

std::string fresh_id() {
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  std::string id;
  for (std::size_t i = 0; i < sizeof bytes; ++i)
    id += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  return id;
}

// Sealed values of what was confirmed a day ago.
void erase_old_values(Journal& journal) {
  for (const auto& [id, document] : journal.list("rotation")) {
    const std::uint64_t after = number_at(document, "/erase_after");
    if (after == 0 || static_cast<std::int64_t>(after) > now_seconds()) continue;
    for (const char* what : {"old", "new"}) (void)journal.erase_sealed("rotation/" + id + "/" + what).ok();
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

namespace {

// The values of a template's holes in a text that was made from it; nothing where it was not. JSON is read as JSON.
std::optional<Values> taken_apart(std::string_view shape, std::string_view text) {
  Values values;
  if (shape.starts_with("{\"")) return std::nullopt;
  while (!shape.empty()) {
    const std::size_t open = shape.find('{'), close = shape.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos)
      return shape == text ? std::optional(values) : std::nullopt;
    if (!text.starts_with(shape.substr(0, open))) return std::nullopt;
    text.remove_prefix(open);
    const std::string name(shape.substr(open + 1, close - open - 1));
    shape.remove_prefix(close + 1);
    const std::string_view behind = shape.substr(0, shape.find('{'));
    const std::size_t end = behind.empty() ? text.size() : text.find(behind);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    values[name] = Secret(text.substr(0, end));
    text.remove_prefix(end);
  }
  return text.empty() ? std::optional(values) : std::nullopt;
}

}  // namespace

Result<Minted> key_in_use(RotateWorld& world, const RotationPlan& plan) {
  Minted found;
  for (const RotationTarget& target : plan.targets) {
    auto store = open_store({world.policy, &world.journal}, target.store);
    if (!store) return store.error();
    const auto value = (*store)->read(target.name, Stage::current);
    if (!value) return value.error();
    const std::string_view text = value->value.reveal();
    if (target.value == "{key_id}") found.id = text;
    else if (target.value == "{secret}") found.secret = Secret(text);
    else if (const auto parts = taken_apart(target.value, text)) {
      if (parts->contains("key_id")) found.id = parts->find("key_id")->second.reveal();
      if (parts->contains("secret")) found.secret = parts->find("secret")->second;
    } else if (const auto json = parse_json(text), shape = parse_json(target.value); json && shape && shape->is_object())
      for (auto each = shape->begin(); each != shape->end(); ++each) {
        if (*each == "{key_id}") found.id = text_at(*json, "/" + each.key());
        if (*each == "{secret}") found.secret = Secret(text_at(*json, "/" + each.key()));
      }
  }
  if (found.id.empty())
    return Error{"no target holds {key_id}, so it cannot be told which key is in use; name it with --key", plan.path};
  return found;
}

Result<std::string> begin_rotation(RotateWorld& world, const RotationPlan& plan, bool emergency,
                                   const std::string& leaked_id) {
  erase_old_values(world.journal);
  for (const auto& [id, document] : world.journal.list("rotation")) {
    const auto turn = turn_of(text_at(document, "/state"));
    const bool ended = turn == Turn::closed || turn == Turn::rolled_back || turn == Turn::aborted;
    if (!ended && text_at(document, "/name") == plan.name)
      return Error{fmt::format("this rotation is under way as {}; resume, roll back or abort it", id), plan.name};
  }
  auto old = key_in_use(world, plan);
  if (!old && leaked_id.empty()) return old.error();
  Minted key = old ? std::move(*old) : Minted{};
  if (!leaked_id.empty() && key.id != leaked_id) key = {leaked_id, {}};
  const std::string id = fresh_id();
  if (!key.secret.empty()) {
    world.output.know(key.secret);
    if (const Status kept = world.journal.keep_sealed("rotation/" + id + "/old", key.secret); !kept)
      return kept.error();
  }
  const Json document = {{"name", plan.name},
                         {"plan", plan.text},
                         {"path", plan.path},
                         {"emergency", emergency},
                         {"state", "live"},
                         {"old_id", key.id},
                         {"reached", {{"live", static_cast<std::uint64_t>(now_seconds())}}}};
  if (const Status kept = world.journal.put("rotation", id, document); !kept) return kept.error();
  if (const Status told = world.audit.add("rotation", {{"rotation", id}, {"name", plan.name}, {"state", "live"},
                                                       {"emergency", emergency}, {"old_key_id", key.id}}); !told)
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
