// One function a word. Each returns the exit code.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "hooks/respond/output.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/program/options.h"

namespace staunch {

int run_verify(const RespondOptions& options, Output& output);
int run_revoke(const RespondOptions& options, Output& output);
int run_rotate(const RespondOptions& options, Output& output);
int run_incident(const RespondOptions& options, Output& output);
int run_secrets(const RespondOptions& options, Output& output);
int serve_gitlab(const RespondOptions& options, Output& output);
int run_respond(const RespondOptions& options, Output& output);

// The key under which reports name fingerprints: STAUNCH_FINGERPRINT_KEY, or .staunch/salt; empty: the public one.
std::string fingerprint_key();

// Set-up that the words share; each tells what is wrong itself and then returns nothing.
std::optional<Policy> policy_of(const RespondOptions& options, const std::vector<std::string>& scanned, Output& output);
void know_subjects(const Subjects& subjects, Output& output);  // masks them, and tells the report's notes
std::optional<Subjects> subjects_of(const RespondOptions& options, const Catalogue& catalogue, Output& output);
bool is_asked_for(const RespondOptions& options, const Subject& subject);  // by --only
std::optional<std::map<std::string, std::string>> parts_of(const RespondOptions& options, Output& output);

}  // namespace staunch
