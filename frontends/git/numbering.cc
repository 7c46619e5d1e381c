#include "frontends/git/numbering.h"

#include <algorithm>
#include <cstring>

namespace staunch {

Numbering::Numbering(const ObjectStore& store) : store_(store), loose_(store.loose()) {
  for (const Pack* pack : store.packs()) {
    begins_.push_back(first_loose_);
    first_loose_ += pack->index().size();
  }
  if (begins_.size() + (loose_.empty() ? 0 : 1) > 1) mark_repeated();
}

ObjectId Numbering::id(std::uint32_t number) const {
  if (number >= first_loose_) return loose_[number - first_loose_].id;
  const auto behind = std::upper_bound(begins_.begin(), begins_.end(), number);
  const auto pack = static_cast<std::size_t>(behind - begins_.begin()) - 1;
  return ObjectId(store_.packs()[pack]->index().id(number - begins_[pack]));
}

std::uint32_t Numbering::find(std::string_view raw_id) const {
  for (std::size_t pack = 0; pack < begins_.size(); ++pack)
    if (const auto object = store_.packs()[pack]->index().find(raw_id)) return begins_[pack] + *object;
  const auto comes_before = [](const ObjectStore::Loose& each, std::string_view raw) { return each.id.raw() < raw; };
  const auto found = std::lower_bound(loose_.begin(), loose_.end(), raw_id, comes_before);
  if (found == loose_.end() || found->id.raw() != raw_id) return kNone;
  return first_loose_ + static_cast<std::uint32_t>(found - loose_.begin());
}

// Most repositories have one large pack; of several the first is looked at first.
void Numbering::prepare(std::string_view raw_id, int step) const {
  if (!store_.packs().empty()) store_.packs().front()->index().prepare(raw_id, step);
}

// Objects with the same first eight bytes are neighbours once these are sorted; few are, unless they are the same.
void Numbering::mark_repeated() {
  struct Key {
    std::uint64_t prefix;
    std::uint32_t number;
  };
  std::vector<Key> keys(size());
  const auto add = [&](std::uint32_t number, std::string_view raw) {
    keys[number].number = number;
    std::memcpy(&keys[number].prefix, raw.data(), sizeof(std::uint64_t));
  };
  for (std::size_t pack = 0; pack < begins_.size(); ++pack)
    for (std::uint32_t i = 0; i < store_.packs()[pack]->index().size(); ++i)
      add(begins_[pack] + i, store_.packs()[pack]->index().id(i));
  for (std::uint32_t i = 0; i < loose_.size(); ++i) add(first_loose_ + i, loose_[i].id.raw());
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.number < b.number;
  });
  repeated_.assign(size(), false);
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (keys[i].prefix == keys[i - 1].prefix && find(id(keys[i].number).raw()) != keys[i].number)
      repeated_[keys[i].number] = true;
}

}  // namespace staunch
