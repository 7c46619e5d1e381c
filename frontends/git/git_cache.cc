// An account's file: a digest of the rest, generation, state, the account.
#include "frontends/git/git_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "engine/keyed_hash.h"
#include "frontends/git/loose.h"

namespace staunch {
namespace {

constexpr const char* kFormat = "staunch git cache 1";
constexpr std::string_view kCleanEnding = ".clean", kAccountEnding = ".history";

std::string in_hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

void add(std::string& text, std::string_view part) { text += fmt::format("{}:{}\n", part.size(), part); }

// A file that was written again has another change time, whatever its other times are set to.
void add_file(std::string& text, const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) info = {};
  add(text, path);
  text += fmt::format("{} {} {} {} {}\n", info.st_dev, info.st_ino, info.st_size, info.st_ctim.tv_sec,
                      info.st_ctim.tv_nsec);
}

}  // namespace

GitCache::GitCache(CacheFolder folder, std::string_view generation)
    : folder_(std::move(folder)), generation_(digest_of(fmt::format("{}\n{}", kFormat, generation))) {}

Status GitCache::load(KnownBlobs& known) const {
  Status loaded = known.load(folder_, in_hex(generation_).append(kCleanEnding));
  const CacheFolder::Lock lock(folder_);
  folder_.keep_youngest(lock, kCleanEnding, kMaxGenerations);
  folder_.keep_youngest(lock, kAccountEnding, kMaxAccounts);
  return loaded;
}

Status GitCache::save(KnownBlobs& known, bool all) const {
  if (!all && !known.worth_saving()) return Done{};
  return known.save(folder_, in_hex(generation_).append(kCleanEnding));
}

std::string GitCache::name_of(const Repository& repository) const {
  std::error_code ignored;
  const auto place = std::filesystem::weakly_canonical(repository.git_dir, ignored);
  return in_hex(digest_of(generation_ + place.string())).append(kAccountEnding);
}

std::optional<Account> GitCache::recall(const Repository& repository, const std::string& state) const {
  const std::string name = name_of(repository);
  const auto file = folder_.read(name, kMaxAccountBytes);
  if (!file || file->size() < 3 * kDigestBytes) return std::nullopt;
  const std::string_view all(*file), rest = all.substr(kDigestBytes);
  if (rest.substr(0, kDigestBytes) != generation_ || rest.substr(kDigestBytes, kDigestBytes) != state ||
      digest_of(rest) != all.substr(0, kDigestBytes))
    return std::nullopt;
  folder_.touch(name);
  return unpack_account(rest.substr(2 * kDigestBytes));
}

Status GitCache::remember(const Repository& repository, const std::string& state, const Account& account) const {
  const std::string rest = generation_ + state + pack_account(account);
  if (rest.size() > kMaxAccountBytes - kDigestBytes) return Error{"too large to be kept", repository.path};
  const CacheFolder::Lock lock(folder_);
  return folder_.replace(lock, name_of(repository), {digest_of(rest), rest});
}

std::string state_of(const Repository& repository, const Refs& refs, const ObjectStore& store) {
  std::string text = fmt::format("{} {}\n", repository.id_bytes, repository.partial);
  add(text, repository.path);  // which notes name
  add(text, refs.head_branch);
  for (const auto* list : {&refs.refs, &refs.reflogs}) {
    text += fmt::format("{} refs\n", list->size());
    for (const Ref& ref : *list) {
      add(text, ref.name);
      add(text, ref.id.hex());
    }
  }
  text += fmt::format("{} shallow\n", repository.shallow.size());
  for (const ObjectId& id : repository.shallow) add(text, id.hex());
  for (const std::string& folder : store.folders()) add(text, folder);
  for (const Pack* pack : store.packs()) {
    add(text, in_hex(pack->index().pack_checksum()));
    add_file(text, pack->path());
    add_file(text, std::filesystem::path(pack->path()).replace_extension(".idx").string());
  }
  for (const ObjectStore::Loose& loose : store.loose())
    add_file(text, loose_path(store.folders()[loose.folder], loose.id));
  return digest_of(text);
}

}  // namespace staunch
