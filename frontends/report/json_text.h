// JSON written by hand: strings that are always valid, and a writer that keeps the commas right.
//
// Output is valid JSON in valid UTF-8 whatever the input bytes are: each invalid byte becomes U+FFFD, control
// characters and those that terminals obey or hide (utf8.h) become \u escapes. Whoever needs the raw bytes
// of a text that is not UTF-8 writes them beside it in base64.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

// `text` in quotes, appended.
void append_json_string(std::string& out, std::string_view text);

// RFC 4648, with padding.
std::string base64(std::string_view bytes);

// Appends to `out`, which must outlive it. Calls follow the structure; a member is key() and then a value, or one of
// the calls that take a key. `indent` spaces a level, 0 for all on one line.
class JsonText {
 public:
  explicit JsonText(std::string& out, int indent = 0) : out_(out), indent_(indent) {}

  void key(std::string_view name);
  void open(char bracket);  // '{' or '['
  void close();
  void text(std::string_view value);
  void number(std::uint64_t value);
  void real(double value);  // shortest form that reads back the same; never NaN or infinity
  void real(float value);
  void flag(bool value);

  void open(std::string_view name, char bracket) { key(name), open(bracket); }
  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void number(std::string_view name, std::uint64_t value) { key(name), number(value); }
  void real(std::string_view name, double value) { key(name), real(value); }
  void real(std::string_view name, float value) { key(name), real(value); }
  void flag(std::string_view name, bool value) { key(name), flag(value); }

 private:
  void before_value();
  void new_line();

  struct Level {
    char closing = 0;
    bool empty = true;
  };
  std::string& out_;
  int indent_;
  bool after_key_ = false;
  std::vector<Level> levels_;
};

}  // namespace staunch
