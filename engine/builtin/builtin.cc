#include "engine/builtin.h"

#include <string_view>

#include "engine/builtin/bytes.h"

namespace staunch {

Result<std::shared_ptr<const Database>> builtin_database() {
  const std::string_view bytes = builtin_bytes();
  if (bytes.empty()) return Error{"the program that has the built-in rules is not beside this one", "bin/staunch"};
  return Database::unpack(bytes);
}

Result<Catalogue> builtin_catalogue() {
  const auto database = builtin_database();
  if (!database) return database.error();
  return (*database)->catalogue();
}

}  // namespace staunch
