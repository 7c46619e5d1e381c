// What is kept between runs over repositories: blobs that are clean, and what each repository came to when it was last
// scanned.
//
// All of it belongs to a generation: whatever decides what is found, in words. Files of other generations are passed
// over, and the oldest removed. An account counts for a repository in exactly the same state: its refs and reflogs, and
// its files of objects by name, size and change time. What does not fit is as if there were no cache.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/cache_folder.h"
#include "frontends/git/known_blobs.h"
#include "frontends/git/object_store.h"
#include "frontends/git/repository.h"
#include "frontends/git/story.h"

namespace staunch {

inline constexpr std::size_t kMaxGenerations = 8, kMaxAccounts = 4096;  // that are kept
inline constexpr std::size_t kMaxAccountBytes = 64u << 20;

class GitCache {
 public:
  GitCache(CacheFolder folder, std::string_view generation);

  // Removes what is too old, too.
  Status load(KnownBlobs& known) const;
  // Not `all`: where there is much to save.
  Status save(KnownBlobs& known, bool all) const;

  // `state` as state_of() gives it.
  std::optional<Account> recall(const Repository& repository, const std::string& state) const;
  Status remember(const Repository& repository, const std::string& state, const Account& account) const;

 private:
  std::string name_of(const Repository& repository) const;

  CacheFolder folder_;
  std::string generation_;  // a digest
};

// A digest of all that decides what a scan of the whole repository comes to, other than the generation.
std::string state_of(const Repository& repository, const Refs& refs, const ObjectStore& store);

}  // namespace staunch
