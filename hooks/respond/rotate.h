// Rotation: a state machine with a journal.
//
// Each state is entered by one step, which is idempotent: it is in the journal before it begins and again when it is
// done, so a run that was stopped anywhere is taken up by the next one. Two orders, as tables (rotate.cc): routine work
// makes the new key first and takes the old one away last; an emergency disables the old one first. A step that has to
// wait (an observation window, a hold) says until when; the next run goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooks/respond/audit.h"
#include "hooks/respond/minter.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/rotation_plan.h"
#include "hooks/respond/store.h"

namespace staunch {

enum class Turn : std::uint8_t {
  live,
  minted,
  staged,
  tested,
  promoted,
  deployed,
  confirmed,
  watched,
  disabled,
  held,
  deleted,
  verified_dead,
  sessions_ended,
  closed,
  rolled_back,
  aborted
};
std::string_view name_of(Turn turn);
std::optional<Turn> turn_of(std::string_view name);

// The order of states, ending with closed.
const std::vector<Turn>& order_of(bool emergency);

struct RotateWorld {
  const Policy& policy;
  Journal& journal;
  Audit& audit;
  Output& output;
  std::string fingerprint_key;  // of reports: so that what is proved dead is known by the same name
  Ask ask = nullptr;            // a person who types what only a person can make; null where nobody does
  bool done = false;            // the person did what was waited for; counts once
};

// How a run ended: closed, waiting (`until`, 0: for a person), or stopped by something (`why`).
struct RotateEnd {
  Turn turn = Turn::live;
  bool waiting = false;
  std::int64_t until = 0;
  std::string why;
};

// Whether the policy has what the plan names; an Error says what it has not.
Status check_plan(const RotationPlan& plan, const Policy& policy);

// When a plan's key must be rotated again, by the rotations that were closed.
struct Due {
  std::string under_way;  // the rotation that has not ended; empty where there is none
  std::int64_t at = 0;    // seconds since 1970; 0: it never was
};
Due due(const Journal& journal, const RotationPlan& plan);

struct RotateOrder {
  bool emergency = false;
  std::string leaked_id;     // the key that leaked; empty: the plan's stores tell which key is in use
  bool both_leaked = false;  // so did what makes its successor, so a person must
};

// All that a run of this plan rests on now, without a secret. A dry run keeps it for an hour under its digest
// (plan.h), and a live run that is tied to the digest is refused where it is not so any more.
Json rotation_about(RotateWorld& world, const RotationPlan& plan, const RotateOrder& order);
// The digest of what a standing approval covers: all of it but which key is in use, so that it holds for each run of
// an unchanged plan.
std::string standing_digest(const Json& about);
Status keep_rotation_shown(Journal& journal, const Json& about, std::int64_t now);
Status check_rotation_shown(const Journal& journal, const Json& about, const std::string& digest, std::int64_t now);

// Begins a rotation and returns its id; nothing is changed yet. One rotation of a plan's name at a time.
Result<std::string> begin_rotation(RotateWorld& world, const RotationPlan& plan, const RotateOrder& order);

// What stands in the plan's stores now, taken apart by each target's template: the key in use and its secret.
Result<Minted> key_in_use(RotateWorld& world, const RotationPlan& plan);

// Goes on until it is closed, must wait, or something is in the way. `wait`: sleeps through waits of up to a minute.
RotateEnd resume_rotation(RotateWorld& world, const std::string& id, bool wait);

// Back to the old key: stores give the version before, the old key works again, the new one is disabled. Until the old
// key is deleted.
Status roll_back(RotateWorld& world, const std::string& id);

// Before anything was promoted: what is staged is dropped and the new key disabled.
Status abort_rotation(RotateWorld& world, const std::string& id);

}  // namespace staunch
