// The name of a git object, in either of the two hashes that repositories use.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace staunch {

// As pack entries and loose headers say it; the numbers are those of gitformat-pack(5).
enum class ObjectType : std::uint8_t { none = 0, commit = 1, tree = 2, blob = 3, tag = 4 };

const char* type_name(ObjectType type);
ObjectType type_from_name(std::string_view name);  // none where there is no such type

inline constexpr std::size_t kSha1Bytes = 20, kSha256Bytes = 32;

class ObjectId {
 public:
  ObjectId() = default;
  // `raw` is 20 or 32 bytes; anything else gives the id of nothing.
  explicit ObjectId(std::string_view raw) {
    if (raw.size() != kSha1Bytes && raw.size() != kSha256Bytes) return;
    size_ = static_cast<std::uint8_t>(raw.size());
    std::memcpy(bytes_.data(), raw.data(), raw.size());
  }
  // 40 or 64 hex digits, of either case.
  static std::optional<ObjectId> from_hex(std::string_view hex);

  std::string hex() const;
  std::string_view raw() const { return {bytes_.data(), size_}; }
  // False for the id of nothing, and for the one of zeros that git uses in its place.
  explicit operator bool() const {
    return std::any_of(bytes_.begin(), bytes_.end(), [](char c) { return c != 0; });
  }
  friend auto operator<=>(const ObjectId& a, const ObjectId& b) {
    const int order = std::memcmp(a.bytes_.data(), b.bytes_.data(), kSha256Bytes);
    return order == 0 ? a.size_ <=> b.size_ : order <=> 0;
  }
  friend bool operator==(const ObjectId& a, const ObjectId& b) { return (a <=> b) == 0; }

  // Ids are hashes: their first bytes are one of them.
  std::size_t hash() const {
    std::size_t value = 0;
    std::memcpy(&value, bytes_.data(), sizeof value);
    return value;
  }

 private:
  std::array<char, kSha256Bytes> bytes_{};
  std::uint8_t size_ = 0;
};

struct ObjectIdHash {
  std::size_t operator()(const ObjectId& id) const { return id.hash(); }
};

}  // namespace staunch
