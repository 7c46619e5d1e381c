// JSON read field by field, for the readers of reports: all of it is hostile.
//
// What is missing or of another type is noted once, in `mistake`, and read as empty, so that a reader takes what it
// wants and looks for mistakes at the end. For the readers alone: no other file includes this or nlohmann's header.
#pragma once

#include <fmt/format.h>

#define JSON_NOEXCEPTION 1
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/codings.h"
#include "engine/finding.h"
#include "engine/result.h"

namespace staunch {

using Json = nlohmann::json;

// Whether brackets are nested more than `limit` deep.
inline bool too_deep(std::string_view line, std::size_t limit) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string && c == '\\') ++i;
    else if (c == '"') in_string = !in_string;
    else if (in_string) continue;
    else if ((c == '[' || c == '{') && ++depth > limit) return true;
    else if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return false;
}

// The members of one JSON object.
class Members {
 public:
  Members(const Json& object, std::string& mistake) : object_(object), mistake_(mistake) {}

  bool has(const char* key) const { return object_.contains(key); }
  // There and not null.
  bool tells(const char* key) const {
    const auto member = object_.find(key);
    return member != object_.end() && !member->is_null();
  }
  // Empty where it is not told.
  std::string text_if(const char* key) const { return tells(key) ? text(key) : ""; }
  std::uint64_t number_if(const char* key) const { return tells(key) ? number(key) : 0; }
  Members within_if(const char* key) const { return tells(key) ? within(key) : Members(nothing(), mistake_); }
  // Its first member that is an object; this one where there is none.
  Members first_within() const {
    for (const Json& member : object_)
      if (member.is_object()) return Members(member, mistake_);
    return *this;
  }
  const std::string& mistake() const { return mistake_; }

  std::string text(const char* key) const {
    const Json* value = find(key);
    return value == nullptr ? "" : text_of(key, *value);
  }

  std::uint64_t number(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned()) return wrong(key, "a whole number"), 0;
    return value->get<std::uint64_t>();
  }

  double real(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) return 0;
    if (!value->is_number() || !(value->get<double>() >= 0)) return wrong(key, "a number"), 0;
    return value->get<double>();
  }

  bool flag(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return wrong(key, "true or false"), false;
    return value->get<bool>();
  }

  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> all;
    for (const Json& value : list(key)) all.push_back(text_of(key, value));
    return all;
  }

  template <typename Take>
  void each_if(const char* key, const Take& take) const {
    if (tells(key)) each(key, take);
  }

  // Calls take(const Members&) for each object of a list.
  template <typename Take>
  void each(const char* key, const Take& take) const {
    for (const Json& value : list(key)) take(Members(value.is_object() ? value : nothing(), mistake_));
  }

  std::vector<Note> notes(const char* key) const {
    std::vector<Note> all;
    each(key, [&](const Members& note) { all.push_back({note.bytes("what", "what_bytes"), note.text("why")}); });
    return all;
  }

  std::map<std::string, std::string> dictionary(const char* key) const {
    const Members members = within(key);
    std::map<std::string, std::string> all;
    for (auto each = members.object_.begin(); each != members.object_.end(); ++each)
      all.emplace(each.key(), text_of(key, *each));
    return all;
  }

  // What stands in an object within; its mistakes are this one's.
  Members within(const char* key) const {
    const Json* value = find(key);
    if (value != nullptr && !value->is_object()) wrong(key, "an object");
    return Members(value != nullptr && value->is_object() ? *value : nothing(), mistake_);
  }

  // The bytes that stand in base64 beside a text which is not UTF-8, else the text.
  std::string bytes(const char* key, const char* coded) const {
    if (!has(coded)) return text(key);
    const auto decoded = decode_base64(text(coded));
    if (!decoded) wrong(coded, "base64");
    return decoded.value_or("");
  }

  // One of the words of an enumeration.
  template <typename T>
  T word(const char* key, std::optional<T> (*read)(std::string_view)) const {
    const std::string word = text(key);
    const std::optional<T> value = read(word);
    if (!value) note(fmt::format("\"{}\" cannot be \"{}\"", key, word));
    return value.value_or(T{});
  }

  void wrong(const char* key, std::string_view wanted) const { note(fmt::format("\"{}\" should be {}", key, wanted)); }

 private:
  void note(std::string text) const {
    if (mistake_.empty()) mistake_ = std::move(text);
  }

  const Json* find(const char* key) const {
    const auto member = object_.find(key);
    if (member != object_.end()) return &*member;
    note(fmt::format("there is no \"{}\"", key));
    return nullptr;
  }

  static const Json& nothing() {
    static const Json kNothing = Json::object();
    return kNothing;
  }

  const Json& list(const char* key) const {
    static const Json kNone = Json::array();
    const Json* value = find(key);
    if (value == nullptr) return kNone;
    return value->is_array() ? *value : (wrong(key, "a list"), kNone);
  }

  std::string text_of(const char* key, const Json& value) const {
    const std::string* text = value.get_ptr<const std::string*>();
    if (text == nullptr) wrong(key, "text");
    return text == nullptr ? "" : *text;
  }

  const Json& object_;
  std::string& mistake_;
};

// A whole text; what is wrong with it is told with line and column.
Result<Json> parse_whole(std::string_view text, const std::string& name);

}  // namespace staunch
