// Regexes as noseyparker and kingfisher write them (Rust's regex crate), in RE2's syntax.
//
// RE2 has no (?x): blanks and comments are taken out, also from classes, as the crate does. (?<name>…) becomes
// (?P<name>…), the flags u and R, which RE2 does not know, go. What would mean something else in RE2 without a word is
// refused: classes inside classes and their operations (&&, --, ~~). What RE2 itself refuses (look around, \u) is left
// as it is, for whoever compiles it to say so.
// Source: https://docs.rs/regex/latest/regex/#syntax, https://github.com/google/re2/wiki/Syntax
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace staunch {

struct ScannerRegex {
  std::string regex;
  std::vector<std::string> groups;  // names of the groups in order, empty for one without
  std::string refused;              // why it cannot be carried over; empty: it can
};

ScannerRegex scanner_regex(std::string_view pattern);

}  // namespace staunch
