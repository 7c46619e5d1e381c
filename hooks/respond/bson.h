// The little of BSON that a login needs: documents of a few kinds of values are written, and the values of a document,
// hostile or not, are found by their names.
//
// Source: https://bsonspec.org/spec.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace staunch {

class BsonWriter {
 public:
  void integer(std::string_view name, std::int32_t value);
  void yes(std::string_view name);
  void text(std::string_view name, std::string_view value);
  void bytes(std::string_view name, std::string_view value);
  void document(std::string_view name, const BsonWriter& value);
  std::string done() const;

 private:
  void begin(char type, std::string_view name);
  std::string elements_;
};

struct BsonValue {
  char type = 0;
  std::string_view raw;                  // into the document
  std::optional<double> number() const;  // of a double, int32 or int64
  std::string_view text() const;         // of a string; empty where it is none
  std::string_view bytes() const;        // of a binary
};
using BsonValues = std::map<std::string_view, BsonValue>;

// Its values; nothing where it is no whole document, or holds a type that no answer to a login has. A view into it.
std::optional<BsonValues> read_bson(std::string_view document);

std::uint32_t read_little_endian(std::string_view bytes);  // four of them

}  // namespace staunch
