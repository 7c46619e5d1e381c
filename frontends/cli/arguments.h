// The command line into Options.
#pragma once

#include <optional>

#include "frontends/cli/options.h"

namespace staunch {

struct Arguments {
  Options options;
  std::optional<int> exit;  // set where there is nothing left to do: help was asked for, or the usage was wrong
};

// Prints help to standard output and mistakes to standard error.
Arguments read_arguments(int argc, char** argv);

}  // namespace staunch
