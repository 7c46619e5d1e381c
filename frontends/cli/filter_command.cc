// staunch filter: standard input to standard output with the secrets in it replaced.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/filter_signals.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/scanning.h"
#include "frontends/stream/filter.h"
#include "frontends/report/small_file.h"
#include "frontends/stream/policy_reader.h"
#include "frontends/stream/redactor.h"

namespace staunch {
namespace {

using SharedRedactor = std::shared_ptr<const Redactor>;

// Rules and policy as they stand now.
Result<SharedRedactor> load_redactor(const Options& options, const std::string& key, const Messages& messages) {
  auto rules = load_rules(options, {}, messages);
  if (!rules) return rules.error();
  std::vector<Diagnostic> diagnostics;
  Policy policy;
  if (!options.policy.empty()) {
    const auto text = read_small_file(options.policy, kMaxPolicyBytes);
    if (!text) return text.error();
    policy = read_policy(*text, options.policy, diagnostics);
    if (has_errors(diagnostics)) {
      messages.diagnostics(diagnostics);
      return Error{"the policy cannot be used", options.policy};
    }
  }
  policy.shadow |= options.shadow;
  if (options.fail_open) policy.on_scanner_failure = Action::allow;
  auto redactor = Redactor::make(rules->database, std::move(policy), key, diagnostics);
  messages.diagnostics(diagnostics);
  return redactor;
}

std::string summary(const FilterTotals& totals) {
  return fmt::format("{} bytes; {} redacted, {} lines blocked, {} logged, {} private keys, {} blocks not scanned",
                     totals.bytes, totals.redacted, totals.blocked, totals.logged, totals.keys, totals.not_judged);
}

}  // namespace

int run_filter(const Options& options) {
  const Messages messages(options);
  const std::string key = Redactor::random_key();
  auto loaded = load_redactor(options, key, messages);
  if (!loaded) return refused(loaded.error(), messages);
  if (options.check_only) return kExitClean;

  std::atomic<SharedRedactor> redactor(std::move(*loaded));
  const FilterSignals signals([&] {
    auto again = load_redactor(options, key, messages);
    if (again) redactor.store(std::move(*again));
    else messages.error(to_string(again.error()) + "; the old rules stay");
  });
  Judge judge;
  judge.decide = [&](std::string_view text, std::size_t begin) {
    return redactor.load()->decide_lines(text, begin, Occasion());
  };
  judge.key_lines = [&] {
    const SharedRedactor now = redactor.load();
    if (now->policy().shadow) return Action::log;
    return now->action_for("private-key", Severity::critical, Confidence::high, Occasion());
  };
  judge.fails_open = [&] { return redactor.load()->policy().on_scanner_failure == Action::allow; };

  FilterOptions filter;
  filter.in = STDIN_FILENO;
  filter.out = STDOUT_FILENO;
  filter.threads = options.threads;
  filter.stop_fd = signals.stop_fd();
  const FilterTotals totals = run_filter(filter, judge, [](const Ruling&) {});
  messages.debug(summary(totals));
  if (!totals.status) messages.error(to_string(totals.status.error()));
  if (totals.not_judged > 0) messages.error(fmt::format("{} blocks could not be scanned", totals.not_judged));
  return totals.status && totals.not_judged == 0 ? kExitClean : kExitIncomplete;
}

}  // namespace staunch
