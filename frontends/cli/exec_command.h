// Commands that are programs of their own: they link what the core's quick start does not pay for.
#pragma once

#include <string>
#include <string_view>

namespace staunch {

// The program of a command word; null where the core does it itself.
const char* program_of(std::string_view word);

// Where such a program is installed: libexec/staunch beside the core, or beside its folder (bin). Empty: nowhere.
std::string program_path(const char* program);

// Becomes libexec/staunch/PROGRAM beside the core, or beside its folder (bin), with the same words. Returns only where
// that cannot be: the exit code, the reason told.
int exec_command(const char* program, char** argv);

}  // namespace staunch
