// The new key: who we are, whose key it is, room for it, and the call that may be lost.
#include "hooks/respond/rotation.h"

#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/child.h"
#include "hooks/respond/moment.h"

namespace staunch {

// Before anything is changed, in both orders.
Stepped Rotation::begin() {
  if (const Status right = check_identity(); !right) return right.error();
  if (text("noted") == "true") {  // and claimed: whoever took the claims since goes on
    if (const Status ours = check_claims(); !ours) return ours.error();
    return reached();
  }
  const auto claimed = claim_stores();
  if (!claimed) return claimed.error();
  if (!*claimed && !world_.policy.sole_responder)
    return Error{
        "no store of the plan can show another responder that this rotation is under way; say --sole-responder, or "
        "'sole_responder = true' in the policy, where there is no other",
        plan_.name};
  if (const Status noted = note_old_key(); !noted) return noted.error();
  document_["noted"] = true;
  if (const Status kept = keep(); !kept) return kept.error();
  return reached();
}

Status Rotation::check_identity() {
  if (minter_->kills_old() && (has_new() || !text("mint_sent").empty()))
    return Done{};  // it asked with the old key itself
  const auto us = minter_->who_are_we();
  if (!us) return us.error();
  const auto accounts = world_.policy.own_accounts.find(plan_.provider);
  if (accounts == world_.policy.own_accounts.end() ||
      std::find(accounts->second.begin(), accounts->second.end(), us->first) == accounts->second.end())
    return Error{fmt::format("our own credential is of account {}, which is not one of the policy's", us->first), ""};
  document_["account"] = us->first;
  if (minter_->kills_old()) return Done{};  // a key that makes its own successor
  if (us->second.ends_with("/" + plan_.user))
    return Error{fmt::format("{} is who we ask as: its keys are not ours to take", plan_.user), ""};
  if (own_key_ == text("old_id") || us->second.ends_with("/" + text("old_id")))
    return Error{fmt::format("{} is the key we ask with: it is not ours to take", text("old_id")), ""};
  return Done{};
}

// Where two responders can both see it; whether there is such a place.
Result<bool> Rotation::claim_stores() {
  bool claimed = false;
  for (const RotationTarget& target : plan_.targets) {
    const Status held = with_store(target, [&](Store& store) -> Status {
      if (!store.can_claim()) return Done{};
      claimed = true;
      return store.claim(target.name, id_);
    });
    if (!held) return held.error();
  }
  return claimed;
}

// Before each change: whoever took the claims over is the one who goes on.
Status Rotation::check_claims() {
  for (const RotationTarget& target : plan_.targets)
    if (const Status held = with_store(target, [&](Store& store) { return store.held(target.name, id_); }); !held)
      return held;
  return Done{};
}

// What the new key is held against, and whether the old value is the real one: an id alone never triggers an emergency.
Status Rotation::note_old_key() {
  const auto old = world_.journal.open_sealed(sealed("old"));
  if (!old) {
    if (emergency() && minter_->can_ask())
      return Error{"only the id of the old key is known; an emergency needs its value, which is asked first",
                   text("old_id")};
    return Done{};
  }
  if (!minter_->can_ask()) return Done{};
  const Said said = ask(text("old_id"), *old);
  if (said.what == Said::What::good) document_["old_was_live"] = true;
  if (emergency() && said.what == Said::What::unknown)
    return Error{"whether the old value is good cannot be told: " + said.why, text("old_id")};
  if (said.what == Said::What::good && !said.account.empty() && said.account != text("account"))
    return Error{"the old value opens another account than the plan's", said.account};
  const auto rights = minter_->rights_of(text("old_id"), *old);
  if (rights) document_["rights"] = *rights;
  else if (!emergency()) return rights.error();
  return Done{};
}

Rotation::Said Rotation::ask(const std::string& id, const Secret& secret) {
  Said said;
  if (minter_->can_ask()) {
    const auto account = minter_->try_pair(id, secret);
    if (account) return {Said::What::good, *account, ""};
    return {account.error().what == "dead" ? Said::What::dead : Said::What::unknown, "", account.error().what};
  }
  if (plan_.tried_by.empty()) return {Said::What::unknown, "", "there is no way to ask"};
  const auto result = run_child(plan_.tried_by, secret);
  if (!result) return {Said::What::unknown, "", to_string(result.error())};
  if (result->status == 0) return {Said::What::good, text("account"), ""};
  return {result->status == 1 ? Said::What::dead : Said::What::unknown, "",
          fmt::format("'try' ended with {}", result->status)};
}

Status Rotation::set_key(const std::string& id, bool active) {
  if (const Status ours = check_claims(); !ours) return ours;
  const Change change = minter_->set_active(id, active);
  if (const Status told = tell(active ? "enable" : "disable", {{"key_id", id}, {"fate", change.why}}); !told)
    return told;
  if (change.fate == Fate::done) return Done{};
  if (change.fate == Fate::later && world_.done) return world_.done = false, Status(Done{});  // a person did it
  if (change.fate == Fate::later) return Error{change.why, id};
  if (change.fate != Fate::lost) return Error{"the provider refuses: " + change.why, id};
  const auto keys = minter_->look();  // the answer was lost: what is true decides
  if (!keys) return keys.error();
  for (const KeyFact& key : *keys)
    if (key.id == id && key.active == active) return Done{};
  return Error{"the answer was lost and the key is not as it should be; run it again", id};
}

// What a mint that was stopped or lost may have left: an id that was not there before, made since, never used.
Result<bool> Rotation::take_care_of_orphans(const std::vector<KeyFact>& keys) {
  const Json* before = find_at(document_, "/ids_before");
  if (!before) return false;
  for (const KeyFact& key : keys) {
    const bool known = std::find(before->begin(), before->end(), Json(key.id)) != before->end();
    if (known || key.id == text("new_id") || key.created < text("mint_began") || !key.last_used.empty()) continue;
    if (key.active && minter_->can_disable())
      if (const Status disabled = set_key(key.id, false); !disabled) return disabled.error();
    if (const Status told = tell("orphan", {{"key_id", key.id}}); !told) return told.error();
    if (!world_.policy.delete_orphans)
      return Error{
          fmt::format("the secret of the new key {} was lost with its answer. {}elete it, or set 'delete_orphans' "
                      "in the policy, then run this again",
                      key.id, minter_->can_disable() ? "It is disabled; d" : "D"),
          ""};
    if (const Change gone = minter_->remove(key.id); gone.fate == Fate::refused) return Error{gone.why, key.id};
    return true;
  }
  return false;
}

Status Rotation::spare(const KeyFact& key) {
  if (const Status told =
          tell("slot-freed", {{"key_id", key.id}, {"created", key.created}, {"last_used", key.last_used}});
      !told)
    return told;
  if (const Change gone = minter_->remove(key.id); gone.fate != Fate::done) return Error{gone.why, key.id};
  return Done{};
}

// Only a key that nobody can miss makes room: one that is inactive, one that nobody used for the policy's days, or in
// an emergency the leaked one itself.
Result<bool> Rotation::free_slot(const std::vector<KeyFact>& keys) {
  const std::size_t slots = minter_->facts().slots;
  if (slots == 0 || keys.size() < slots) return false;
  const std::string stale = rfc3339(now_seconds() - world_.policy.unused_days * 86400);
  for (const bool active : {false, true})
    for (const KeyFact& key : keys) {
      if (key.id == text("old_id") || key.active != active) continue;
      if (active && (key.created.empty() || std::max(key.created, key.last_used) > stale)) continue;
      if (const Status spared = spare(key); !spared) return spared.error();
      return true;
    }
  if (emergency())
    for (const KeyFact& key : keys)
      if (key.id == text("old_id") && !key.active) {
        document_["old_removed"] = true;
        if (const Status kept = keep(); !kept) return kept.error();
        if (const Status spared = spare(key); !spared) return spared.error();
        return true;
      }
  std::string all;
  for (const KeyFact& key : keys)
    all += fmt::format("; {} created {}, last used {}, {}{}", key.id, key.created,
                       key.last_used.empty() ? "never" : key.last_used, key.active ? "active" : "inactive",
                       key.id == text("old_id") ? ", held by this plan's stores" : "");
  return Error{fmt::format("{} has as many keys as it may have, and none can be spared{}", plan_.user, all), ""};
}

Stepped Rotation::mint() {
  if (turn() != Turn::live)
    if (const Status right = check_identity(); !right) return right.error();
  if (!has_new()) {
    const Stepped made = minter_->kills_old() ? mint_at_once() : mint_beside();
    if (!made || *made) return made;
  }
  if (const Status right = check_new(); !right) return right.error();
  return reached();
}

namespace {

// A change that was not made and may be asked for again.
Stepped later(const Change& change) { return waits(change.wait ? now_seconds() + change.wait : 0, change.why); }

}  // namespace

Stepped Rotation::mint_beside() {
  auto keys = minter_->look();
  if (!keys) return keys.error();
  const auto orphan = take_care_of_orphans(*keys);
  if (!orphan) return orphan.error();
  if (*orphan) keys = minter_->look();
  if (!keys) return keys.error();
  const auto freed = free_slot(*keys);
  if (!freed) return freed.error();
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
  if (const Status ours = check_claims(); !ours) return ours.error();
  Minted minted;
  const Change change = minter_->mint(minted);
  if (change.fate == Fate::refused) return Error{"no key was made: " + change.why, ""};
  if (change.fate == Fate::later) return later(change);
  if (change.fate == Fate::lost) return Error{"the answer to the mint was lost (" + change.why + "); run it again", ""};
  if (const Status kept = keep_new(minted); !kept) return kept.error();
  return reached();
}

Status Rotation::keep_new(const Minted& minted) {
  world_.output.know(minted.secret);
  if (const Status kept = world_.journal.keep_sealed(sealed("new"), minted.secret); !kept) return kept;
  for (const auto& [part, value] : minted.more) {
    world_.output.know(value);
    if (const Status kept = world_.journal.keep_sealed(sealed("new/" + part), value); !kept) return kept;
  }
  document_["new_id"] = minted.id;
  if (const Status kept = keep(); !kept) return kept;
  return tell("minted", {{"key_id", minted.id}});
}

// The old key dies with the call, so whatever must hold the new one is proved first, by something that is no secret.
Status Rotation::prove_books() {
  const Secret proof(fresh_rotation_id());
  if (const Status kept = world_.journal.keep_sealed(sealed("proof"), proof); !kept) return kept;
  const auto opened = world_.journal.open_sealed(sealed("proof"));
  if (!opened || opened->reveal() != proof.reveal())
    return Error{"the journal does not give back what is sealed in it", id_};
  if (const Status erased = world_.journal.erase_sealed(sealed("proof")); !erased) return erased;
  const std::string token = id_ + "-" + fresh_rotation_id().substr(0, 8);  // ours, and another version
  for (const RotationTarget& target : plan_.targets) {
    const Status proved = with_store(target, [&](Store& store) -> Status {
      if (const Status staged = store.stage(target.name, proof, token); !staged) return staged;
      const auto back = store.read(target.name, Stage::pending);
      const Status dropped = store.drop(target.name, token);
      if (!back) return back.error();
      if (back->value.reveal() != proof.reveal()) return Error{"what is staged does not read back", target.name};
      return dropped;
    });
    if (!proved) return proved;
  }
  return check_claims();
}

// One call that ends the old key. It is in the journal before it is sent, and never sent while it may have been done.
Stepped Rotation::mint_at_once() {
  if (text("both_leaked") == "true") return take_by_hand("what makes a new key leaked too, so it is not used");
  if (!text("mint_sent").empty()) return locked_out();
  if (const Status proved = prove_books(); !proved) return proved.error();
  document_["mint_sent"] = mark_now();
  if (const Status kept = keep(); !kept) return kept.error();
  if (const Status told = tell("mint", {{"key_id", text("old_id")}}); !told) return told.error();
  Minted minted;
  const Change change = minter_->mint(minted);
  if (change.fate == Fate::lost) return locked_out();
  if (change.fate == Fate::done) {
    if (const Status kept = keep_new(minted); !kept) return kept.error();
    return reached();
  }
  document_.erase("mint_sent");
  if (const Status kept = keep(); !kept) return kept.error();
  if (change.fate == Fate::later) return later(change);
  return Error{"no key was made: " + change.why, ""};
}

// Whether the call was done is read from the old key: only where it says live again and again was it not. An answer
// that says nothing (a busy provider) is asked for again.
Stepped Rotation::locked_out() {
  const auto old = world_.journal.open_sealed(sealed("old"));
  const bool may_ask = old && (minter_->can_ask() || !plan_.tried_by.empty());
  int live = 0;
  for (int asked = 0; may_ask && asked < kMostQuestions && live < kDeadAnswers; ++asked) {
    pause();
    const Said::What said = ask(text("old_id"), *old).what;
    if (said == Said::What::dead) break;
    live = said == Said::What::good ? live + 1 : 0;
  }
  if (live == kDeadAnswers) {
    if (const Status told = tell("mint-not-done", {{"key_id", text("old_id")}}); !told) return told.error();
    document_.erase("mint_sent");
    if (const Status kept = keep(); !kept) return kept.error();
    return mint_at_once();
  }
  return take_by_hand("locked out: the answer with the new key was lost, and nothing is asked twice");
}

// A person makes the new key where a call must not.
Stepped Rotation::take_by_hand(const std::string& why) {
  if (!world_.ask) {
    document_["locked_out"] = true;
    if (const Status kept = keep(); !kept) return kept.error();
    return waits(0, fmt::format("{}. By hand: {}; then go on with --resume --take", why, minter_->steps()));
  }
  Minted minted;
  minted.secret = world_.ask("secret");
  if (minted.secret.empty()) return Error{"there is no value: it comes on standard input", ""};
  world_.output.know(minted.secret);
  for (const std::string& part : minter_->more_parts()) {
    minted.more[part] = world_.ask(part);
    if (minted.more[part].empty()) return Error{fmt::format("there is no {}: it comes on standard input", part), ""};
  }
  const auto id = minter_->id_of(minted.secret);
  if (!id) return Error{"the value that was typed is not good: " + id.error().what, ""};
  minted.id = *id;
  if (const Status told = tell("by-hand", {{"key_id", minted.id}}); !told) return told.error();
  document_.erase("locked_out");
  if (const Status kept = keep_new(minted); !kept) return kept.error();
  return reached();
}

// Account and rights, before any store holds it.
Status Rotation::check_new() {
  if (plan_.provider == "self" && text("new_id") != plan_.user)
    return Error{fmt::format("agent {} answered for agent {}; its key is sealed here and written nowhere",
                             text("new_id"), plan_.user),
                 ""};
  if (!minter_->can_ask()) return Done{};
  const auto secret = world_.journal.open_sealed(sealed("new"));
  if (!secret) return secret.error();
  Said said;
  for (int asked = 0; asked < kMostQuestions && said.what != Said::What::good; ++asked) {
    if (asked != 0) pause();  // a new key is known everywhere after some seconds
    said = ask(text("new_id"), *secret);
  }
  if (said.what != Said::What::good) return Error{"the new key does not work: " + said.why, text("new_id")};
  if (!said.account.empty() && said.account != text("account"))
    return Error{"the new key opens another account", said.account};
  if (plan_.other_rights || !find_at(document_, "/rights")) return Done{};
  const auto rights = minter_->rights_of(text("new_id"), *secret);
  if (!rights) return rights.error();
  if (*rights != text("rights"))
    return Error{
        fmt::format("the new key has other rights ({}) than the old one ({}); 'other_rights = true' in the plan "
                    "allows it",
                    *rights, text("rights")),
        text("new_id")};
  return Done{};
}

}  // namespace staunch
