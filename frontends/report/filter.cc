#include "frontends/report/filter.h"

#include <fmt/format.h>

#include "frontends/report/pass.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

class AtLeast : public PassOn {
 public:
  AtLeast(Confidence least, std::shared_ptr<Suppressed> suppressed, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), least_(least), suppressed_(std::move(suppressed)) {}
  void occurrence(Occurrence occurrence) override {
    if (occurrence.confidence < least_) ++suppressed_->confidence;
    else next_->occurrence(std::move(occurrence));
  }

 private:
  Confidence least_;
  std::shared_ptr<Suppressed> suppressed_;
};

class CountFailures : public PassOn {
 public:
  CountFailures(FailOn fail_on, std::uint64_t& count, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), fail_on_(fail_on), count_(count) {}
  void occurrence(Occurrence occurrence) override {
    if (counts(fail_on_, occurrence)) ++count_;
    next_->occurrence(std::move(occurrence));
  }

 private:
  FailOn fail_on_;
  std::uint64_t& count_;
};

// Reads one `key=value` into `fail_on`; what is wrong with it, or nothing.
std::optional<std::string> read_bound(std::string_view bound, FailOn& fail_on) {
  const std::size_t equals = bound.find('=');
  const std::string_view key = bound.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : bound.substr(equals + 1);
  if (key == "severity") {
    fail_on.severity = severity_of_word(value);
    if (!fail_on.severity) return fmt::format("severity is low, medium, high or critical, not \"{}\"", value);
  } else if (key == "confidence") {
    fail_on.confidence = confidence_of_word(value);
    if (!fail_on.confidence) return fmt::format("confidence is low, medium or high, not \"{}\"", value);
  } else {
    return fmt::format("unknown bound \"{}\" (severity=… and confidence=… are known)", key);
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Sink> at_least(Confidence least, std::shared_ptr<Suppressed> counts, std::unique_ptr<Sink> next) {
  return std::make_unique<AtLeast>(least, std::move(counts), std::move(next));
}

Result<FailOn> read_fail_on(std::string_view text) {
  FailOn fail_on;
  while (true) {
    const std::size_t comma = text.find(',');
    if (const auto wrong = read_bound(text.substr(0, comma), fail_on)) return Error{*wrong, "--fail-on"};
    if (comma == std::string_view::npos) return fail_on;
    text.remove_prefix(comma + 1);
  }
}

bool counts(const FailOn& fail_on, const Occurrence& occurrence) {
  return (!fail_on.severity || occurrence.severity >= *fail_on.severity) &&
         (!fail_on.confidence || occurrence.confidence >= *fail_on.confidence);
}

std::unique_ptr<Sink> count_failures(FailOn fail_on, std::uint64_t& count, std::unique_ptr<Sink> next) {
  return std::make_unique<CountFailures>(fail_on, count, std::move(next));
}

}  // namespace staunch
