// Revoking: first a plan, then exactly that plan, then asking until the secret is dead.
//
// The order of doubts before any step that changes something (each refuses and says why): the entry may be done live
// and the policy names its provider; the secret was verified live in this run; the account is one of our own; no kill
// switch; room under the day's cap; our own credential is neither the target nor of the target's user; the locate steps
// named exactly one object. Then the reversible disable where there is one, the leaked value asked again (if it does
// not answer dead the disable is undone and a person is called), and only then the last step: for one credential, or in
// one call for as many as the entry's `batch` says. A call that the provider turns away is made again for either half,
// so that one credential which it does not take keeps no other alive.
//
// A step is in the journal before it is sent. An answer that was lost is read: what the provider then says of the
// secret decides, and nothing is sent twice. Dead it is when that is proved (proof.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hooks/respond/audit.h"
#include "hooks/respond/plan.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/store.h"
#include "hooks/respond/verify.h"

namespace staunch {

struct RevokeWorld {
  const Catalogue& catalogue;
  const Policy& policy;
  Journal& journal;
  Audit& audit;
  Output& output;
  VerifyOptions asking;
  std::string source;  // whose daily cap counts beside the whole's; empty: the caller at a terminal
};

// What would be done about those that are good.
Plan make_plan(const Catalogue& catalogue, const Policy& policy, const std::vector<Subject>& subjects,
               const std::vector<Verdict>& verdicts, const VerifyOptions& asking);

// Why the entry cannot be done live about this; empty where it can.
std::string refusal(const Policy& policy, const Revoke& entry, const Action& action);
inline constexpr const char* kByPerson = "a person does this";

bool is_own_account(const Policy& policy, const std::string& provider, const std::string& account);
std::string account_of(const Verdict& verdict);  // as the provider told it; else empty

enum class Ended : std::uint8_t { revoked, disabled, already_gone, refused, undone, unknown };
std::string_view name_of(Ended ended);

struct Outcome {
  Ended ended = Ended::refused;
  std::string why;
  Verdict after;  // what the secret says now
};

// What is to be ended: `verdict` is what the secret said in this run.
struct Target {
  const Action* action;
  const Subject* subject;
  const Verdict* verdict;
};

// The targets (their indices) by the calls that end them: those of one entry share one, up to its `batch`.
std::vector<std::vector<std::size_t>> in_batches(const Catalogue& catalogue, const std::vector<Target>& targets);

// Ends what one call can end, whole, and proves it; one outcome each.
std::vector<Outcome> revoke_live(RevokeWorld& world, const std::vector<Target>& batch);

// Only the reversible step before the last, where the entry has one.
Outcome disable_live(RevokeWorld& world, const Target& target);

// Whether anything may be changed now: the kill switch, and the caps of the day. What was changed counts, and what is
// about to be.
Status may_change(const RevokeWorld& world, std::size_t under_way = 0);
Status count_live(RevokeWorld& world, const std::string& what);

// Writes down what became of it; a secret that is proved dead is remembered as retired.
Status tell_outcome(RevokeWorld& world, const Subject& subject, const Outcome& outcome);

// The one element of a list whose hint ("sk-ab...wxyz") shows the secret's own beginning and end; an Error for none or
// several.
Result<const Json*> find_by_hint(const Json& answer, const Locate& locate, std::string_view secret);

}  // namespace staunch
