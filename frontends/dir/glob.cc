// The matcher behind --exclude and .gitignore. The rules are those of gitignore(5) and of the POSIX bracket
// expression; tests hold it to `git check-ignore`.
#include "frontends/dir/glob.h"

#include <cstddef>

namespace staunch {
namespace {

constexpr std::string_view kSpecial = "*?[\\";

bool in_named_class(std::string_view name, unsigned char c, bool& known) {
  const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
  const bool graph = c > 0x20 && c < 0x7f;
  known = true;
  if (name == "alnum") return lower || upper || digit;
  if (name == "alpha") return lower || upper;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return c < 0x20 || c == 0x7f;
  if (name == "digit") return digit;
  if (name == "graph") return graph;
  if (name == "lower") return lower;
  if (name == "print") return graph || c == ' ';
  if (name == "punct") return graph && !(lower || upper || digit);
  if (name == "space") return c == ' ' || (c >= '\t' && c <= '\r');
  if (name == "upper") return upper;
  if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  known = false;
  return false;
}

enum class InClass : unsigned char { no, yes, malformed };

// `at` stands behind the '[' and is left behind the ']'.
InClass match_class(std::string_view pattern, std::size_t& at, unsigned char c) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(pattern[i]); };
  bool negated = false, hit = false, first = true;
  int before = -1;  // the character that a range may start from
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) negated = true, ++at;
  for (;; first = false) {
    if (at >= pattern.size()) return InClass::malformed;
    if (pattern[at] == ']' && !first) break;
    if (pattern[at] == '-' && before >= 0 && at + 1 < pattern.size() && pattern[at + 1] != ']') {
      ++at;
      if (pattern[at] == '\\' && ++at >= pattern.size()) return InClass::malformed;
      hit |= c >= before && c <= byte(at);
      before = -1;
      ++at;
      continue;
    }
    if (pattern[at] == '[' && at + 1 < pattern.size() && pattern[at + 1] == ':') {
      const std::size_t end = pattern.find(']', at + 2);
      if (end == std::string_view::npos) return InClass::malformed;
      if (end >= at + 3 && pattern[end - 1] == ':') {
        bool known = false;
        hit |= in_named_class(pattern.substr(at + 2, end - at - 3), c, known);
        if (!known) return InClass::malformed;
        before = -1;
        at = end + 1;
        continue;
      }
    }
    if (pattern[at] == '\\' && ++at >= pattern.size()) return InClass::malformed;
    before = byte(at);
    hit |= c == before;
    ++at;
  }
  ++at;
  return hit != negated && c != '/' ? InClass::yes : InClass::no;
}

// A place to take up again with one more byte given to a star.
struct Resume {
  std::size_t pattern = 0, text = 0;
  bool set = false;
};

enum class Step : unsigned char { ahead, back, never };

// One pattern element that is no star against one byte.
Step match_one(std::string_view pattern, std::size_t& p, std::string_view text, std::size_t& t) {
  if (pattern[p] == '?') {
    if (text[t] == '/') return Step::back;
    ++p, ++t;
    return Step::ahead;
  }
  if (pattern[p] == '[') {
    std::size_t after = p + 1;
    const InClass in = match_class(pattern, after, static_cast<unsigned char>(text[t]));
    if (in == InClass::malformed) return Step::never;
    if (in == InClass::no) return Step::back;
    p = after, ++t;
    return Step::ahead;
  }
  std::size_t literal = p;
  if (pattern[p] == '\\' && ++literal == pattern.size()) return Step::never;
  if (pattern[literal] != text[t]) return Step::back;
  p = literal + 1, ++t;
  return Step::ahead;
}

bool match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  Resume star, crossing;
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      const std::size_t from = p;
      while (p < pattern.size() && pattern[p] == '*') ++p;
      // git compares the pattern up to its first special character apart, and takes the rest for a pattern of its
      // own: so in "a**/b" the stars stand at a begin too, whatever its manual says.
      const bool delimited = (from == 0 || pattern[from - 1] == '/' || from == pattern.find_first_of(kSpecial)) &&
                             (p == pattern.size() || pattern[p] == '/' || pattern.substr(p, 2) == "\\/");
      if (p - from > 1 && delimited) {
        if (p == pattern.size()) return true;
        crossing = {p, t, true};
        star.set = false;
        if (pattern[p] == '/') ++p;  // first try: no folder at all
      } else {
        star = {p, t, true};
      }
      continue;
    }
    Step step = Step::back;
    if (t == text.size()) return p == pattern.size();  // a star can only take more, never less
    if (p < pattern.size()) step = match_one(pattern, p, text, t);
    if (step == Step::never) return false;
    if (step == Step::ahead) continue;
    if (star.set && text[star.text] != '/') {
      p = star.pattern, t = ++star.text;
    } else if (crossing.set && crossing.text < text.size()) {
      p = crossing.pattern, t = crossing.text++;
      star.set = false;
    } else {
      return false;
    }
  }
}

}  // namespace

Glob::Glob(std::string_view pattern) : text_(pattern) {
  if (pattern.find_first_of(kSpecial) == std::string_view::npos) {
    shape_ = Shape::literal;
  } else if (pattern.size() > 1 && pattern[0] == '*' && pattern.find_first_of(kSpecial, 1) == std::string_view::npos &&
             pattern.find('/') == std::string_view::npos) {
    shape_ = Shape::suffix;
    text_.erase(0, 1);
  }
}

bool Glob::matches(std::string_view text) const {
  if (shape_ == Shape::literal) return text == text_;
  if (shape_ == Shape::general) return match(text_, text);
  return text.size() >= text_.size() && text.substr(text.size() - text_.size()) == text_ &&
         text.substr(0, text.size() - text_.size()).find('/') == std::string_view::npos;
}

}  // namespace staunch
