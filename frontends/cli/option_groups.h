// Options that several commands have, each spelt, described and checked once. Whoever includes this includes CLI11,
// which takes long to compile.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "frontends/cli/options.h"

namespace staunch {

// A command that sets Options::command.
CLI::App* add_command(CLI::App& app, Options& options, Command command, const char* name, const char* help);

// One of these words.
CLI::Option* choose(CLI::Option* option, const std::vector<std::string>& words);

void add_config_options(CLI::App& app, Options& o);
void add_rule_options(CLI::App& app, Options& o);  // and which of the rules
void add_size_option(CLI::App& app, Options& o);
void add_depth_options(CLI::App& app, Options& o);
void add_thread_option(CLI::App& app, Options& o);
void add_judged_options(CLI::App& app, Options& o);  // what of the findings is reported
void add_report_options(CLI::App& app, Options& o);
void add_platform_option(CLI::App& app, Options& o);
void add_verify_option(CLI::App& app, Options& o);
void add_respond_option(CLI::App& app, Options& o);
void add_talk_options(CLI::App& app, Options& o);
void add_watching_options(CLI::App& app, Options& o);
void add_explain_option(CLI::App& app, Options& o);

}  // namespace staunch
