// A secret from a person: typed without being shown, or from standard input where that is no terminal.
#pragma once

#include <string_view>

#include "engine/secret.h"

namespace staunch {

// `whole`: all of standard input is the value; else, and at a terminal, one line of it. Without its line's end.
Secret read_hidden(std::string_view prompt, bool whole);

}  // namespace staunch
