// The commands with their options, added to the program's command line.
#pragma once

#include "frontends/cli/options.h"

namespace CLI {
class App;
}

namespace staunch {

void add_dir(CLI::App& app, Options& o);
void add_git(CLI::App& app, Options& o);
void add_stdin(CLI::App& app, Options& o);
void add_filter(CLI::App& app, Options& o);
void add_events(CLI::App& app, Options& o);
void add_policy(CLI::App& app, Options& o);
void add_hook(CLI::App& app, Options& o);
void add_report(CLI::App& app, Options& o);
void add_rules(CLI::App& app, Options& o);

}  // namespace staunch
