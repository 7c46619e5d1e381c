// One function a word. Each returns the exit code.
#pragma once

#include <optional>
#include <string>

#include "hooks/respond/output.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verify.h"
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
// `again`: it was read before in this run, so its test endpoints are told already.
std::optional<Policy> policy_of(const RespondOptions& options, const std::vector<std::string>& scanned, Output& output,
                                bool again = false);
void know_subjects(const Subjects& subjects, Output& output);  // masks them, and tells the report's notes
std::optional<Subjects> subjects_of(const RespondOptions& options, const Catalogue& catalogue, Output& output);
bool is_asked_for(const RespondOptions& options, const Subject& subject);  // by --only
// How issuers are asked; logins to databases need a journal.
std::optional<VerifyOptions> asking_of(const RespondOptions& options, const Policy& policy, Journal* journal,
                                       Output& output);

// A report's secrets, the policy about them and how their issuers are asked; where there is none, `code` is the exit
// code.
struct Asked {
  Catalogue catalogue;
  Subjects subjects;
  Policy policy;
  VerifyOptions how;
};
std::optional<Asked> asked_of(const RespondOptions& options, Output& output, int& code);

// Asks about all of them, with the journal open where databases may be asked; nothing where that cannot be.
std::optional<std::vector<Verdict>> verdicts_of(const Asked& asked, Output& output);

}  // namespace staunch
