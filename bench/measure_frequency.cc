// Prints engine/frequency_tables.inc, measured over the files named on standard input, one path a line:
//   find TREES -type f -size -1M | measure_frequency > engine/frequency_tables.inc
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/frequency_symbols.h"

namespace {

using staunch::frequency_symbol;
using staunch::kFrequencySymbols;

constexpr std::size_t kShortest = 3, kLongest = 20;
constexpr double kRarest = 2;  // of a word, a megabyte
constexpr std::uint64_t kMaxBytes = 120u << 20;

struct Counts {
  std::array<std::uint64_t, kFrequencySymbols> first{};
  std::array<std::uint64_t, kFrequencySymbols * kFrequencySymbols> pairs{};
  std::unordered_map<std::string, std::uint64_t> words;  // runs of letters
  std::uint64_t bytes = 0;
};

void count(Counts& counts, const std::string& text) {
  std::string word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t symbol = frequency_symbol(text[i]);
    ++counts.first[symbol];
    if (i > 0) ++counts.pairs[frequency_symbol(text[i - 1]) * kFrequencySymbols + symbol];
    if (symbol < 26) {
      word.push_back(static_cast<char>('a' + symbol));
    } else if (!word.empty()) {
      if (word.size() >= kShortest && word.size() <= kLongest) ++counts.words[word];
      word.clear();
    }
  }
  counts.bytes += text.size();
}

double log2_share(std::uint64_t part, std::uint64_t whole) {
  return -std::log2((static_cast<double>(part) + 0.1) / (static_cast<double>(whole) + 1));
}

void print(const Counts& counts) {
  std::printf("// Made by bench/measure_frequency.cc over %.0f MB of text. -log2 of a symbol's share:\n",
              static_cast<double>(counts.bytes) / 1e6);
  std::printf("constexpr std::array<double, kFrequencySymbols> kFirstLog2 = {\n   ");
  for (std::size_t i = 0; i < kFrequencySymbols; ++i)
    std::printf("%s %.2f,", i % 14 == 13 ? "\n   " : "", log2_share(counts.first[i], counts.bytes));
  std::printf("\n};\n\n// -log2 of the second symbol after the first, in quarters from '!':\n");
  std::printf("constexpr std::string_view kPairLog2 =\n");
  for (std::size_t a = 0; a < kFrequencySymbols; ++a) {
    std::printf("    R\"~(");
    for (std::size_t b = 0; b < kFrequencySymbols; ++b) {
      const double quarters = 4 * log2_share(counts.pairs[a * kFrequencySymbols + b], counts.first[a]);
      std::putchar('!' + static_cast<int>(std::clamp(quarters, 0.0, 90.0)));
    }
    std::printf(")~\"%s\n", a + 1 == kFrequencySymbols ? ";" : "");
  }
  const double megabytes = static_cast<double>(counts.bytes) / 1e6;
  std::map<double, std::set<std::string>, std::greater<>> words;
  for (const auto& [word, count] : counts.words)
    if (const double rate = static_cast<double>(count) / megabytes; rate >= kRarest)
      words[std::round(rate)].insert(word);
  std::printf("\n// Hits a megabyte of the common runs of letters, in any case:\nconstexpr Words kWords[] = {\n");
  for (const auto& [rate, same] : words) {
    std::string line = "    {" + std::to_string(static_cast<int>(rate)) + ", \"";
    for (const std::string& word : same) {
      if (line.size() + word.size() > 116) std::printf("%s\"\n", std::exchange(line, "     \"").c_str());
      line += word + " ";
    }
    std::printf("%s\"},\n", line.c_str());
  }
  std::printf("};\n");
}

}  // namespace

int main() {
  Counts counts;
  for (std::string path; std::getline(std::cin, path) && counts.bytes < kMaxBytes;) {
    std::ifstream file(path, std::ios::binary);
    count(counts, {std::istreambuf_iterator<char>(file), {}});
  }
  print(counts);
}
