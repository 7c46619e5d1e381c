// What is known of blobs, whichever repository they stand in: nothing, that they are clean, or what they hold.
//
// A clean blob is 16 bytes: a short hash of its id under a random key, and its size. What a blob with hits holds is
// kept for the length of a run only and never written: nothing in a cache is made of a secret. Only blobs that were
// read whole, that no limit cut and whose ids were checked (frontends/git/object_hash.h) may come in here.
//
// The file: a magic word, the key, both hashed; then blocks, each a count, so many clean blobs, and a hash of it all
// under the key. Of a torn file the blocks before the tear count. It is in the byte order of the machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/cache_folder.h"
#include "engine/keyed_hash.h"
#include "frontends/git/held.h"
#include "frontends/git/object_id.h"

namespace staunch {

class KnownBlobs {
 public:
  KnownBlobs() : key_(random_short_key()) {}

  struct Hit {
    std::uint64_t bytes = 0;
    bool asks_path = false;
    Secrets secrets;
  };
  const std::uint64_t* clean(const ObjectId& id) const;  // its size; null: not known to be
  const Hit* hit(const ObjectId& id) const;

  void add_hit(const ObjectId& id, Hit hit) { hits_.emplace(id, std::move(hit)); }
  void add_clean(const ObjectId& id, std::uint64_t bytes) { fresh_.push_back({short_hash(id.raw(), key_), bytes}); }
  // Makes what was added known; add_clean() alone does not.
  void settle();

  // Takes what a file of the cache tells and makes one where there is none that can be trusted.
  Status load(const CacheFolder& folder, const std::string& name);
  // Whether what is not saved yet is much beside what is: a file is read before it grows.
  bool worth_saving() const { return unsaved_.size() >= clean_.size() / 8; }
  // Appends what became known since load() or the last save().
  Status save(const CacheFolder& folder, const std::string& name);

 private:
  struct Clean {
    std::uint64_t hash, bytes;
  };
  std::size_t read(std::string_view file, bool take);

  ShortKey key_;
  std::vector<Clean> clean_;  // ordered by hash
  std::vector<Clean> fresh_;  // added and not settled yet
  std::vector<Clean> unsaved_;
  std::map<ObjectId, Hit> hits_;
};

}  // namespace staunch
