// What would be done, in the order in which it would be, with everything that a person must know before saying yes.
//
// A plan is made by a dry run, kept in the journal for an hour, and named by its digest: a live run does exactly what
// stands in it, and only that. The digest covers actions, fingerprints, accounts and what else dies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/journal.h"

namespace staunch {

struct Action {
  std::string provider, rule, fingerprint;
  std::string kind;               // class of the entry: public, self, admin, app, console
  std::string account;            // as the provider told it
  std::string host;               // that the request goes to
  std::string collateral;         // what else dies
  std::string instruction;        // console: what a person does
  std::string tested;             // real, double, none
  std::string no_disable;         // why it is not disabled first, where the provider has no such thing
  std::string refused;            // why it cannot be done live; empty where it can
  bool reversible_first = false;  // a disable comes before the last step
  bool irreversible = false;
};

struct Plan {
  std::vector<Action> actions;
  std::int64_t made = 0;
};
inline constexpr std::int64_t kPlanSeconds = 3600;

std::string plan_digest(const Plan& plan);          // 64 hex digits
std::string short_code(const std::string& digest);  // what a person types
bool needs_code(const Plan& plan);                  // something irreversible or collateral would be done live

Status keep_plan(Journal& journal, const Plan& plan);

// What else a dry run showed, by its digest: kept as {"made": …, "about": …} among documents of `kind`.
std::string digest_of(const Json& about);
Status keep_shown(Journal& journal, const char* kind, const Json& about, std::int64_t now);
// An Error where there is none of this digest (or of a beginning of it, at least 12 digits), or it is older than an
// hour.
Result<Plan> kept_plan(const Journal& journal, const std::string& digest, std::int64_t now);
Result<Json> kept_shown(const Journal& journal, const char* kind, const std::string& digest, std::int64_t now);

}  // namespace staunch
