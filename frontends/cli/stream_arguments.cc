// The commands of streams: filter, and what belongs to it.
#include "frontends/cli/command_arguments.h"
#include "frontends/cli/events_option.h"
#include "frontends/cli/option_groups.h"

namespace staunch {

void add_filter(CLI::App& app, Options& o) {
  CLI::App* filter =
      add_command(app, o, Command::filter, "filter", "pass standard input on with the secrets in it replaced");
  filter->add_option("--policy", o.policy, "what happens to what is found: a policy file")->type_name("FILE");
  filter->add_flag("--check", o.check_only, "find every mistake in rules and policy, and do nothing else");
  filter->add_flag("--shadow", o.shadow, "change nothing, only tell what would be changed");
  filter->add_flag("--fail-open", o.fail_open, "let pass what could not be scanned");
  add_events_option(*filter, o);
  add_respond_option(*filter, o);
  CLI::Option* ndjson = filter->add_flag("--ndjson", o.ndjson, "lines are JSON: only values are changed");
  CLI::Option* mm =
      filter->add_flag("--rsyslog-mm", o.rsyslog_mm, "answer rsyslog's mmexternal (see staunch help filter)");
  CLI::Option* omprog = filter->add_flag("--omprog", o.omprog, "confirm each message to rsyslog's omprog");
  CLI::Option* output =
      filter->add_option("-o,--output", o.output, "with --omprog: the file that messages go to")->type_name("FILE");
  ndjson->excludes(mm)->excludes(omprog);
  mm->excludes(omprog);
  omprog->needs(output);
  output->needs(omprog);
  add_rule_options(*filter, o);
  add_thread_option(*filter, o);
  add_talk_options(*filter, o);
}

void add_policy(CLI::App& app, Options& o) {
  CLI::App* policy = app.add_subcommand("policy", "policies of filter and serve")->require_subcommand(1);
  CLI::App* import = add_command(*policy, o, Command::policy_import, "import",
                                 "the dlp-filter of a gateway's policy-config.yaml as a policy file");
  import->add_option("FILE", o.paths, "a policy-config.yaml")->required()->expected(1);
}

void add_events(CLI::App& app, Options& o) {
  CLI::App* events = add_command(app, o, Command::events, "events", "what filter and serve decided, read back");
  events->add_option("FILE", o.paths, "files of events; - is standard input")->required();
  events->add_option("--since", o.since, "as 2026-11-21T11:00:00Z, or an age as 15m, 2h, 7d")->type_name("TIME");
  events->add_option("--rule", o.event_rule, "an id; \"github-*\" is all that begin so")->type_name("ID");
  events->add_option("--route", o.event_route, "where a text came through")->type_name("NAME");
  choose(events->add_option("--action", o.event_action, "log, redact or block"), {"log", "redact", "block"})
      ->type_name("ACTION");
}

}  // namespace staunch
