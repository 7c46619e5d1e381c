// Where the copies of an object lie: in packs, also in those that come while others are read, and loose in folders.
//
// Safe to ask from several threads. Packs stay open, and shelves where they are, for as long as this object lives. What
// cannot be used is a note; of packs that came later, what they hold is said to be missing.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/object_id.h"
#include "frontends/git/pack.h"

namespace staunch {

// A pack to look things up in.
struct Shelf {
  Shelf(const Pack& which, std::uint64_t its_number) : pack(&which), number(its_number) {}

  const PackPlaces& places() const {
    std::call_once(once_, [&] { places_ = pack->index().places(); });
    return places_;
  }

  const Pack* pack;
  std::uint64_t number;

 private:
  mutable std::once_flag once_;
  mutable PackPlaces places_;
};

// A copy of an object: in a pack, or (shelf is null) loose in a folder.
struct Copied {
  const Shelf* shelf = nullptr;
  std::uint32_t object = 0;  // in the pack
  std::uint32_t folder = 0;
  ObjectId id;  // of a loose one
};

// All that there is, wherever git moved it while it was listed. Objects may lie in several places.
struct Stock {
  std::vector<const Pack*> packs;  // ordered by path within a folder, but for those that came meanwhile
  std::vector<Copied> loose;
  std::vector<Note> notes;  // packs, indexes, folders that cannot be used
};

class Shelves {
 public:
  // `folders` are those of objects, alternates included.
  Shelves(std::vector<std::string> folders, std::size_t id_bytes, std::vector<Note> notes)
      : folders_(std::move(folders)), id_bytes_(id_bytes), notes_(std::move(notes)) {}

  const std::vector<std::string>& folders() const { return folders_; }
  std::size_t id_bytes() const { return id_bytes_; }
  // Taken at the first call; what came later is not in it.
  const Stock& stock();

  // Gives `use` one copy after another until it says that it has what it wants; whether it did.
  bool each_copy(const ObjectId& id, const std::function<bool(const Copied&)>& use);
  std::optional<Copied> locate(const ObjectId& id);

 private:
  using Use = std::function<bool(const Copied&)>;
  void need_packs();
  void open_packs(const std::string& folder);
  void take_stock();
  bool look_again();  // whether packs came or went
  bool use_loose(const ObjectId& id, const Use& use) const;

  const std::vector<std::string> folders_;
  const std::size_t id_bytes_;
  Stock stock_;
  std::once_flag stock_once_;
  std::vector<Note> notes_;
  std::vector<Pack> packs_;
  std::deque<Shelf> shelves_;
  // Reading all indexes takes longer than a look at one loose object: packs are opened when something is not loose.
  std::once_flag packs_once_;
  std::atomic<bool> packs_open_ = false;

  // Packs that came while the store was in use.
  std::shared_mutex late_lock_;
  std::deque<Pack> late_packs_;
  std::deque<Shelf> late_shelves_;
  std::set<std::string> known_;                                 // paths of packs, also of those that cannot be used
  std::vector<std::pair<std::int64_t, std::int64_t>> changed_;  // a folder each
};

}  // namespace staunch
