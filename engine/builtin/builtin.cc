#include "engine/builtin.h"

#include <cstddef>

// The bytes are put into the program by builtin_bytes.S, packed for every platform.
extern "C" const char staunch_builtin_begin[];
extern "C" const char staunch_builtin_end[];

namespace staunch {

Result<std::shared_ptr<const Database>> builtin_database() {
  const auto size = static_cast<std::size_t>(staunch_builtin_end - staunch_builtin_begin);
  return Database::unpack({staunch_builtin_begin, size});
}

Result<Catalogue> builtin_catalogue() {
  const auto database = builtin_database();
  if (!database) return database.error();
  return (*database)->catalogue();
}

}  // namespace staunch
