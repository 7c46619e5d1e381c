// What a value looks like, whatever it is called and wherever it stands: the scorer's features of its bytes
// (engine/score.h).
#pragma once

#include <string_view>

#include "engine/score.h"

namespace staunch {

// Fills the features that the value alone decides.
void describe_value(std::string_view value, Features& features);
// Four words or more with the same separator between them.
bool is_passphrase(std::string_view value);
// Whether it is one of those that most people choose, whatever its case.
bool is_common_password(std::string_view value);

}  // namespace staunch
