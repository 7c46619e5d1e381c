// Credentials on their way to their end; the inside of revoke.h.
//
// Each is prepared by itself: the doubts, our own credential, the one object, the reversible disable. The last step is
// then taken for all of them in one call, where the entry's `batch` allows it. Each has a claim, a record in the
// journal, lines in the audit and a proof of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hooks/respond/claims.h"
#include "hooks/respond/proof.h"
#include "hooks/respond/revoke.h"

namespace staunch {

class Ending {
 public:
  Ending(RevokeWorld& world, const Revoke& entry, const Target& target, Claim& claim)
      : world_(world),
        entry_(entry),
        action_(*target.action),
        subject_(*target.subject),
        before_(*target.verdict),
        claim_(claim) {}

  // All that comes before the last step. An Outcome where it ends there; `beside` others will be ended with it.
  std::optional<Outcome> prepare(bool only_disable, std::size_t beside);

  // It is dead already, by an earlier run's call or somebody else's: only the proof is left.
  bool is_dead() const { return before_.state == State::dead; }

  // The last step of all, which have one entry, and the proof. One outcome each.
  static std::vector<Outcome> end(const std::vector<Ending*>& all);

 private:
  std::string id() const { return action_.fingerprint + " " + action_.provider + " " + action_.kind; }
  std::optional<Outcome> earlier();
  std::vector<std::string> hosts(const std::vector<std::string>& entry) const {
    return hosts_for(entry, action_.provider, world_.asking);
  }
  Status fill_values();
  Status check_own_credential();
  Status locate();
  Status note(const char* step, const char* state);
  Status keep_to_rate(std::size_t calls_of);
  Outcome disable_first();
  Outcome undo(const Verdict& after);
  Outcome counted_disable(Outcome disabled);
  Outcome judge_end(const Verdict& after, bool gone, bool lost);

  // One call for all; its intent and its result are written for each.
  static Result<HttpAnswer> change(const std::vector<Ending*>& all, const Request& request, const char* step);
  static Result<HttpRequest> request_for(const std::vector<Ending*>& all, const Request& request);
  static std::vector<Outcome> end_claimed(const std::vector<Ending*>& all);  // of those whose claim is still ours
  static std::vector<Outcome> end_by_halves(const std::vector<Ending*>& all);
  static std::vector<Verdict> ask(const RevokeWorld& world, const std::vector<Subject>& subjects);

  RevokeWorld& world_;
  const Revoke& entry_;
  const Action& action_;
  const Subject& subject_;
  const Verdict& before_;
  Claim& claim_;
  Values values_;
  bool sent_ = false;  // by a run before this one, which did not see its end
};

}  // namespace staunch
