// Canary tokens: credentials that were made to be found. Whoever uses one tells its owner; a responder who asks about
// one raises the owner's alarm and learns nothing. So they are recognised by what can be read from them without asking
// (the account in an AWS key's id, the host in a connection string, a fingerprint that the policy names), said to be
// what they are, and left alone unless somebody says --ask-canaries.
//
// Known are the services whose marks are public (rules/canaries.toml has them with their sources). One that lies in an
// account of its own cannot be told from a real key: the policy's [canaries] names those.
#pragma once

#include <string>
#include <vector>

#include "hooks/respond/subjects.h"

namespace staunch {

struct Canaries {  // the policy's own, beside the known ones
  std::vector<std::string> accounts, hosts, fingerprints;
};

// What makes it a canary, in words; empty where nothing does. `parts` are those that the user gives beside a report.
std::string canary_words(const Canaries& own, const Catalogue& catalogue, const Subject& subject,
                         const std::map<std::string, std::string>& parts);

}  // namespace staunch
