#include "hooks/respond/bson.h"

#include <bit>

#include "engine/checksums.h"

namespace staunch {
namespace {

constexpr char kDouble = 0x01, kString = 0x02, kDocument = 0x03, kArray = 0x04, kBinary = 0x05, kBool = 0x08,
               kInt32 = 0x10, kInt64 = 0x12;

// Bytes that a value of this type takes at the beginning of `rest`; more than there are where it is cut or unknown.
std::size_t size_of(char type, std::string_view rest) {
  const std::size_t length = rest.size() >= 4 ? read_little_endian(rest) : std::string_view::npos;
  switch (type) {
    case 0x0a: return 0;  // null
    case kBool: return 1;
    case kInt32: return 4;
    case kDouble:
    case kInt64:
    case 0x09:
    case 0x11: return 8;   // and dates, timestamps
    case 0x07: return 12;  // object ids
    case 0x13: return 16;  // decimals
    case kDocument:
    case kArray: return length >= 5 ? length : std::string_view::npos;
    case kString: return length >= 1 && length <= rest.size() ? 4 + length : std::string_view::npos;
    case kBinary: return length <= rest.size() ? 5 + length : std::string_view::npos;
    default: return std::string_view::npos;
  }
}

}  // namespace

std::uint32_t read_little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void BsonWriter::begin(char type, std::string_view name) {
  elements_ += type;
  elements_ += name;
  elements_ += '\0';
}

void BsonWriter::integer(std::string_view name, std::int32_t value) {
  begin(kInt32, name);
  elements_ += little_endian(static_cast<std::uint32_t>(value));
}

void BsonWriter::yes(std::string_view name) {
  begin(kBool, name);
  elements_ += '\1';
}

void BsonWriter::text(std::string_view name, std::string_view value) {
  begin(kString, name);
  elements_ += little_endian(static_cast<std::uint32_t>(value.size() + 1));
  elements_ += value;
  elements_ += '\0';
}

void BsonWriter::bytes(std::string_view name, std::string_view value) {
  begin(kBinary, name);
  elements_ += little_endian(static_cast<std::uint32_t>(value.size()));
  elements_ += '\0';  // generic
  elements_ += value;
}

void BsonWriter::document(std::string_view name, const BsonWriter& value) {
  begin(kDocument, name);
  elements_ += value.done();
}

std::string BsonWriter::done() const {
  return little_endian(static_cast<std::uint32_t>(elements_.size() + 5)) + elements_ + '\0';
}

std::optional<double> BsonValue::number() const {
  if (type == kInt32) return static_cast<std::int32_t>(read_little_endian(raw));
  if (type != kInt64 && type != kDouble) return std::nullopt;
  const std::uint64_t bits = std::uint64_t{read_little_endian(raw.substr(4))} << 32 | read_little_endian(raw);
  return type == kDouble ? std::bit_cast<double>(bits) : static_cast<double>(static_cast<std::int64_t>(bits));
}

std::string_view BsonValue::text() const {
  return type == kString ? raw.substr(4, raw.size() - 5) : std::string_view();
}

std::string_view BsonValue::bytes() const { return type == kBinary ? raw.substr(5) : std::string_view(); }

std::optional<BsonValues> read_bson(std::string_view document) {
  if (document.size() < 5 || read_little_endian(document) != document.size() || document.back() != '\0')
    return std::nullopt;
  BsonValues values;
  for (std::string_view rest = document.substr(4, document.size() - 5); !rest.empty();) {
    const char type = rest[0];
    const std::size_t end = rest.find('\0', 1);
    if (end == rest.npos) return std::nullopt;
    const std::string_view name = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    const std::size_t size = size_of(type, rest);
    if (size > rest.size()) return std::nullopt;
    values.try_emplace(name, BsonValue{type, rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  return values;
}

}  // namespace staunch
