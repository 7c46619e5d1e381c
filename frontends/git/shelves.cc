// What git moves meanwhile is found again: before an object is called missing the folders are looked through once more.
#include "frontends/git/shelves.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>

#include "frontends/git/descriptor.h"
#include "frontends/git/loose.h"

namespace staunch {
namespace {

// Paths of packs (`ending` is ".pack"), or of their indexes.
std::vector<std::string> list_packs(const std::string& folder, std::string_view ending = ".pack") {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder + "/pack", error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(ending) && !name.starts_with(".") && !name.starts_with("tmp_"))
      paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// When the list of packs changed last; git never writes into a pack that has its name.
std::pair<std::int64_t, std::int64_t> changed_last(const std::string& folder) {
  struct stat info;
  if (::stat((folder + "/pack").c_str(), &info) != 0) return {0, 0};
  return {info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

// Whether another change may have left the time as it was: filesystems keep it in steps of up to two seconds.
bool is_recent(const std::pair<std::int64_t, std::int64_t>& changed) {
  constexpr std::int64_t kRecent = 3;
  return changed.first > std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - kRecent;
}

// git makes a pack before its index, and removes one right before the other (up to 2.42 the pack, the index since):
// what stands alone is given a moment.
constexpr int kLooks = 20;
constexpr std::chrono::milliseconds kMoment{10};

std::string with_ending(const std::string& path, std::string_view ending) {
  return path.substr(0, path.rfind('.')).append(ending);
}

// Whether an index has no pack.
bool stands_alone(const std::string& index) {
  const std::string pack = with_ending(index, ".pack");
  for (int look = 0; look < kLooks; ++look) {
    if (!missing_file(pack) || missing_file(index)) return false;
    std::this_thread::sleep_for(kMoment);
  }
  return true;
}

// Nothing where the pack went meanwhile.
std::optional<Result<Pack>> open_unless_gone(const std::string& path, std::size_t id_bytes) {
  const auto is_whole = [&] { return !missing_file(path) && !missing_file(with_ending(path, ".idx")); };
  for (int look = 0;; ++look) {
    const bool was_whole = is_whole();
    Result<Pack> pack = Pack::open(path, id_bytes);
    if (pack || (was_whole && is_whole()) || look == kLooks) return pack;
    if (missing_file(path)) return std::nullopt;
    std::this_thread::sleep_for(kMoment);
  }
}

bool use_shelf(const Shelf& shelf, const ObjectId& id, const std::function<bool(const Copied&)>& use) {
  const auto object = shelf.pack->index().find(id.raw());
  return object && use(Copied{&shelf, *object, 0, {}});
}

}  // namespace

const Stock& Shelves::stock() {
  std::call_once(stock_once_, [&] {
    need_packs();
    take_stock();
  });
  return stock_;
}

// What git moves meanwhile is in a file before it leaves a pack, and in a pack before it leaves a file: files that are
// listed while no pack comes or goes are, with the packs, all there is.
void Shelves::take_stock() {
  constexpr int kRounds = 100;
  int round = 0;
  do {
    stock_.loose.clear();
    for (std::uint32_t i = 0; i < folders_.size(); ++i)
      for (const ObjectId& id : list_loose(folders_[i], id_bytes_)) stock_.loose.push_back({nullptr, 0, i, id});
  } while (look_again() && ++round < kRounds);
  stock_.notes = notes_;
  if (round == kRounds) stock_.notes.push_back({folders_.front(), "its packs come and go faster than they are listed"});
  for (const Pack& pack : packs_) stock_.packs.push_back(&pack);
  const std::shared_lock hold(late_lock_);
  for (const Pack& pack : late_packs_) stock_.packs.push_back(&pack);
}

void Shelves::need_packs() {
  std::call_once(packs_once_, [&] {
    for (const std::string& folder : folders_) {
      changed_.push_back(changed_last(folder));
      open_packs(folder);
    }
    for (const Pack& pack : packs_) shelves_.emplace_back(pack, shelves_.size());
    packs_open_ = true;
  });
}

void Shelves::open_packs(const std::string& folder) {
  for (const std::string& path : list_packs(folder)) {
    std::optional<Result<Pack>> pack = open_unless_gone(path, id_bytes_);
    if (!pack) continue;  // replaced by one that will be found
    known_.insert(path);
    if (!*pack) {
      notes_.push_back({pack->error().where, pack->error().what});
      continue;
    }
    if (!(*pack)->doubt().empty()) notes_.push_back({path, (*pack)->doubt()});
    packs_.push_back(**std::move(pack));
  }
  for (const std::string& path : list_packs(folder, ".idx"))
    if (stands_alone(path)) notes_.push_back({path, "the pack that it is of is missing"});
}

bool Shelves::look_again() {
  const std::unique_lock hold(late_lock_);
  bool changed = false;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    const auto now = changed_last(folders_[i]);
    if (now == changed_[i] && !is_recent(now)) continue;
    changed |= now != changed_[i];
    changed_[i] = now;
    for (const std::string& path : list_packs(folders_[i])) {
      if (!known_.insert(path).second) continue;
      changed = true;
      Result<Pack> pack = Pack::open(path, id_bytes_);
      if (!pack) {
        changed_[i] = {};  // its index may come later
        known_.erase(path);
        continue;
      }
      late_packs_.push_back(*std::move(pack));
      late_shelves_.emplace_back(late_packs_.back(), shelves_.size() + late_shelves_.size());
    }
  }
  return changed;
}

bool Shelves::use_loose(const ObjectId& id, const Use& use) const {
  for (std::uint32_t i = 0; i < folders_.size(); ++i)
    if (!missing_file(loose_path(folders_[i], id)) && use(Copied{nullptr, 0, i, id})) return true;
  return false;
}

bool Shelves::each_copy(const ObjectId& id, const Use& use) {
  if (id.raw().size() != id_bytes_) return false;
  if (!packs_open_ && use_loose(id, use)) return true;
  need_packs();
  for (const Shelf& shelf : shelves_)
    if (use_shelf(shelf, id, use)) return true;
  if (use_loose(id, use)) return true;

  look_again();
  // Shelves stay where they are while others are added; `use` may come here again, so the lock is not held for it.
  std::vector<const Shelf*> late;
  {
    const std::shared_lock hold(late_lock_);
    for (const Shelf& shelf : late_shelves_) late.push_back(&shelf);
  }
  for (const Shelf* shelf : late)
    if (use_shelf(*shelf, id, use)) return true;
  // It may have been unpacked.
  return use_loose(id, use);
}

std::optional<Copied> Shelves::locate(const ObjectId& id) {
  std::optional<Copied> found;
  each_copy(id, [&](const Copied& at) {
    found = at;
    return true;
  });
  return found;
}

}  // namespace staunch
