// Words and languages, for the scorer (engine/score.h): how much of a value is made of words that programs use, and how
// well its letters can be pronounced. The list and the table are those of corpus/words.txt.
#pragma once

#include <cstddef>
#include <string_view>

namespace staunch {

// How many letters of `value` words cover at best; the rest of its bytes only part the words.
std::size_t letters_in_words(std::string_view value);
// The same where digits and symbols stand for letters (0 for o, @ for a).
std::size_t letters_in_leet_words(std::string_view value);
// Mean surprisal of letters behind letters, in bits; what a person would call unpronounceable is above 5.
float rarity_of(std::string_view value);

}  // namespace staunch
