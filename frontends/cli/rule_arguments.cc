// The commands of rules and of reports.
#include <fmt/format.h>

#include "rules/import.h"
#include "frontends/cli/command_arguments.h"
#include "frontends/cli/option_groups.h"

namespace staunch {

void add_report(CLI::App& app, Options& o) {
  CLI::App* report =
      add_command(app, o, Command::report, "report", "reports, ours and other scanners', as one in any format");
  report->add_option("FILE", o.paths, "reports: jsonl, SARIF, JSON of gitleaks or trufflehog; - is standard input")
      ->required();
  add_config_options(*report, o);
  add_platform_option(*report, o);
  add_judged_options(*report, o);
  add_report_options(*report, o);
  add_talk_options(*report, o);
}

void add_rules(CLI::App& app, Options& o) {
  CLI::App* rules = app.add_subcommand("rules", "list, show, check, test and import rules")->require_subcommand(1);
  CLI::App* list = add_command(*rules, o, Command::rules_list, "list", "all rules as a table");
  list->add_flag("--markdown", o.markdown, "as a table of Markdown, with proof and source");
  CLI::App* show = add_command(*rules, o, Command::rules_show, "show", "all that is known of rules");
  show->add_option("ID", o.paths, "ids of rules")->required();
  CLI::App* check = add_command(*rules, o, Command::rules_check, "check",
                                "find every mistake in provider files or configurations and measure each rule");
  check->add_option("FILE", o.paths, "provider files or configurations")->required();
  CLI::App* test = add_command(*rules, o, Command::rules_test, "test", "scan each rule's samples and decoys");
  CLI::App* import = add_command(*rules, o, Command::rules_import, "import",
                                 "rules of another scanner as a configuration, or its baseline as an ignore file");
  import->add_option("FILE", o.paths, "a rule file or baseline")->required()->expected(1);
  choose(import->add_option("--from", o.from,
                            fmt::format("{}; else told by its content", fmt::join(rule_format_names(), ", "))),
         rule_format_names())
      ->type_name("SCANNER");
  for (CLI::App* command : {list, show, test}) add_rule_options(*command, o);
}

}  // namespace staunch
