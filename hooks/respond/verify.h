// Asks providers whether credentials are good, as their entries say, and doubts the answers.
//
// Before the first secret goes to a provider, a made-up credential of the same format goes there: where it is not
// refused as documented, no verdict could be trusted, so nothing is sent. Each secret is sent once
// however many places it has; a verdict that the journal still holds is not asked for again where the caller allows an
// age; connections are reused, requests per host bounded, 429 and 5xx waited for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "hooks/respond/canary.h"
#include "hooks/respond/journal.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verdict.h"

namespace staunch {

struct Policy;

struct VerifyOptions {
  std::map<std::string, std::string> parts;       // holes that the user fills, for all subjects
  std::set<std::string> issuers;                  // providers that the user names
  std::map<std::string, std::string> known_live;  // live before in this incident: fingerprint -> host, empty: any
  std::int64_t now = 0;
  Journal* journal = nullptr;  // where logins to databases are counted; without one there are none
  Canaries canaries = {};      // the policy's
  bool ask_canaries = false;   // else they are left alone (canary.h)
  std::int64_t max_age = 0;    // seconds for which a verdict of the journal is as good as a new one
  Hosts hosts = {};            // the policy's
};

// As the policy says, at this time; without a journal there are no logins.
VerifyOptions asking_by(const Policy& policy, Journal* journal);

// One verdict a subject, in order.
std::vector<Verdict> verify(const Catalogue& catalogue, const Network& network, const std::vector<Subject>& subjects,
                            const VerifyOptions& options);

// What the holes of a request stand for: the secret itself and what `parts` says. An Error names what is not known.
Result<Values> values_for(const Subject& subject, const Pairs& parts, const VerifyOptions& options);

// Where a request of this provider may go, when its host has a hole: an entry's hosts and the policy's.
std::vector<std::string> hosts_for(const std::vector<std::string>& entry, const std::string& provider,
                                   const VerifyOptions& options);

}  // namespace staunch
