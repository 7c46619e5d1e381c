#include "frontends/git/known_blobs.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace staunch {
namespace {

constexpr std::string_view kMagic = "staunch clean 1\n";
constexpr std::size_t kKeyBytes = sizeof(ShortKey), kNumber = sizeof(std::uint64_t);
constexpr std::size_t kHead = kMagic.size() + kKeyBytes + kNumber;
constexpr std::size_t kMaxFile = 1u << 30;

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void add_number(std::string& bytes, std::uint64_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string head_of(const ShortKey& key) {
  std::string head(kMagic);
  head.append(reinterpret_cast<const char*>(key.data()), key.size());
  add_number(head, short_hash(head, key));
  return head;
}

}  // namespace

const std::uint64_t* KnownBlobs::clean(const ObjectId& id) const {
  const std::uint64_t hash = short_hash(id.raw(), key_);
  const auto found = std::lower_bound(clean_.begin(), clean_.end(), hash,
                                      [](const Clean& each, std::uint64_t wanted) { return each.hash < wanted; });
  return found != clean_.end() && found->hash == hash ? &found->bytes : nullptr;
}

const KnownBlobs::Hit* KnownBlobs::hit(const ObjectId& id) const {
  const auto found = hits_.find(id);
  return found == hits_.end() ? nullptr : &found->second;
}

void KnownBlobs::settle() {
  const auto by_hash = [](const Clean& a, const Clean& b) { return a.hash < b.hash; };
  std::sort(fresh_.begin(), fresh_.end(), by_hash);
  unsaved_.insert(unsaved_.end(), fresh_.begin(), fresh_.end());
  const auto before = static_cast<std::ptrdiff_t>(clean_.size());
  clean_.insert(clean_.end(), fresh_.begin(), fresh_.end());
  std::vector<Clean>().swap(fresh_);
  std::inplace_merge(clean_.begin(), clean_.begin() + before, clean_.end(), by_hash);
  clean_.erase(
      std::unique(clean_.begin(), clean_.end(), [](const Clean& a, const Clean& b) { return a.hash == b.hash; }),
      clean_.end());
}

// How many bytes of the file are whole; with `take` its key and blobs are ours.
std::size_t KnownBlobs::read(std::string_view file, bool take) {
  if (file.size() < kHead || !file.starts_with(kMagic)) return 0;
  ShortKey key;
  std::memcpy(key.data(), file.data() + kMagic.size(), key.size());
  if (file.substr(0, kHead) != head_of(key)) return 0;
  if (take) key_ = key;
  else if (key != key_) return 0;
  std::size_t at = kHead;
  while (file.size() - at >= 2 * kNumber) {
    const std::uint64_t count = number_at(file, at);
    if (count > (file.size() - at - 2 * kNumber) / sizeof(Clean)) break;
    const std::size_t bytes = kNumber + count * sizeof(Clean);
    if (short_hash(file.substr(at, bytes), key) != number_at(file, at + bytes)) break;
    if (take) {
      const std::size_t before = fresh_.size();
      fresh_.resize(before + count);
      if (count > 0) std::memcpy(fresh_.data() + before, file.data() + at + kNumber, count * sizeof(Clean));
    }
    at += bytes + kNumber;
  }
  return at;
}

Status KnownBlobs::load(const CacheFolder& folder, const std::string& name) {
  const CacheFolder::Lock lock(folder);
  const auto file = folder.read(name, kMaxFile);
  if (!file || read(*file, true) == 0) return folder.replace(lock, name, {head_of(key_)});
  folder.touch(name);
  settle();
  unsaved_.clear();
  return Done{};
}

Status KnownBlobs::save(const CacheFolder& folder, const std::string& name) {
  if (unsaved_.empty()) return Done{};
  std::string block;
  add_number(block, unsaved_.size());
  block.append(reinterpret_cast<const char*>(unsaved_.data()), unsaved_.size() * sizeof(Clean));
  add_number(block, short_hash(block, key_));
  const CacheFolder::Lock lock(folder);
  const auto file = folder.read(name, kMaxFile - std::min(block.size(), kMaxFile));
  if (!file) return file.error();
  const std::size_t whole = read(*file, false);
  if (whole == 0) return Error{"it is not the file that was there before", name};
  Status saved = folder.append(lock, name, whole, block);
  if (saved) std::vector<Clean>().swap(unsaved_);
  return saved;
}

}  // namespace staunch
