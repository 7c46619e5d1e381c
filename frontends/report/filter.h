// Which findings are reported, and which of them count for the exit code.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/result.h"
#include "engine/sink.h"
#include "frontends/report/suppress.h"

namespace staunch {

// Holds back what is less certain than `least`, counted in `counts`.
std::unique_ptr<Sink> at_least(Confidence least, std::shared_ptr<Suppressed> counts, std::unique_ptr<Sink> next);

// --fail-on severity=high,confidence=high: an occurrence counts if it reaches every bound that is given.
struct FailOn {
  std::optional<Severity> severity;
  std::optional<Confidence> confidence;
};

Result<FailOn> read_fail_on(std::string_view text);
bool counts(const FailOn& fail_on, const Occurrence& occurrence);

// Counts the occurrences that pass and count; `count` is the caller's and outlives the sink.
std::unique_ptr<Sink> count_failures(FailOn fail_on, std::uint64_t& count, std::unique_ptr<Sink> next);

}  // namespace staunch
