// How the program ends. The numbers are a promise.
#pragma once

namespace staunch {

inline constexpr int kExitClean = 0;       // all was read and nothing found
inline constexpr int kExitFindings = 1;    // replaced by --exit-code
inline constexpr int kExitUsage = 2;       // wrong usage or configuration; nothing was done
inline constexpr int kExitIncomplete = 3;  // something could not be read or reported, and nothing was found in the rest

}  // namespace staunch
