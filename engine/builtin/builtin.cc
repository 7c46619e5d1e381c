#include "engine/builtin.h"

#include <string_view>

// The bytes are put into the program by builtin_bytes.S, one block a platform.
extern "C" const char staunch_builtin_begin[];
extern "C" const char staunch_builtin_end[];

namespace staunch {
namespace {

// The blocks stand one behind the other, best platform last, each behind its size in eight little-endian bytes.
std::string_view block_for(Platform platform) {
  std::string_view rest(staunch_builtin_begin, static_cast<std::size_t>(staunch_builtin_end - staunch_builtin_begin));
  std::string_view best;
  for (int at = 0; at <= static_cast<int>(platform) && rest.size() >= 8; ++at) {
    std::uint64_t size = 0;
    for (std::size_t i = 8; i-- > 0;) size = size << 8 | static_cast<unsigned char>(rest[i]);
    best = rest.substr(8, size);
    rest.remove_prefix(8 + size);
  }
  return best;
}

}  // namespace

Result<std::shared_ptr<const Database>> builtin_database() { return Database::unpack(block_for(this_platform())); }

Result<Catalogue> builtin_catalogue() {
  const auto database = builtin_database();
  if (!database) return database.error();
  return (*database)->catalogue();
}

}  // namespace staunch
