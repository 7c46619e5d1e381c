// Answers and state as JSON trees: nlohmann without exceptions, behind the few calls that this room needs.
//
// Texts are hostile: at most kMaxJsonDepth brackets deep, and whoever reads bounds their size.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#define JSON_NOEXCEPTION 1
#include <nlohmann/json.hpp>

namespace staunch {

using Json = nlohmann::json;

inline constexpr std::size_t kMaxJsonDepth = 64;

// Nothing where the text is not JSON, or nested too deep.
std::optional<Json> parse_json(std::string_view text);

// The value at an RFC 6901 pointer ("" is the whole); null where there is none.
const Json* find_at(const Json& json, std::string_view pointer);

// That value as text: strings as they are, numbers and booleans as JSON writes them, lists of those with commas.
// Empty where there is none, or where it is an object.
std::string text_at(const Json& json, std::string_view pointer);

// That value as a whole number; 0 where it is none.
std::uint64_t number_at(const Json& json, std::string_view pointer);

// The list at a pointer; an empty one where there is none.
const Json& array_at(const Json& json, std::string_view pointer);

// On one line, each byte that is not UTF-8 replaced.
std::string to_line(const Json& json);

}  // namespace staunch
