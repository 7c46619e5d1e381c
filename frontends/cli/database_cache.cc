// A cache file is: one line that names program version and processor, the size of the packed rules as eight bytes,
// the packed rules, the packed database (which carries its own checksum).
#include "frontends/cli/database_cache.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "engine/cache_folder.h"
#include "rules/archive.h"

namespace staunch {
namespace {

constexpr std::string_view kEnding = ".rules";

std::string head_of(std::string_view rules) {
  std::string head = fmt::format("staunch {} rules {}\n", STAUNCH_VERSION, static_cast<int>(this_platform()));
  for (int shift = 0; shift < 64; shift += 8) head += static_cast<char>(rules.size() >> shift);
  return head.append(rules);
}

// FNV-1a, only to name files.
std::string name_of(std::string_view head) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : head) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return fmt::format("{:016x}{}", hash, kEnding);
}

std::shared_ptr<const Database> load(const CacheFolder& folder, const std::string& name, const std::string& head) {
  const auto content = folder.read(name, kMaxCachedBytes);
  if (!content || content->compare(0, head.size(), head) != 0) return nullptr;
  auto database = Database::unpack(std::string_view(*content).substr(head.size()));
  if (!database) return nullptr;
  folder.touch(name);  // so that what is in use is not the oldest
  return std::move(*database);
}

void store(const CacheFolder& folder, const std::string& name, const std::string& head, const Database& database) {
  const std::string packed = database.pack();
  if (head.size() + packed.size() > kMaxCachedBytes) return;
  const CacheFolder::Lock lock(folder);
  if (folder.replace(lock, name, {head, packed})) folder.keep_youngest(lock, kEnding, kMaxCachedDatabases);
}

}  // namespace

Result<std::shared_ptr<const Database>> compile_cached(Catalogue catalogue, std::vector<Diagnostic>& diagnostics,
                                                       bool use_cache) {
  const std::string path = use_cache ? CacheFolder::usual_path() : std::string();
  const auto folder = path.empty() ? Result<CacheFolder>(Error{"none", {}}) : CacheFolder::open(path);
  if (!folder) return Database::compile(std::move(catalogue), diagnostics);
  const std::string head = head_of(pack_catalogue(catalogue));
  const std::string name = name_of(head);
  if (auto cached = load(*folder, name, head)) return cached;
  const std::size_t before = diagnostics.size();
  auto database = Database::compile(std::move(catalogue), diagnostics);
  if (database && diagnostics.size() == before) store(*folder, name, head, **database);
  return database;
}

}  // namespace staunch
