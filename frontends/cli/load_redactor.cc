#include "frontends/cli/load_redactor.h"

#include "frontends/cli/configuration.h"
#include "frontends/report/small_file.h"
#include "frontends/stream/policy_reader.h"

namespace staunch {

Result<std::shared_ptr<const Redactor>> load_redactor(const Options& options, const std::string& key,
                                                      const Messages& messages) {
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
  policy.keep_found = !options.respond.empty();
  if (options.fail_open) policy.on_scanner_failure = Action::allow;
  auto redactor = Redactor::make(rules->database, std::move(policy), key, diagnostics);
  messages.diagnostics(diagnostics);
  return redactor;
}

}  // namespace staunch
