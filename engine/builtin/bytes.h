// The compiled catalogue as it lies in a program: of libraries that the same engine is linked with, one has the bytes
// (own_bytes.cc), the other finds them in the program `staunch` beside it (borrowed_bytes.cc), so that an installation
// holds them once and not in each of its programs.
#pragma once

#include <string_view>

namespace staunch {

// As Database::unpack() takes them. They stay for as long as the process does. Empty where there are none.
std::string_view builtin_bytes();

// The section of the program's file that they lie in.
inline constexpr std::string_view kBuiltinSection = ".staunch_catalogue";

}  // namespace staunch
