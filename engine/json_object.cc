// See json_object.h. A cursor walks the text once; nested values are skipped with a small stack of open brackets.
#include "engine/json_object.h"

#include <utility>

namespace staunch {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return value;
      if (c != '\\') {
        value.push_back(c);
        continue;
      }
      if (!escape(value)) return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<std::string> value() {
    skip_space();
    if (at_ == text_.size()) return std::nullopt;
    if (text_[at_] == '"') return string();
    const std::size_t begin = at_;
    if (text_[at_] == '{' || text_[at_] == '[') {
      if (!skip_nested()) return std::nullopt;
    } else {
      while (at_ < text_.size() && text_.substr(at_, 1).find_first_of(",}] \t\r\n\"{[:") == text_.npos) ++at_;
      if (at_ == begin) return std::nullopt;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && text_.substr(at_, 1).find_first_of(" \t\r\n") == 0) ++at_;
  }

  bool escape(std::string& value) {
    if (at_ == text_.size()) return false;
    const char c = text_[at_++];
    static constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (const std::size_t known = kNames.find(c); known != kNames.npos) {
      value.push_back(kValues[known]);
      return true;
    }
    if (c != 'u' || text_.size() - at_ < 4) return false;
    static constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
    unsigned code = 0;
    for (int i = 0; i < 4; ++i) {
      const std::size_t digit = kHexDigits.find(text_[at_++]);
      if (digit == kHexDigits.npos) return false;
      code = code * 16 + static_cast<unsigned>(digit < 16 ? digit : digit - 6);
    }
    value.push_back(code < 0x80 ? static_cast<char>(code) : '?');
    return true;
  }

  bool skip_nested() {
    std::string open;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') {
        if (open.size() == kMaxJsonDepth) return false;
        open.push_back(c == '{' ? '}' : ']');
      } else if (c == '}' || c == ']') {
        if (open.empty() || open.back() != c) return false;
        open.pop_back();
        if (open.empty()) return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::map<std::string, std::string>> read_json_object(std::string_view text) {
  Cursor cursor(text);
  std::map<std::string, std::string> fields;
  if (!cursor.take('{')) return std::nullopt;
  if (cursor.take('}')) return cursor.at_end() ? std::optional(fields) : std::nullopt;
  do {
    std::optional<std::string> name = cursor.string();
    if (!name || !cursor.take(':')) return std::nullopt;
    std::optional<std::string> value = cursor.value();
    if (!value) return std::nullopt;
    fields.emplace(std::move(*name), std::move(*value));
  } while (cursor.take(','));
  if (!cursor.take('}') || !cursor.at_end()) return std::nullopt;
  return fields;
}

}  // namespace staunch
