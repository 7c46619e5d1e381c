#include "engine/score_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/score_letters.h"
#include "rules/letters.h"

namespace staunch {
namespace {

// kBigrams (surprisal of a letter behind another, in sixteenths of a bit), kWordList (sorted, each with a newline
// behind it).
#include "engine/score_words.inc"

constexpr std::size_t kLongestWord = 14;

// Of three lower-case letters.
constexpr std::size_t number_of(const char* letters) {
  std::size_t number = 0;
  for (int i = 0; i < 3; ++i) number = number * 26 + static_cast<std::size_t>(letters[i] - 'a');
  return number;
}

// By the number of three letters: where in the list the words begin that have them first, or others behind.
constexpr auto kFirstWord = [] {
  std::array<std::uint16_t, 26 * 26 * 26 + 1> first{};
  static_assert(kWordList.size() <= 0xffff);
  std::size_t next = 0;
  for (std::size_t at = 0; at < kWordList.size(); ++at) {
    for (const std::size_t number = number_of(&kWordList[at]); next <= number; ++next)
      first[next] = static_cast<std::uint16_t>(at);
    while (kWordList[at] != '\n') ++at;
  }
  for (; next < first.size(); ++next) first[next] = static_cast<std::uint16_t>(kWordList.size());
  return first;
}();

// `word` has three letters or more, all of them lower case.
bool is_word(std::string_view word) {
  const std::size_t number = number_of(word.data());
  std::string_view near = kWordList.substr(kFirstWord[number], kFirstWord[number + 1] - kFirstWord[number]);
  for (; !near.empty(); near.remove_prefix(near.find('\n') + 1))
    if (near.starts_with(word) && near[word.size()] == '\n') return true;
  return false;
}

// The letters of a run (lower case) that words cover at best: words of four letters or more, or of three that are
// all of a part between other bytes.
std::size_t covered(std::string_view run) {
  if (run.size() == 3) return is_word(run) ? 3 : 0;
  std::vector<std::size_t> best(run.size() + 1);
  for (std::size_t end = 1; end <= run.size(); ++end) {
    best[end] = best[end - 1];
    for (std::size_t length = 4; length <= std::min(end, kLongestWord); ++length)
      if (best[end - length] + length > best[end] && is_word(run.substr(end - length, length)))
        best[end] = best[end - length] + length;
  }
  return best.back();
}

char from_leet(char c) {
  // clang-format off
  switch (c) {
    case '0': return 'o';
    case '1': case '!': return 'i';
    case '3': return 'e';
    case '4': case '@': return 'a';
    case '5': case '$': return 's';
    case '7': return 't';
    default: return lower(c);
  }
  // clang-format on
}

// Calls `visit` with each run of letters of `value`, in lower case; camel case is one run, for words are looked for
// inside it.
template <typename Fold, typename Visit>
void for_each_run(std::string_view value, Fold fold, Visit visit) {
  std::string run;
  for (char c : value) {
    const char folded = fold(c);
    if (is_letter(folded)) {
      run += folded;
    } else if (!run.empty()) {
      visit(run);
      run.clear();
    }
  }
  if (!run.empty()) visit(run);
}

std::size_t covered_of(std::string_view value, char (*fold)(char)) {
  std::size_t sum = 0;
  for_each_run(value, fold, [&](const std::string& run) { sum += covered(run); });
  return sum;
}

}  // namespace

std::size_t letters_in_words(std::string_view value) { return covered_of(value, lower); }
std::size_t letters_in_leet_words(std::string_view value) { return covered_of(value, from_leet); }

float rarity_of(std::string_view value) {
  std::size_t pairs = 0, sum = 0;
  for (std::size_t i = 1; i < value.size(); ++i) {
    const char a = lower(value[i - 1]), b = lower(value[i]);
    if (!is_lower(a) || !is_lower(b)) continue;
    ++pairs;
    sum += kBigrams[a - 'a'][b - 'a'];
  }
  return pairs == 0 ? 4.0f : static_cast<float>(sum) / 16.0f / static_cast<float>(pairs);
}

}  // namespace staunch
