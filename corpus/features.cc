// Prints the features of the generic scorer, for its training (corpus/train).
//
// Reads lines of four fields with tabs between them: path, the text before the value, the value, the text after it, in
// which \t, \n, \r and \\ stand for these bytes. Writes a line of numbers for each: bytes' features, then the path's.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <string>

#include "engine/score.h"

namespace {

std::string unescaped(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      out += field[i];
      continue;
    }
    const char c = field[++i];
    out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }
  return out;
}

}  // namespace

int main() {
  std::string line;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    std::array<std::string, 4> fields;
    std::string_view rest = line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::size_t tab = rest.find('\t');
      if ((tab == rest.npos) != (i + 1 == fields.size())) {
        fmt::print(stderr, "line {}: not four fields\n", number);
        return 2;
      }
      fields[i] = unescaped(rest.substr(0, tab));
      if (tab != rest.npos) rest.remove_prefix(tab + 1);
    }
    const staunch::Features features = staunch::features_of({fields[1], fields[2], fields[3]});
    const auto path = staunch::path_features(fields[0], staunch::stands_as_text({fields[1], fields[2], fields[3]}));
    std::string out;
    for (float value : features) out += fmt::format("{:g} ", value);
    for (float value : path) out += fmt::format("{:g} ", value);
    out.back() = '\n';
    std::fputs(out.c_str(), stdout);
  }
}
