#include "frontends/git/objects.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <mutex>

namespace staunch {

Objects::Objects(const ObjectStore& store) : store_(store), numbers_(store) {
  types_.assign(numbers_.size(), ObjectType::none);
  for (std::size_t pack = 0; pack < store_.packs().size(); ++pack) {
    forests_.emplace_back(*store_.packs()[pack]);
    const Forest& forest = forests_.back();
    for (std::uint32_t node = 0; node < forest.size(); ++node)
      types_[numbers_.number(pack, forest.node(node).object)] = forest.node(node).type;
  }
  // Loose objects, and those that their pack cannot tell of.
  std::vector<std::uint32_t> untyped;
  for (std::uint32_t i = 0; i < numbers_.size(); ++i)
    if (types_[i] == ObjectType::none && numbers_.first(i)) untyped.push_back(i);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, untyped.size(), 64), [&](const auto& range) {
    for (std::size_t i = range.begin(); i < range.end(); ++i)
      if (const auto header = store_.header(numbers_.id(untyped[i]))) types_[untyped[i]] = header->type;
  });
  for (std::uint32_t i = 0; i < numbers_.size(); ++i)
    if (numbers_.first(i)) ++counts_[static_cast<std::size_t>(types_[i])];
}

void Objects::visit(ObjectType type, Scanner& scanner, const Visitor& visitor, const Progress& progress) const {
  std::mutex mutex;
  std::vector<std::uint32_t> again;  // what a walk could not give, and the loose ones
  for (std::size_t pack = 0; pack < forests_.size(); ++pack) {
    const Forest& forest = forests_[pack];
    const auto number_of = [&](std::uint32_t node) { return numbers_.number(pack, forest.node(node).object); };
    std::vector<bool> wanted(forest.size());
    for (std::uint32_t node = 0; node < forest.size(); ++node) {
      const std::uint32_t number = number_of(node);
      wanted[node] = types_[number] == type && numbers_.first(number) && visitor.wanted(number);
    }
    WalkVisitor walk;
    walk.on_object = [&](const Rebuilt& object) {
      visitor.on_object({number_of(object.node), object.wanted, object.text, object.base, object.copies, object.known,
                         object.worker});
    };
    walk.on_stream = [&](std::uint32_t node, ByteStream& bytes) { visitor.on_stream(number_of(node), bytes); };
    walk.on_failure = [&](std::uint32_t node, const std::string&) {
      const std::lock_guard lock(mutex);
      again.push_back(number_of(node));
    };
    walk_pack(*store_.packs()[pack], forest, type, wanted, scanner, walk, progress);
  }
  for (std::uint32_t number = 0; number < numbers_.size(); ++number) {
    // What nobody can tell the type of is told once.
    const bool untyped = types_[number] == ObjectType::none && type == ObjectType::blob;
    const bool loose = number >= numbers_.first_loose() && types_[number] == type;
    if ((loose || untyped) && numbers_.first(number) && visitor.wanted(number)) again.push_back(number);
  }
  std::sort(again.begin(), again.end());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, again.size(), 1), [&](const auto& range) {
    for (std::size_t i = range.begin(); i < range.end() && progress.stop == nullptr; ++i)
      visit_alone(again[i], type, scanner, visitor);
  });
}

void Objects::visit_alone(std::uint32_t number, ObjectType type, Scanner& scanner, const Visitor& visitor) const {
  const ObjectId id = numbers_.id(number);
  const auto header = store_.header(id);
  if (header && header->type == ObjectType::blob && header->size >= kStreamedObject) {
    if (const auto bytes = store_.stream(id)) return visitor.on_stream(number, **bytes);
  }
  const auto object = store_.read(id, kMaxHeldObject);
  if (!object) return visitor.on_failure(number, object.error().what);
  if (object->type != type) return;
  Known known;
  Scanner::Lease worker = scanner.lease();
  visitor.on_object({number, true, object->bytes, nullptr, {}, known, worker});
}

}  // namespace staunch
