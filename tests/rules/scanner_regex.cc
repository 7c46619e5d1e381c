// Regexes of Rust's crate in RE2's syntax: what must stay, what must go, what must be refused.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include <string>
#include <utility>
#include <vector>

#include "rules/scanner_regex.h"

using namespace staunch;

TEST_CASE("Verbose regexes and named groups", "[import]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a b", "a b"},
      {"(?x) a b # note\n c", "abc"},
      {"(?x) a\\ b \\# [ab \\ #] c", "a\\ b\\#[ab\\ #]c"},
      {"(?xi) a", "(?i)a"},
      {"(?i)(?x) a b", "(?i)ab"},
      {"(?x: a b ) c", "(?:ab) c"},
      {"((?x) a b ) c d", "(ab) c d"},
      {"(?x) ( (?-x) a b ) c d", "( a b )cd"},
      {"(?ims-U) a", "(?ims-U) a"},
      {"(?u)\\w", "\\w"},
      {"(?-u:\\w)", "(?:\\w)"},
      {"(?<name>a)(?P<other>b)", "(?P<name>a)(?P<other>b)"},
      {"[]a] [^]b] [[:alpha:] x]", "[]a] [^]b] [[:alpha:] x]"},
      {"(?x) [ [:alpha:] # ]", "[[:alpha:]#]"},
      {"[a-z-]x[--a]", "[a-z-]x[--a]"},
      {"\\", "\\"},
      {"(?x", "(?x"},
      {"(?<", "(?<"},
      {"[", "["},
  };
  for (const auto& [from, to] : cases) {
    CAPTURE(from);
    const ScannerRegex regex = scanner_regex(from);
    CHECK(regex.refused.empty());
    CHECK(regex.regex == to);
  }
}

TEST_CASE("Groups are named in the order that RE2 counts them in", "[import]") {
  const ScannerRegex regex = scanner_regex("(?x) (a) (?: (?i: (?<TOKEN> \\( b [(] )) ) (c)");
  CHECK(regex.groups == std::vector<std::string>{"", "TOKEN", ""});
  const re2::RE2 compiled(regex.regex);
  REQUIRE(compiled.ok());
  CHECK(compiled.NumberOfCapturingGroups() == 3);
  CHECK(compiled.NamedCapturingGroups().at("TOKEN") == 2);
}

TEST_CASE("What would mean something else in RE2 is refused", "[import]") {
  for (const char* regex : {"[a-z&&[^x]]", "[a[bc]]", "[\\w--\\d]", "[a~~b]"})
    CHECK(!scanner_regex(regex).refused.empty());
  for (const char* regex : {"a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "(?>a)"}) {
    const re2::RE2 compiled(scanner_regex(regex).regex, re2::RE2::Quiet);
    CHECK_FALSE(compiled.ok());
  }
}
