// Random regexes together with texts that they may well match.
#pragma once

#include <array>
#include <random>
#include <string>
#include <vector>

namespace staunch::test {

struct RandomRegex {
  std::string pattern;
  std::array<std::string, 4> texts;  // what was in mind; RE2 says whether they match
};

class RegexMaker {
 public:
  RegexMaker(std::mt19937& random, bool utf8) : random_(random), utf8_(utf8) {}

  RandomRegex make(int depth) {
    switch (depth == 0 ? 0 : pick(8)) {
      case 0:
      case 1: return atom();
      case 2:
      case 3:
      case 4: return concat(depth);
      case 5: return alternate(depth);
      case 6: return repeat(depth);
      default: return group(depth);
    }
  }

 private:
  struct Choice {
    std::string pattern;
    std::vector<std::string> texts;
  };

  std::size_t pick(std::size_t count) { return random_() % count; }

  const std::vector<Choice>& atoms() const {
    // clang-format off
    static const std::vector<Choice> ascii = {
        {"a", {"a", "A"}}, {"b", {"b"}}, {"K", {"K", "k"}}, {"s", {"s", "S"}}, {"key", {"key", "KEY"}},
        {"_", {"_"}}, {"-", {"-"}}, {"ab0", {"ab0", "aB0"}}, {"\\.", {"."}}, {"\\n", {"\n"}}, {"\\x61", {"a"}},
        {"\\x{62}", {"b"}}, {"\\141", {"a"}}, {"\\0", {std::string(1, '\0')}}, {"\\-", {"-"}}, {"\\\\", {"\\"}},
        {"\\x7f", {"\x7f"}}, {"\\Qa.*b\\E", {"a.*b"}}, {"\\Q[\\E", {"["}}, {"\\Q\\E", {""}}, {"{", {"{"}},
        {"a{,2}", {"a{,2}"}}, {"]", {"]"}}, {"[abk]", {"a", "b", "k", "K"}}, {"[^ab]", {"k", "\n", "\xff"}},
        {"[a-k]", {"b", "k"}}, {"[]a]", {"]", "a"}}, {"[^]a]", {"b"}}, {"[a-]", {"-", "a"}}, {"[-a]", {"-"}},
        {"[[:alpha:]]", {"a", "K"}}, {"[[:^digit:]]", {"a", "\xff"}}, {"[[:punct:]0]", {"-", "0"}},
        {"[[:space:]]", {"\v", " "}}, {"[[:cntrl:]]", {"\x7f", "\n"}}, {"[\\w-]", {"_", "-"}},
        {"[\\D]", {"a", "\xff"}}, {"[^\\W]", {"0", "_"}}, {"[\\x41-\\x{43}]", {"A", "B"}}, {"[\\n\\t]", {"\n"}},
        {"[\\101-\\103]", {"C"}}, {"[\\]]", {"]"}}, {"[\\d\\s]", {"1", " "}}, {"\\d", {"0"}},
        {"\\w", {"k", "_"}}, {"\\s", {" ", "\f"}}, {"\\D", {"k", "\xff"}}, {"\\W", {"-", "\x80"}},
        {"\\S", {"b", "\v"}}, {".", {"a", "\xff", "0"}}, {"(?s:.)", {"\n"}}, {"\\C", {"\xff", "a"}},
        {"^", {""}}, {"$", {""}}, {"\\b", {""}}, {"\\B", {""}}, {"\\A", {""}}, {"\\z", {""}}, {"(?i)", {""}},
        {"(?-i)", {""}}, {"(?s)", {""}}, {"(?m-s)", {""}}, {"(?U)", {""}}, {"\\pL", {"a"}},
        {"\\PN", {"a", "-"}}, {"[\\pL0]", {"a", "0"}}, {"[^\\pL]", {"0"}}, {"\\a\\f\\t\\r\\v", {"\a\f\t\r\v"}}};
    static const std::vector<Choice> beyond = {
        {"é", {"é", "É"}}, {"ſ", {"ſ", "s", "S"}}, {"\\x{e9}", {"é"}}, {"[à-ü]", {"é"}},
        {"[^é]", {"a", "ü", "\U0001f511"}}, {"\\x{1f511}", {"\U0001f511"}}, {"\u212a", {"\u212a", "k", "K"}},
        {"[k\u212a]", {"\u212a", "k"}}, {"[^k]", {"\u212a", "a", "é"}}, {"\\p{Greek}", {"λ", "Λ"}},
        {"[[:^alpha:]]", {"é", "0"}}, {"λ+", {"λλ", "Λ"}}, {"k", {"k", "\u212a"}}, {"s", {"s", "ſ"}},
        {"\\Qé.\\E", {"é."}}, {".", {"é", "\U0001f511"}}, {"\\W", {"é", "\u212a"}}, {"[\\W]", {"é"}}};
    // clang-format on
    return utf8_ && random_() % 2 == 0 ? beyond : ascii;
  }

  RandomRegex atom() {
    const auto& list = atoms();
    const Choice& choice = list[pick(list.size())];
    RandomRegex out{choice.pattern, {}};
    for (std::string& text : out.texts) text = choice.texts[pick(choice.texts.size())];
    return out;
  }

  RandomRegex concat(int depth) {
    RandomRegex out;
    for (std::size_t n = 1 + pick(4); n > 0; --n) {
      const RandomRegex part = make(depth - 1);
      out.pattern += part.pattern;
      for (std::size_t i = 0; i < out.texts.size(); ++i) out.texts[i] += part.texts[i];
    }
    return out;
  }

  RandomRegex alternate(int depth) {
    const RandomRegex one = make(depth - 1), other = pick(6) == 0 ? RandomRegex{} : make(depth - 1);
    RandomRegex out{"(?:" + one.pattern + "|" + other.pattern + ")", {}};
    for (std::size_t i = 0; i < out.texts.size(); ++i) out.texts[i] = pick(2) == 0 ? one.texts[i] : other.texts[i];
    return out;
  }

  RandomRegex repeat(int depth) {
    const RandomRegex part = make(depth - 1);
    const std::size_t min = pick(4) == 0 ? pick(12) : pick(4), more = pick(5) == 0 ? pick(60) : pick(4);
    std::size_t least = 0, most = 3;
    RandomRegex out{"(?:" + part.pattern + ")", {}};
    switch (pick(6)) {
      case 0: out.pattern += "*"; break;
      case 1:
        out.pattern += "+";
        least = 1;
        break;
      case 2:
        out.pattern += "?";
        most = 1;
        break;
      case 3:
        out.pattern += "{" + std::to_string(min) + "}";
        least = most = min;
        break;
      case 4:
        out.pattern += "{" + std::to_string(min) + ",}";
        least = min;
        most = min + 3;
        break;
      default:
        out.pattern += "{" + std::to_string(min) + "," + std::to_string(min + more) + "}";
        least = min;
        most = min + more;
    }
    if (pick(3) == 0) out.pattern += "?";
    for (std::string& text : out.texts)
      for (std::size_t n = least + pick(most - least + 1); n > 0; --n) text += part.texts[pick(part.texts.size())];
    return out;
  }

  RandomRegex group(int depth) {
    static const std::vector<std::string> openings = {"(", "(?:", "(?i:", "(?s:", "(?-i:", "(?is:", "(?mU:"};
    RandomRegex out = make(depth - 1);
    const std::string name = "(?P<n" + std::to_string(++groups_) + ">";
    out.pattern = (pick(8) == 0 ? name : openings[pick(openings.size())]) + out.pattern + ")";
    return out;
  }

  std::mt19937& random_;
  bool utf8_;
  int groups_ = 0;
};

}  // namespace staunch::test
