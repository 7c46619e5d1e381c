// A command line's mistakes and help, told for whoever typed it.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace staunch {

// What was wrong and what may have been meant, then which help tells more: two lines. `app` is what parsed the line.
std::string usage_mistake(const CLI::App& app, const CLI::ParseError& error);

// Names and values of options in help, without the bounds and conditions that mistakes are told of.
std::shared_ptr<CLI::FormatterBase> plain_help();

}  // namespace staunch
