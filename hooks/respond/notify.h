// Telling people: each role of the policy by its webhook or its program, once for each event of an incident.
//
// A message holds no secret; it says which incident, what kind of credential, where it stood and what was done. What
// came of telling stands in the incident ("told"), also where nobody could be reached. A message that a crash may have
// kept back is sent again: twice is better than never.
#pragma once

#include <string>
#include <vector>

#include "hooks/respond/audit.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/store.h"

namespace staunch {

struct NotifyWorld {
  const Policy& policy;
  Journal& journal;
  Audit& audit;
  Output& output;
};

struct Notice {
  std::string incident;
  std::string event;    // "opened", "seen again <fingerprint>" …: told once
  std::string subject;  // a line
  std::string text;
};

// The roles that the policy tells of such a credential; all where no entry speaks of it.
std::vector<std::string> roles_about(const Policy& policy, const std::string& provider, const std::string& rule);

// How many of the roles could not be told.
std::size_t notify(NotifyWorld& world, const std::vector<std::string>& roles, const Notice& notice);

}  // namespace staunch
