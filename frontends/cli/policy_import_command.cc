// staunch policy import: a gateway's DLP settings as a policy file, to standard output.
//
// What is written was tried: its patterns compile, its terms are long enough.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "engine/builtin.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/rule_text.h"
#include "frontends/cli/scanning.h"
#include "frontends/report/small_file.h"
#include "frontends/stream/policy_import.h"
#include "frontends/stream/policy_reader.h"
#include "frontends/stream/redactor.h"

namespace staunch {
namespace {

std::string list_text(std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return {};
  std::string out = fmt::format("{} = [\n", key);
  for (const std::string& value : values) out += fmt::format("  {},\n", quoted_text(value));
  return out + "]\n";
}

std::string policy_text(const ImportedDlp& dlp) {
  std::string out = "[[dlp]]\n";
  out += list_text("detect_patterns", dlp.patterns);
  out += list_text("blocked_terms", dlp.terms);
  if (dlp.fuzzy) out += fmt::format("fuzzy_matching = true\nmax_distance = {}\n", dlp.max_distance);
  return out + fmt::format("action = \"{}\"\n", dlp.action == Action::block ? "block" : "redact");
}

}  // namespace

int run_policy_import(const Options& options) {
  const Messages messages(options);
  const std::string& path = options.paths.front();
  const auto yaml = read_small_file(path, kMaxPolicyBytes);
  if (!yaml) return refused(yaml.error(), messages);
  std::vector<Diagnostic> diagnostics;
  const ImportedDlp dlp = import_dlp(*yaml, path, diagnostics);
  std::string text;
  if (!has_errors(diagnostics)) {
    text = policy_text(dlp);
    auto rules = builtin_database();
    if (!rules) return refused(rules.error(), messages);
    Policy policy = read_policy(text, path + " (as a policy)", diagnostics);
    if (!has_errors(diagnostics)) (void)Redactor::make(*rules, std::move(policy), {}, diagnostics).ok();
  }
  messages.diagnostics(diagnostics);
  if (has_errors(diagnostics)) return kExitUsage;
  return print_answer(text, kExitClean, messages);
}

}  // namespace staunch
