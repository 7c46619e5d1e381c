#include "frontends/git/object_cache.h"

#include <utility>

namespace staunch {
namespace {

constexpr std::size_t kShardBytes = 4 << 20, kMaxObjectBytes = kShardBytes;
constexpr std::size_t kEntryBytes = 256;  // about what an object takes beside its bytes

std::size_t cost(const SharedObject& object) { return object->bytes.capacity() + kEntryBytes; }

}  // namespace

SharedObject ObjectCache::find(const Key& key) {
  Shard& shard = this->shard(key);
  const std::lock_guard hold(shard.lock);
  const auto found = shard.places.find(key);
  if (found == shard.places.end()) return nullptr;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->object;
}

void ObjectCache::put(const Key& key, SharedObject object) {
  if (cost(object) > kMaxObjectBytes) return;
  Shard& shard = this->shard(key);
  std::list<Entry> dropped;  // freed when the lock is gone
  const std::lock_guard hold(shard.lock);
  if (shard.places.contains(key)) return;
  shard.bytes += cost(object);
  shard.entries.push_front({key, std::move(object)});
  shard.places.emplace(key, shard.entries.begin());
  while (shard.bytes > kShardBytes) {
    shard.bytes -= cost(shard.entries.back().object);
    shard.places.erase(shard.entries.back().key);
    dropped.splice(dropped.begin(), shard.entries, std::prev(shard.entries.end()));
  }
}

}  // namespace staunch
