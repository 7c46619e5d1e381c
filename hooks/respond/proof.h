// When a provider's word that a credential is dead counts.
//
// Three dead answers one after another, the last of them when the entry's settle time is over: providers need a while
// to agree with themselves, and the machine that was asked may be the first that knows. Where nothing is known of a
// provider the answers are the policy's `recheck_ms` apart. A settle time of more than kLongestProof seconds is not
// waited for: the credential stays unknown, the journal keeps when its end began, and a later run goes on from there.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "hooks/respond/journal.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verdict.h"

namespace staunch {

inline constexpr int kDeadAnswers = 3;
inline constexpr int kMostQuestions = 15;
inline constexpr std::int64_t kLongestProof = 120;  // seconds

struct Proving {
  const Catalogue& catalogue;
  const Policy& policy;
  Journal& journal;
  std::function<std::vector<Verdict>(const std::vector<Subject>&)> ask;  // what they answer now, one verdict each
};

// The last step was taken: the settle time begins. Where nobody says so it begins at the first dead answer.
Status note_end(Journal& journal, const Subject& subject);

// Asks until each is proved dead or patience is over. What is not proved is never dead in a verdict: it is what was
// last heard, or unknown and why.
std::vector<Verdict> prove_dead(const Proving& proving, const std::vector<Subject>& subjects);

// Sleeps until the next question: so long, or the policy's `recheck_ms` where that is longer.
void pause(const Policy& policy, std::int64_t seconds);

}  // namespace staunch
