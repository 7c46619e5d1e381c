// staunch rules test: each rule finds its own samples, made anew, and nothing in its decoys.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/sample.h"
#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/scanning.h"

namespace staunch {
namespace {

constexpr std::uint64_t kSeeds = 20;  // generated secrets a sample

struct Counts {
  std::size_t samples = 0, decoys = 0, untested = 0, failures = 0;
};

bool finds(Scanner& scanner, std::size_t rule, const std::string& text) {
  Scanner::Lease lease = scanner.lease();
  const ItemReport report = scanner.scan(lease, text, {});
  return std::any_of(report.occurrences.begin(), report.occurrences.end(),
                     [&](const Occurrence& occurrence) { return occurrence.rule == rule; });
}

// What the user cannot see from outside is left alone: a part of a composite rule, a rule that wants a path.
bool can_be_tested(const Rule& rule) {
  return !rule.samples.empty() && !rule.regex.empty() && rule.path.empty() && !rule.skip_report &&
         rule.required.empty();
}

std::string test_rule(Scanner& scanner, std::size_t index, Counts& counts) {
  const Rule& rule = scanner.database().catalogue().rules[index];
  std::string failures;
  const auto fail = [&](std::string text) {
    failures += fmt::format("{}: {}\n", rule.id, text);
    ++counts.failures;
  };
  if (!can_be_tested(rule)) ++counts.untested;
  for (std::uint64_t seed = 1; seed <= kSeeds && can_be_tested(rule); ++seed) {
    const std::vector<std::string> samples = generate_samples(rule, seed);
    for (std::size_t i = 0; i < samples.size(); ++i, ++counts.samples)
      if (!finds(scanner, index, samples[i]))
        fail(fmt::format("sample {} is not found with the secret of seed {}", i + 1, seed));
  }
  for (std::size_t i = 0; i < rule.decoys.size(); ++i, ++counts.decoys)
    if (finds(scanner, index, rule.decoys[i])) fail(fmt::format("decoy {} is found", i + 1));
  return failures;
}

}  // namespace

int run_rules_test(const Options& options) {
  const Messages messages(options);
  const auto loaded = load_rules(options, {}, messages);
  if (!loaded) return refused(loaded.error(), messages);
  const auto& rules = loaded->database->catalogue().rules;
  Scanner scanner(loaded->database, {});
  Counts counts;
  std::string answer;
  for (std::size_t i = 0; i < rules.size(); ++i) answer += test_rule(scanner, i, counts);
  answer +=
      fmt::format("{} rules: {} samples and {} decoys scanned, {} failed; {} rules without a sample of their own\n",
                  rules.size(), counts.samples, counts.decoys, counts.failures, counts.untested);
  return print_answer(answer, counts.failures == 0 ? kExitClean : kExitFindings, messages);
}

}  // namespace staunch
