// The members of one JSON object, or the elements of one array, as raw bytes: how the server reads what it is asked
// without making a document of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/body/structure.h"

namespace staunch {

struct JsonMember {
  std::string name;        // empty in an array
  std::string_view value;  // raw, without white space around it
};

inline constexpr std::size_t kMaxMembers = 4096;

// none: not valid JSON, or nested too deeply, or more than kMaxMembers.
enum class JsonShape : std::uint8_t { none, object, array, scalar };

struct JsonMembers {
  JsonShape shape = JsonShape::none;
  std::vector<JsonMember> members;

  // The first value of a name; null where there is none.
  const std::string_view* find(std::string_view name) const;
  // Whoever reads the text elsewhere may take the first or the last of two members of one name.
  bool is_twice(std::string_view name) const;
};

JsonMembers json_members(std::string_view text, Structure& structure);

// What a string says; nothing where `value` is no string.
std::optional<std::string> json_string(std::string_view value);

}  // namespace staunch
