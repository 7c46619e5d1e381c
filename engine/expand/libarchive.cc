#include "engine/expand/libarchive.h"

#include <dlfcn.h>

#include <optional>

namespace staunch {
namespace {

std::optional<Libarchive> load() {
  void* library = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {};
  Libarchive table;
  bool whole = true;
#define STAUNCH_LOAD(name)                                                               \
  table.name = reinterpret_cast<decltype(table.name)>(dlsym(library, "archive_" #name)); \
  whole = whole && table.name != nullptr;
  STAUNCH_LIBARCHIVE(STAUNCH_LOAD)
#undef STAUNCH_LOAD
  if (!whole) return {};
  table.utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return table;
}

}  // namespace

const Libarchive* libarchive() {
  static const std::optional<Libarchive> table = load();
  return table ? &*table : nullptr;
}

}  // namespace staunch
