// The outermost fields of one JSON object, for tokens that carry JSON inside.
//
// This is no JSON library: it answers "is this an object, and what are its own strings and numbers". Numbers, words
// and escapes other than the simple ones are not examined further than their extent. No recursion; nesting deeper
// than kMaxJsonDepth and anything after the object but white space are refusals. Source: RFC 8259.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace staunch {

inline constexpr std::size_t kMaxJsonDepth = 32;

// Field name to value: strings unescaped (\uXXXX above ASCII becomes '?'), numbers and words as written, objects and
// arrays as their raw text. Of two fields with one name the first counts. Nothing where `text` is not one object.
std::optional<std::map<std::string, std::string>> read_json_object(std::string_view text);

}  // namespace staunch
