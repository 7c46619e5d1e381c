// All objects of a repository: its packs, its loose objects, and those of its alternates.
//
// Thread-safe once opened. What is broken is told (notes), and the rest is there. gitrepository-layout(5),
// gitformat-pack(5).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/result.h"
#include "frontends/git/object_id.h"
#include "frontends/git/pack.h"

namespace staunch {

struct Object {
  ObjectType type = ObjectType::none;
  std::string bytes;
};

class ObjectStore {
 public:
  // `folders` are object directories ("…/.git/objects"); their info/alternates are followed (relative to the folder
  // that names them), each folder once, to a depth of 5 as git does. A folder that is missing is a note.
  static ObjectStore open(const std::vector<std::string>& folders, std::size_t id_bytes);
  ObjectStore(ObjectStore&&) noexcept;
  ~ObjectStore();

  std::size_t id_bytes() const;
  const std::vector<std::string>& folders() const;  // all of them, alternates included
  // With loose(): all that is there when one of the three is asked for first, whatever git moves meanwhile.
  const std::vector<const Pack*>& packs() const;  // ordered by path within a folder, but for those that came meanwhile
  const std::vector<Note>& notes() const;         // packs, indexes, folders that cannot be used

  // Objects of at most `max_bytes` are returned whole. Errors: "missing", "corrupt: …", "larger than …"; `where` is the
  // id in hex. A delta chain is followed over packs and loose objects; a loop is an error.
  Result<Object> read(const ObjectId& id, std::uint64_t max_bytes) const;
  bool has(const ObjectId& id) const;

  // Type and size without the bytes (for a delta: its base's type, its own result's size).
  struct Header {
    ObjectType type = ObjectType::none;
    std::uint64_t size = 0;
  };
  Result<Header> header(const ObjectId& id) const;

  // The loose objects, each once, ordered by id.
  struct Loose {
    ObjectId id;
    std::uint32_t folder = 0;  // index into folders()
  };
  std::vector<Loose> loose() const;
  // The bytes of one, as a stream behind its header; for objects that are too large for read().
  Result<std::unique_ptr<ByteStream>> stream(const ObjectId& id) const;

 private:
  struct State;
  explicit ObjectStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace staunch
