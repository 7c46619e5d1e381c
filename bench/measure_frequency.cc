// Prints engine/frequency_tables.inc, measured over the files named on standard input, one path a line:
//   find TREES -type f -size -1M | measure_frequency > engine/frequency_tables.inc
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/frequency_symbols.h"

namespace {

using staunch::frequency_symbol;
using staunch::kFrequencySymbols;

constexpr std::size_t kShortest = 3, kLongest = 10, kWords = 900;
constexpr std::uint64_t kMaxBytes = 120u << 20;

struct Counts {
  std::array<std::uint64_t, kFrequencySymbols> first{};
  std::array<std::uint64_t, kFrequencySymbols * kFrequencySymbols> pairs{};
  std::unordered_map<std::string, std::uint64_t> words;  // runs of letters and all their prefixes and suffixes
  std::uint64_t bytes = 0;
};

void count_word(Counts& counts, const std::string& word) {
  if (word.size() < kShortest || word.size() > 2 * kLongest) return;
  for (std::size_t from = 0; from + kShortest <= word.size(); ++from)
    for (std::size_t size = kShortest; size <= kLongest && from + size <= word.size(); ++size)
      if (from == 0 || from + size == word.size()) ++counts.words[word.substr(from, size)];
}

void count(Counts& counts, const std::string& text) {
  std::string word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t symbol = frequency_symbol(text[i]);
    ++counts.first[symbol];
    if (i > 0) ++counts.pairs[frequency_symbol(text[i - 1]) * kFrequencySymbols + symbol];
    if (symbol < 26) {
      word.push_back(static_cast<char>('a' + symbol));
    } else if (!word.empty()) {
      count_word(counts, word);
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
  std::vector<std::pair<std::string, std::uint64_t>> words(counts.words.begin(), counts.words.end());
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  words.resize(std::min(words.size(), kWords));
  std::printf("\n// Hits a megabyte of the commonest beginnings and ends of words:\nconstexpr Word kWords[] = {\n");
  for (std::size_t i = 0; i < words.size(); ++i)
    std::printf("%s{\"%s\", %.0f},%s", i % 5 == 0 ? "    " : " ", words[i].first.c_str(),
                static_cast<double>(words[i].second) / (static_cast<double>(counts.bytes) / 1e6),
                i % 5 == 4 || i + 1 == words.size() ? "\n" : "");
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
