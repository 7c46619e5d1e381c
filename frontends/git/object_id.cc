#include "frontends/git/object_id.h"

namespace staunch {
namespace {

constexpr std::string_view kNames[] = {"", "commit", "tree", "blob", "tag"};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

const char* type_name(ObjectType type) { return kNames[static_cast<std::size_t>(type)].data(); }

ObjectType type_from_name(std::string_view name) {
  for (std::size_t i = 1; i < std::size(kNames); ++i)
    if (kNames[i] == name) return static_cast<ObjectType>(i);
  return ObjectType::none;
}

std::optional<ObjectId> ObjectId::from_hex(std::string_view hex) {
  if (hex.size() != 2 * kSha1Bytes && hex.size() != 2 * kSha256Bytes) return std::nullopt;
  char raw[kSha256Bytes];
  for (std::size_t i = 0; i < hex.size() / 2; ++i) {
    const int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    raw[i] = static_cast<char>(high << 4 | low);
  }
  return ObjectId(std::string_view(raw, hex.size() / 2));
}

std::string ObjectId::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * static_cast<std::size_t>(size_));
  for (char c : raw()) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

}  // namespace staunch
