// gitleaks' command line in the words of ours: `staunch --compat gitleaks detect -s DIR …`, or a link to the program
// that is called gitleaks.
//
// A thin layer: it reads gitleaks' flags as its own parser does, writes them as our words, and sets what scripts lean
// on: secrets as they are unless --redact is given, no report without -r, archives closed, 126 for a flag that is
// unknown and 1 for whatever else goes wrong. What is looked for and found stays ours; docs/gitleaks.md says how it
// differs. Facts: the help texts and exit codes of gitleaks 8.30, as it prints them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontends/cli/options.h"

namespace staunch {

struct Translation {
  std::vector<std::string> words;  // for our own parser
  std::optional<int> exit;         // set where there is nothing left to do
  std::string message;             // for standard error; a mistake where `exit` is set
};

// Whether gitleaks' ways are asked for: by the program's name, or by --compat, which is taken out of `words`. An
// unknown word behind --compat stays there, for our own parser to refuse.
bool asks_for_gitleaks(const char* program, std::vector<std::string>& words);

Translation translate_gitleaks(const std::vector<std::string>& words);

// What has no words: to be called once on the options that our parser read, where they say `gitleaks`.
void behave_as_gitleaks(Options& options);

// The exit code of a run, in the numbers of gitleaks where they are asked for.
int exit_code_for(const Options& options, int code);

}  // namespace staunch
