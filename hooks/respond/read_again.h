// Secrets that a report does not show, read again at their places.
//
// A report of ours tells each secret's fingerprint: what is found at its place now is believed where that is the same.
// Other scanners' reports tell rule and line alone, so a secret of theirs is taken only from below a folder that the
// user named, and only where exactly one secret of that kind stands on that line. Places are files and, where the
// report names a commit, what a git repository has kept of them; git itself is not started.
//
// A report is hostile: a path of it leads nowhere but to text that our own rules look at, and where there is no
// fingerprint it must lie below the named folder once symbolic links are followed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/scan.h"
#include "engine/secret.h"
#include "hooks/respond/fill.h"
#include "rules/catalogue.h"

namespace staunch {

// One place of a secret, as a report tells it.
struct Found {
  std::string fingerprint, rule, path, commit, blob, repository, since;
  std::uint64_t line = 0;
  Secret secret;  // empty where the report does not show it
  std::map<std::string, std::string> derived;
  Values halves;        // by rule id: what belongs to it
  Values said;          // what its connection string says (connection_string.h)
  std::string missing;  // why it has no secret
};

struct ReadAgain {
  std::string folder;                // a work tree or repository; empty: none was named
  bool foreign = false;              // the report is of another scanner
  bool stream = false;               // … of a stream, which is gone
  std::vector<std::string> targets;  // of the scan, for repositories
  std::string fingerprint_key;
};

// Gives what can be read its secret, and says of the others why not; where a provider is asked with what a connection
// string says, that is read too. Of other scanners' findings, also of those that
// their report shows, rule and fingerprint become ours where ours know the secret.
Status read_again(std::vector<Found>& all, const ReadAgain& how, const Catalogue& catalogue);

// What our rules find in a text, with names.
std::vector<Found> found_in(Scanner& scanner, const std::string& fingerprint_key, std::string_view text,
                            const std::string& path);

}  // namespace staunch
