#include "engine/builtin/bytes.h"

// Put into the program by builtin_bytes.S.
extern "C" const char staunch_builtin_begin[];
extern "C" const char staunch_builtin_end[];

namespace staunch {

std::string_view builtin_bytes() {
  return {staunch_builtin_begin, static_cast<std::size_t>(staunch_builtin_end - staunch_builtin_begin)};
}

}  // namespace staunch
