#include "frontends/report/words.h"

#include <array>

namespace staunch {
namespace {

constexpr std::array<std::string_view, 4> kSeverities = {"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 3> kConfidences = {"low", "medium", "high"};
constexpr std::array<std::string_view, 3> kOutcomes = {"none", "passed", "failed"};

template <typename T, std::size_t n>
std::optional<T> find_word(const std::array<std::string_view, n>& words, std::string_view word) {
  for (std::size_t i = 0; i < n; ++i)
    if (words[i] == word) return static_cast<T>(i);
  return std::nullopt;
}

}  // namespace

std::string_view word_of(Severity severity) { return kSeverities[static_cast<std::size_t>(severity)]; }
std::string_view word_of(Confidence confidence) { return kConfidences[static_cast<std::size_t>(confidence)]; }
std::string_view word_of(CheckOutcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

std::optional<Severity> severity_of_word(std::string_view word) { return find_word<Severity>(kSeverities, word); }
std::optional<Confidence> confidence_of_word(std::string_view word) {
  return find_word<Confidence>(kConfidences, word);
}
std::optional<CheckOutcome> outcome_of_word(std::string_view word) { return find_word<CheckOutcome>(kOutcomes, word); }

}  // namespace staunch
