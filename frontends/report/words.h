// How reports and options spell severities, confidences and check outcomes.
#pragma once

#include <optional>
#include <string_view>

#include "engine/finding.h"
#include "rules/rule.h"

namespace staunch {

std::string_view word_of(Severity severity);
std::string_view word_of(Confidence confidence);
std::string_view word_of(CheckOutcome outcome);

std::optional<Severity> severity_of_word(std::string_view word);
std::optional<Confidence> confidence_of_word(std::string_view word);
std::optional<CheckOutcome> outcome_of_word(std::string_view word);

}  // namespace staunch
