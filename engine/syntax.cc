// A recursive-descent parser for the syntax that RE2 accepts in its default (Perl-like) mode; the grammar is the one
// of https://github.com/google/re2/wiki/Syntax. RE2 has already refused what is wrong, so there are no messages here:
// anything unknown makes parse() return nothing.
#include "engine/syntax.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "engine/byte_class.h"

namespace staunch {
namespace {

constexpr int kMaxDepth = 1000;  // RE2's own limit on nesting

struct Flags {
  bool fold = false;         // i
  bool dot_newline = false;  // s
};

}  // namespace

class SyntaxParser {
 public:
  SyntaxParser(std::string_view pattern, Encoding encoding, Syntax& out)
      : pattern_(pattern), utf8_(encoding == Encoding::utf8), out_(out) {}

  bool parse() {
    const Node* root = alternation(0);
    if (root == nullptr || at_ != pattern_.size()) return false;
    out_.root_ = root;
    return true;
  }

 private:
  bool done() const { return at_ >= pattern_.size(); }
  char peek() const { return pattern_[at_]; }
  bool take(std::string_view text) {
    if (pattern_.substr(at_, text.size()) != text) return false;
    at_ += text.size();
    return true;
  }

  Node* make(Node::Kind kind) {
    out_.nodes_.emplace_back();
    out_.nodes_.back().kind = kind;
    return &out_.nodes_.back();
  }
  const Node* empty() { return make(Node::Kind::empty); }
  const Node* bytes(const ByteSet& set) {
    Node* node = make(Node::Kind::bytes);
    node->set = set;
    return node;
  }
  const Node* repeat(const Node* child, std::uint32_t min, std::uint32_t max) {
    Node* node = make(Node::Kind::repeat);
    node->children = {child};
    node->min = min;
    node->max = max;
    return node;
  }
  const Node* list(Node::Kind kind, std::vector<const Node*> children) {
    if (children.size() == 1) return children.front();
    Node* node = make(children.empty() ? Node::Kind::empty : kind);
    node->children = std::move(children);
    return node;
  }

  // One character of a class: `ascii` exactly, and in UTF-8 any sequence of high bytes where `beyond` says that the
  // class reaches beyond ASCII.
  const Node* character(ByteSet set, bool beyond) {
    if (!utf8_) return bytes(set);
    ByteSet high;
    add_range(high, 0x80, 0xff);
    set &= ~high;
    if (!beyond) return bytes(set);
    return list(Node::Kind::alternate, {bytes(set), repeat(bytes(high), 1, 4)});
  }

  // Applies (?i): ASCII letters get their other case. High bytes fold among themselves (Latin-1), and in UTF-8 k and s
  // have a partner beyond ASCII (U+212A, U+017F), so that either side brings the other in.
  const Node* folded(ByteSet set, bool beyond) {
    if (flags_.fold) {
      const bool partners = set['k'] || set['K'] || set['s'] || set['S'];
      if (utf8_ && beyond) set.set('k').set('s');
      for (unsigned c = 'a'; c <= 'z'; ++c)
        if (set[c] || set[c - 32]) set.set(c).set(c - 32);
      bool any_high = false;
      for (unsigned c = 0x80; c < 256; ++c) any_high = any_high || set[c];
      if (any_high) add_range(set, 0x80, 0xff);
      beyond = beyond || partners;
    }
    return character(set, beyond);
  }

  const Node* literal(std::uint32_t rune) {
    ByteSet set;
    if (rune < (utf8_ ? 0x80u : 0x100u)) {
      set.set(rune);
      return folded(set, false);
    }
    if (!utf8_) return bytes(set);              // a rune that Latin-1 does not have: matches nothing
    if (flags_.fold) return folded(set, true);  // its fold may have another length
    std::vector<const Node*> sequence;
    for (unsigned char byte : encode(rune)) sequence.push_back(bytes(ByteSet().set(byte)));
    return list(Node::Kind::concat, std::move(sequence));
  }

  static std::string encode(std::uint32_t rune) {
    std::string out;
    auto put = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
    if (rune < 0x800) {
      put(0xc0 | (rune >> 6));
    } else {
      if (rune < 0x10000) {
        put(0xe0 | (rune >> 12));
      } else {
        put(0xf0 | (rune >> 18));
        put(0x80 | ((rune >> 12) & 0x3f));
      }
      put(0x80 | ((rune >> 6) & 0x3f));
    }
    put(0x80 | (rune & 0x3f));
    return out;
  }

  // The next character of the pattern itself, decoded where the pattern is UTF-8.
  std::uint32_t next_rune() {
    const auto first = static_cast<unsigned char>(pattern_[at_++]);
    if (!utf8_ || first < 0xc0) return first;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    std::uint32_t rune = first & (0x3fu >> more);
    for (int i = 0; i < more && !done(); ++i) rune = rune << 6 | (static_cast<unsigned char>(pattern_[at_++]) & 0x3f);
    return rune;
  }

  const Node* alternation(int depth) {
    if (depth > kMaxDepth) return nullptr;
    std::vector<const Node*> branches;
    do {
      const Node* branch = concatenation(depth);
      if (branch == nullptr) return nullptr;
      branches.push_back(branch);
    } while (take("|"));
    return list(Node::Kind::alternate, std::move(branches));
  }

  const Node* concatenation(int depth) {
    std::vector<const Node*> parts;
    while (!done() && peek() != '|' && peek() != ')') {
      if (take("\\Q")) {
        while (!done() && !take("\\E")) parts.push_back(literal(next_rune()));
        continue;
      }
      const Node* part = atom(depth);
      if (part == nullptr) return nullptr;
      parts.push_back(repetitions(part));
      if (parts.back() == nullptr) return nullptr;
    }
    return list(Node::Kind::concat, std::move(parts));
  }

  const Node* repetitions(const Node* part) {
    while (!done()) {
      std::uint32_t min = 0, max = 0;
      if (take("*")) {
        max = Node::kNoLimit;
      } else if (take("+")) {
        min = 1;
        max = Node::kNoLimit;
      } else if (take("?")) {
        max = 1;
      } else if (peek() != '{' || !counts(min, max)) {
        break;
      }
      take("?");  // greedy or lazy: the same language
      part = repeat(part, min, max);
    }
    return part;
  }

  // {n}, {n,} or {n,m}; anything else after `{` is literal text.
  bool counts(std::uint32_t& min, std::uint32_t& max) {
    std::size_t at = at_ + 1;
    auto number = [&](std::uint32_t& value) {
      const std::size_t start = at;
      value = 0;
      while (at < pattern_.size() && std::isdigit(static_cast<unsigned char>(pattern_[at])) && value < 100000)
        value = value * 10 + static_cast<std::uint32_t>(pattern_[at++] - '0');
      return at > start;
    };
    if (!number(min)) return false;
    max = min;
    if (at < pattern_.size() && pattern_[at] == ',') {
      ++at;
      if (!number(max)) max = Node::kNoLimit;
    }
    if (at >= pattern_.size() || pattern_[at] != '}') return false;
    at_ = at + 1;
    return true;
  }

  const Node* atom(int depth) {
    switch (peek()) {
      case '(': return group(depth);
      case '[': return bracket();
      case '\\': return escape();
      case '^':
      case '$': ++at_; return empty();
      case '.': {
        ++at_;
        ByteSet set;
        set.set();
        if (!flags_.dot_newline) set.reset('\n');
        return character(set, true);
      }
      default: return literal(next_rune());
    }
  }

  const Node* group(int depth) {
    ++at_;
    const Flags outer = flags_;
    if (take("?")) {
      if (take("P<") || take("<")) {
        while (!done() && peek() != '>') ++at_;
        if (!take(">")) return nullptr;
      } else if (!flags()) {
        return nullptr;
      } else if (take(")")) {
        return empty();  // (?i): holds until the enclosing group ends
      } else if (!take(":")) {
        return nullptr;
      }
    }
    const Node* inside = alternation(depth + 1);
    if (inside == nullptr || !take(")")) return nullptr;
    flags_ = outer;
    return inside;
  }

  bool flags() {
    bool on = true;
    while (!done() && peek() != ':' && peek() != ')') {
      switch (pattern_[at_++]) {
        case '-': on = false; break;
        case 'i': flags_.fold = on; break;
        case 's': flags_.dot_newline = on; break;
        case 'm':
        case 'U': break;  // assertions match anywhere here, and greed does not matter
        default: return false;
      }
    }
    return !done();
  }

  const Node* escape() {
    if (at_ + 1 >= pattern_.size()) return nullptr;
    const char letter = pattern_[at_ + 1];
    if (std::string_view("AzbB").find(letter) != std::string_view::npos) {
      at_ += 2;
      return empty();
    }
    if (letter == 'C') {
      at_ += 2;
      return bytes(ByteSet().set());
    }
    if (auto set = perl_class(letter)) {
      at_ += 2;
      return folded(*set, std::isupper(static_cast<unsigned char>(letter)) != 0);
    }
    if (letter == 'p' || letter == 'P') return unicode_class() ? character(ByteSet().set(), true) : nullptr;
    std::uint32_t rune = 0;
    return escaped_rune(rune) ? literal(rune) : nullptr;
  }

  // \pN, \p{Name}: widened to any character.
  bool unicode_class() {
    at_ += 2;
    if (done()) return false;
    if (!take("{")) {
      next_rune();
      return true;
    }
    while (!done() && peek() != '}') ++at_;
    return take("}");
  }

  bool escaped_rune(std::uint32_t& rune) {
    ++at_;  // the backslash
    const char letter = peek();
    switch (letter) {
      case 'a': rune = 7; break;
      case 'f': rune = 12; break;
      case 't': rune = 9; break;
      case 'n': rune = 10; break;
      case 'r': rune = 13; break;
      case 'v': rune = 11; break;
      case 'x': return hexadecimal(rune);
      default:
        if (letter >= '0' && letter <= '7') return octal(rune);
        rune = next_rune();
        return rune >= 0x80 || !std::isalnum(static_cast<int>(rune));
    }
    ++at_;
    return true;
  }

  bool hexadecimal(std::uint32_t& rune) {
    ++at_;
    const bool braces = take("{");
    rune = 0;
    int digits = 0;
    while (!done() && std::isxdigit(static_cast<unsigned char>(peek())) && digits < (braces ? 8 : 2)) {
      const char c = peek();
      rune = rune * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
      ++at_;
      ++digits;
    }
    return braces ? take("}") : digits == 2;
  }

  bool octal(std::uint32_t& rune) {
    rune = 0;
    for (int digits = 0; digits < 3 && !done() && peek() >= '0' && peek() <= '7'; ++digits)
      rune = rune * 8 + static_cast<std::uint32_t>(pattern_[at_++] - '0');
    return true;
  }

  const Node* bracket() {
    ++at_;
    const bool negated = take("^");
    ByteSet set;
    bool beyond = false;  // the class holds characters beyond ASCII (UTF-8)
    bool vague = false;   // it may hold less than `set` says
    for (bool first = true; first || (!done() && peek() != ']'); first = false) {
      if (done() || !class_item(set, beyond, vague)) return nullptr;
    }
    if (!take("]")) return nullptr;
    if (!negated) return folded(set, beyond);
    if (vague) return character(ByteSet().set(), true);
    // The fold comes before the negation: (?i)[^k] excludes both cases.
    if (flags_.fold)
      for (unsigned c = 'a'; c <= 'z'; ++c)
        if (set[c] || set[c - 32]) set.set(c).set(c - 32);
    ByteSet outside = ~set;
    if (flags_.fold) add_range(outside, 0x80, 0xff);
    return character(outside, true);
  }

  bool class_item(ByteSet& set, bool& beyond, bool& vague) {
    if (take("[:")) {
      const bool negated = take("^");
      const std::size_t end = pattern_.find(":]", at_);
      if (end == std::string_view::npos) return false;
      const std::string_view name = pattern_.substr(at_, end - at_);
      at_ = end + 2;
      const auto named = named_class(name);
      if (!named) return false;
      set |= negated ? ~*named : *named;
      beyond = beyond || negated;
      return true;
    }
    if (peek() == '\\' && at_ + 1 < pattern_.size()) {
      const char letter = pattern_[at_ + 1];
      if (auto perl = perl_class(letter)) {
        at_ += 2;
        set |= *perl;
        beyond = beyond || std::isupper(static_cast<unsigned char>(letter)) != 0;
        return true;
      }
      if (letter == 'p' || letter == 'P') {
        set.set();
        beyond = vague = true;
        return unicode_class();
      }
    }
    std::uint32_t low = 0;
    if (!class_rune(low)) return false;
    std::uint32_t high = low;
    if (!done() && peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']') {
      ++at_;
      if (!class_rune(high)) return false;
    }
    add_range(set, low, high);
    beyond = beyond || high >= 0x80;
    return true;
  }

  bool class_rune(std::uint32_t& rune) {
    if (done()) return false;
    if (peek() != '\\') {
      rune = next_rune();
      return true;
    }
    return at_ + 1 < pattern_.size() && escaped_rune(rune);
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool utf8_;
  Flags flags_;
  Syntax& out_;
};

Encoding encoding_of(std::string_view pattern) {
  const bool ascii = std::all_of(pattern.begin(), pattern.end(), [](char c) { return (c & 0x80) == 0; });
  return ascii ? Encoding::latin1 : Encoding::utf8;
}

std::optional<Syntax> Syntax::parse(std::string_view pattern, Encoding encoding) {
  Syntax syntax;
  if (!SyntaxParser(pattern, encoding, syntax).parse()) return std::nullopt;
  return syntax;
}

}  // namespace staunch
