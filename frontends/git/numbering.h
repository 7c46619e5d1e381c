// A number for every object of a repository, so that four bytes stand for an id.
//
// The objects of the packs come first, pack by pack in the order of their ids, then the loose ones. An object that lies
// in several places has several numbers; find() gives the first, and only that one is `first`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "frontends/git/object_store.h"

namespace staunch {

class Numbering {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // Lists the loose objects. `store` outlives it.
  explicit Numbering(const ObjectStore& store);

  std::uint32_t size() const { return first_loose_ + static_cast<std::uint32_t>(loose_.size()); }
  std::uint32_t number(std::size_t pack, std::uint32_t object) const { return begins_[pack] + object; }
  std::uint32_t first_loose() const { return first_loose_; }
  const std::vector<ObjectStore::Loose>& loose() const { return loose_; }

  ObjectId id(std::uint32_t number) const;
  std::uint32_t find(std::string_view raw_id) const;      // kNone: not here
  void prepare(std::string_view raw_id, int step) const;  // PackIndex::prepare()
  bool first(std::uint32_t number) const { return repeated_.empty() || !repeated_[number]; }

 private:
  void mark_repeated();

  const ObjectStore& store_;
  std::vector<std::uint32_t> begins_;  // by pack
  std::uint32_t first_loose_ = 0;
  std::vector<ObjectStore::Loose> loose_;
  std::vector<bool> repeated_;
};

}  // namespace staunch
