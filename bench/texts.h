// What the benchmarks scan: files of a real tree, the densest of them, and texts made to trouble a scanner.
//
// Everything is in memory before a clock starts, and everything that is generated is the same on every run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/result.h"

namespace staunch::bench {

struct File {
  std::string path, text;
};

struct Text {
  std::vector<File> files;
  std::uint64_t bytes = 0;

  void add(std::string path, std::string text);
};

// The text files under a folder in the order of their paths, binaries left out. Where they hold more than `max_bytes`,
// a part of them that is spread over the whole tree.
Result<Text> read_tree(const std::string& folder, std::uint64_t max_bytes);

// How often "key", "token", "secret" and "password" stand in a megabyte, whatever their case.
double dense_words_per_megabyte(const Text& text);

// The files of a tree in which those words stand closest, until they are `share` of its bytes.
Text densest_of(const Text& tree, double share);

// Lines of programs and configurations, one in four with such words and none with a secret: as dense as the densest
// thousandth of a source tree (13,000 words a megabyte measured over git, Symfony and Terraform).
Text generated_dense(std::uint64_t bytes);

// A text made to cost a scanner as much as it can.
// Files of the text in base64: half of them in lines of 76, as mail and YAML have it, half in one line, as source maps
// and data URIs have it. `bytes` of them at most.
Text in_base64(const Text& text, std::uint64_t bytes);

// PEM stores: random bytes in base64, in blocks with begin and end lines.
Text random_base64(std::uint64_t bytes);

struct WorstCase {
  std::string name;
  std::string (*make)(const Database& database, std::uint64_t bytes);
};
const std::vector<WorstCase>& worst_cases();

}  // namespace staunch::bench
