// What becomes of the old key: watched, disabled, held, deleted, proved dead.
#include "hooks/respond/rotation.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/fingerprint.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::int64_t kLeakedWatch = 24 * 3600;  // then a person decides about a key that leaked

}  // namespace

// Elapsed time is summed over polls on a clock that cannot be set: a gap of more than two polls, or a use, begins the
// window again.
Stepped Rotation::watch() {
  if (minter_->kills_old()) return reached();
  const auto keys = minter_->look();
  const std::string last = text("polled");
  const std::int64_t gone = last.empty() ? -1 : seconds_since(last), poll = std::max<std::int64_t>(plan_.poll, 1);
  const std::string used_before = text("used_before");
  std::string used = used_before;
  if (keys)
    for (const KeyFact& key : *keys)
      if (key.id == text("old_id")) used = key.last_used;
  const bool again = !keys || gone < 0 || gone > 2 * poll || used != used_before;
  const std::int64_t observed = again ? 0 : static_cast<std::int64_t>(number_at(document_, "/observed")) + gone;
  document_["observed"] = static_cast<std::uint64_t>(observed);
  document_["polled"] = mark_now();
  document_["used_before"] = used;
  if (const Status kept = keep(); !kept) return kept.error();
  // A double on loopback tells at once.
  const bool is_double = world_.policy.network.test_endpoints.contains(minter_->host());
  const std::int64_t window = std::max<std::int64_t>(plan_.watch, is_double ? 0 : minter_->facts().last_used_lag);
  if (keys && observed >= window && (!last.empty() || window == 0)) return reached();  // one of nothing is over
  if (text("leaked") == "true" && seconds_since(text_at(document_, "/marks/confirmed")) >= kLeakedWatch) {
    if (world_.done) return world_.done = false, reached();
    return waits(0,
                 "the old key leaked and is still in use after 24 h: --resume --done disables it now, --resume alone "
                 "watches on");
  }
  std::string why = fmt::format("the old key went unused for {} s of {}", observed, window);
  if (!keys) why = "when the old key was last used cannot be told: " + to_string(keys.error());
  else if (again && used != used_before && !used.empty())
    why = fmt::format("the old key was used at {}: somebody still holds it", used);
  return waits(now_seconds() + poll, why);
}

namespace {

// What only a person can do waits until the person says that it is done.
Stepped by_person(RotateWorld& world, const Change& change) {
  if (!world.done) return waits(change.wait ? now_seconds() + change.wait : 0, change.why);
  world.done = false;
  return reached();
}

}  // namespace

// Where there is no disable that can be undone, routine work goes on to the deletion, and an emergency deletes now.
Stepped Rotation::disable() {
  if (minter_->kills_old()) return reached();  // the new key's making ends it
  if (const Status right = check_identity(); !right) return right.error();
  const auto old = world_.journal.open_sealed(sealed("old"));
  if (!minter_->can_disable()) {
    if (!emergency()) {
      const Json about = {{"key_id", text("old_id")}, {"why", words_of(minter_->facts().no_disable)}};
      if (const Status told = tell("not-disabled", about); !told) return told.error();
      return reached();
    }
    document_["old_removed"] = true;
    if (const Status kept = keep(); !kept) return kept.error();
    return remove_old();
  }
  if (plan_.provider == "person") {
    if (old && ask(text("old_id"), *old).what == Said::What::dead) return reached();
    return by_person(world_, minter_->set_active(text("old_id"), false));
  }
  if (const Status disabled = set_key(text("old_id"), false); !disabled) return disabled.error();
  if (!old || !minter_->can_ask()) return reached();  // its value is not known here; the key's own state is
  for (int asked = 0; asked < kMostQuestions; ++asked) {
    if (asked != 0) pause();
    if (ask(text("old_id"), *old).what == Said::What::dead) return reached();
  }
  if (const Status back = set_key(text("old_id"), true); !back) return back.error();
  return Error{"after disabling, the old value still works; it was enabled again, and a person must look",
               text("old_id")};
}

// Where there is no disable the old key stays as it is for that time, and a use of it stops the deletion.
Stepped Rotation::hold() {
  if (minter_->kills_old()) return reached();
  const std::int64_t gone = seconds_since(text_at(document_, "/marks/disabled"));
  const std::int64_t until = now_seconds() + plan_.hold - std::max<std::int64_t>(gone, 0);
  if (minter_->can_disable()) return gone >= plan_.hold ? reached() : waits(until, "the old key is held disabled");
  const auto keys = minter_->look();
  if (!keys) return keys.error();
  for (const KeyFact& key : *keys)
    if (key.id == text("old_id") && key.last_used != text("used_before")) {
      if (world_.done) return world_.done = false, reached();
      return waits(0, fmt::format("the old key was used at {}: somebody still holds it. --rollback brings it back, "
                                  "--resume --done deletes it all the same",
                                  key.last_used));
    }
  return gone >= plan_.hold ? reached() : waits(until, "the old key cannot be disabled, and is held unused");
}

Stepped Rotation::remove_old() {
  if (minter_->kills_old()) return reached();
  if (const Status right = check_identity(); !right) return right.error();
  if (const Status ours = check_claims(); !ours) return ours.error();
  const Change gone = minter_->remove(text("old_id"));
  if (const Status told = tell("delete", {{"key_id", text("old_id")}, {"fate", gone.why}}); !told) return told.error();
  if (gone.fate == Fate::later) return by_person(world_, gone);
  if (gone.fate == Fate::refused) return Error{gone.why, text("old_id")};
  const auto keys = minter_->look();
  if (!keys) return keys.error();
  for (const KeyFact& key : *keys)
    if (key.id == text("old_id")) return Error{"it is still there; run it again", key.id};
  // A mint whose answer was lost may have arrived late.
  for (auto orphan = take_care_of_orphans(*keys); !orphan || *orphan;) {
    if (!orphan) return orphan.error();
    const auto left = minter_->look();
    if (!left) return left.error();
    orphan = take_care_of_orphans(*left);
  }
  return reached();
}

namespace {

// The longest that the provider takes to settle, whatever of its keys this is; none where it is no provider's.
std::int64_t settle_of(const std::string& id) {
  const auto catalogue = respond_catalogue();
  const Provider* provider = catalogue ? find_provider(*catalogue, id) : nullptr;
  std::int64_t longest = 0;
  if (provider)
    for (const Revoke& entry : provider->revoke) longest = std::max<std::int64_t>(longest, entry.settle.seconds);
  return longest;
}

}  // namespace

// The incident of the key whose end this was tells of its successor, too.
Status Rotation::link_incidents(const std::string& fingerprint) {
  const auto catalogue = respond_catalogue();
  if (!catalogue) return catalogue.error();
  for (const Rule& rule : catalogue->rules)
    if (const std::string incident = incident_with(world_.journal, rule.id, fingerprint); !incident.empty())
      if (const Status linked = add_to_incident(world_.journal, world_.audit, incident, "rotations", id_); !linked)
        return linked;
  return Done{};
}

Stepped Rotation::prove_dead() {
  const auto old = world_.journal.open_sealed(sealed("old"));
  if (!old || (!minter_->can_ask() && plan_.tried_by.empty())) return reached();
  // The last dead answer must come when the provider has settled.
  const std::int64_t gone = std::max<std::int64_t>(seconds_since(text_at(document_, "/marks/deleted")), 0);
  const std::int64_t left = settle_of(plan_.provider) - gone;
  if (left > kLongestProof)
    return waits(now_seconds() + left, "the old key is deleted, and its provider may take it for so long");
  int dead = 0;
  for (int asked = 0; asked < kMostQuestions && dead < kDeadAnswers; ++asked) {
    if (asked != 0) pause(left > 0 ? (left + 1) / 2 : 0);
    dead = ask(text("old_id"), *old).what == Said::What::dead ? dead + 1 : 0;
  }
  if (dead < kDeadAnswers)
    return Error{"the old key is deleted and does not answer dead yet; run it again", text("old_id")};
  const std::string fingerprint = Fingerprinter(world_.fingerprint_key).of(old->reveal());
  if (const Status kept = retire(world_.journal, fingerprint); !kept) return kept.error();
  if (const Status linked = link_incidents(fingerprint); !linked) return linked.error();
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

Stepped Rotation::end_sessions() {
  const std::uint32_t sessions = minter_->facts().sessions;
  if (sessions == 0) return reached();
  document_["sessions_until"] =
      rfc3339(static_cast<std::int64_t>(number_at(document_, "/reached/disabled")) + sessions);
  return reached();
}

}  // namespace staunch
