// staunch rules import: rules of another scanner to standard output, as a configuration of ours; what could not be
// carried over to standard error, each with its line. A detect-secrets baseline becomes an ignore file.
//
// What is written can be used as it is: rules whose regex does not compile here are left out, with the reason.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/database.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/rule_text.h"
#include "frontends/report/small_file.h"
#include "rules/import.h"
#include "rules/reader.h"

namespace staunch {
namespace {

bool same_place(const Place& a, const Place& b) { return a.line == b.line && a.column == b.column && a.file == b.file; }

// Whether a message about `place` is about this rule.
bool is_about(const Rule& rule, const Place& place) {
  const auto here = [&](const auto& part) { return same_place(part.place, place); };
  return here(rule) || std::any_of(rule.allowlists.begin(), rule.allowlists.end(), here) ||
         std::any_of(rule.required.begin(), rule.required.end(), here);
}

bool stands_alone(const Rule& rule) { return !rule.regex.empty() || !rule.path.empty(); }

// What is wrong with those that stand alone; one that extends another is complete only in its place.
std::vector<Diagnostic> mistakes_in(const Catalogue& catalogue) {
  Catalogue alone = catalogue;
  std::erase_if(alone.rules, [](const Rule& rule) { return !stands_alone(rule); });
  for (Allowlist& list : alone.allowlists) list.target_rules.clear();
  std::vector<Diagnostic> found = check_catalogue(alone);
  if (!has_errors(found)) (void)Database::compile(std::move(alone), found);
  return found;
}

void leave_out(std::vector<Diagnostic>& to, const Diagnostic& mistake, const std::string& what) {
  const bool named = mistake.message.starts_with(what + ": ");
  to.push_back({Diagnostic::Level::warning, mistake.place,
                fmt::format("{} is not carried over: {}", what, mistake.message.substr(named ? what.size() + 2 : 0)),
                mistake.hint});
}

// Takes out what cannot be used, until the rest can be; returns what is wrong and belongs to nothing.
std::vector<Diagnostic> take_out_unusable(Imported& imported) {
  for (;;) {
    std::vector<Diagnostic> rest;
    bool fewer = false;
    for (const Diagnostic& mistake : mistakes_in(imported.catalogue)) {
      if (mistake.level != Diagnostic::Level::error) continue;
      auto& rules = imported.catalogue.rules;
      auto& lists = imported.catalogue.allowlists;
      const auto rule = std::find_if(rules.begin(), rules.end(),
                                     [&](const Rule& candidate) { return is_about(candidate, mistake.place); });
      const auto list = std::find_if(lists.begin(), lists.end(), [&](const Allowlist& candidate) {
        return same_place(candidate.place, mistake.place);
      });
      if (rule != rules.end()) {
        leave_out(imported.diagnostics, mistake, fmt::format("rule '{}'", rule->id));
        rules.erase(rule);
        fewer = true;
      } else if (list != lists.end()) {
        leave_out(imported.diagnostics, mistake, "an allowlist");
        lists.erase(list);
        fewer = true;
      } else {
        rest.push_back(mistake);
      }
    }
    if (!fewer) return rest;
  }
}

std::string extend_text(const Imported& imported) {
  if (!imported.extends) return {};
  std::string text = "\n[extend]\n";
  if (imported.extends_default) text += "useDefault = true\n";
  if (!imported.extend_path.empty()) text += fmt::format("path = {}\n", quoted_text(imported.extend_path));
  if (imported.disabled_rules.empty()) return text;
  std::string ids;
  for (const std::string& id : imported.disabled_rules) ids += (ids.empty() ? "" : ", ") + quoted_text(id);
  return text + fmt::format("disabledRules = [{}]\n", ids);
}

std::string text_of(const Imported& imported, const std::string& from) {
  std::string text = fmt::format("title = {}\n", quoted_text("imported from " + from)) + extend_text(imported);
  for (const Rule& rule : imported.catalogue.rules) text += rule_text(rule, false);
  for (const Allowlist& list : imported.catalogue.allowlists) text += allowlist_text(list);
  return text;
}

std::string ignore_text(const Imported& imported) {
  std::string text = "# For .staunchignore: what detect-secrets' baseline lists, by the SHA-1 of each secret.\n";
  for (const std::string& line : imported.ignores) text += line + "\n";
  return text;
}

}  // namespace

int run_rules_import(const Options& options) {
  const Messages messages(options);
  const std::string& path = options.paths.front();
  const auto text = read_small_file(path, kMaxRuleFileBytes);
  const auto refuse = [&](const Error& error) {
    messages.error(to_string(error));
    return kExitUsage;
  };
  if (!text) return refuse(text.error());
  const auto format = options.from.empty() ? rule_format_of(*text) : rule_format_of_name(options.from);
  if (!format) return refuse({"cannot tell whose rules these are: --from says it", path});
  Imported imported = import_rules(*format, *text, path);
  const bool readable = !has_errors(imported.diagnostics);
  std::vector<Diagnostic> rest;
  if (readable) rest = take_out_unusable(imported);
  messages.diagnostics(imported.diagnostics);
  messages.diagnostics(rest);
  if (!readable || !rest.empty()) return refuse({"the rules cannot be carried over", path});
  if (*format == RuleFormat::detect_secrets) return print_answer(ignore_text(imported), kExitClean, messages);
  const auto names = rule_format_names();
  return print_answer(text_of(imported, names[static_cast<std::size_t>(*format)]), kExitClean, messages);
}

}  // namespace staunch
