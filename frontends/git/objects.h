// Every object of a repository once, wherever it lies: the walk over its packs, then its loose objects, then a second
// try at those that a pack could not give.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/scan.h"
#include "frontends/git/numbering.h"
#include "frontends/git/object_store.h"
#include "frontends/git/walk.h"

namespace staunch {

class Objects {
 public:
  // Reads the headers of all objects. `store` outlives it.
  explicit Objects(const ObjectStore& store);

  const ObjectStore& store() const { return store_; }
  const Numbering& numbers() const { return numbers_; }
  ObjectType type(std::uint32_t number) const { return types_[number]; }
  std::uint64_t count(ObjectType type) const { return counts_[static_cast<std::size_t>(type)]; }

  struct Visitor {
    // As WalkVisitor has them, by number; on_object's `node` is the number, too. All from several threads.
    std::function<void(const Rebuilt&)> on_object;
    std::function<void(std::uint32_t number, ByteStream& bytes)> on_stream;
    std::function<void(std::uint32_t number, std::string why)> on_failure;
    // Which to visit; asked once for each object of the type.
    std::function<bool(std::uint32_t number)> wanted;
  };
  void visit(ObjectType type, Scanner& scanner, const Visitor& visitor, const Progress& progress) const;

 private:
  void visit_alone(std::uint32_t number, ObjectType type, Scanner& scanner, const Visitor& visitor) const;

  const ObjectStore& store_;
  Numbering numbers_;
  std::vector<Forest> forests_;
  std::vector<ObjectType> types_;
  std::uint64_t counts_[5] = {};
};

}  // namespace staunch
