// Objects that were made lately, for the next one whose delta starts from them. Bounded by bytes; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "frontends/git/buffer.h"
#include "frontends/git/object_id.h"

namespace staunch {

// An object, whole. Immutable once it is shared.
struct HeldObject {
  ObjectType type = ObjectType::none;
  Buffer bytes;
};
using SharedObject = std::shared_ptr<const HeldObject>;

class ObjectCache {
 public:
  // `pack` is any number that stands for one.
  struct Key {
    std::uint64_t pack = 0, offset = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // Null where it is not held.
  SharedObject find(const Key& key);
  // Forgets what was not used for longest; keeps nothing that would push out too much.
  void put(const Key& key, SharedObject object);

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const { return (key.offset + (key.pack << 48)) * 0x9e3779b97f4a7c15U >> 16; }
  };
  struct Entry {
    Key key;
    SharedObject object;
  };
  struct Shard {
    std::mutex lock;
    std::list<Entry> entries;  // used last in front
    std::unordered_map<Key, std::list<Entry>::iterator, Hash> places;
    std::size_t bytes = 0;
  };
  Shard& shard(const Key& key) { return shards_[Hash()(key) % shards_.size()]; }

  std::array<Shard, 8> shards_;
};

}  // namespace staunch
