// The response's program: what the core's words verify, revoke, rotate, incident and secrets start.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>

#include "frontends/cli/app_shape.h"
#include "frontends/cli/usage.h"
#include "hooks/respond/program/commands.h"

namespace {

using namespace staunch;

constexpr const char* kReportHelp =
    "a report: ours (jsonl, SARIF), gitleaks' JSON, trufflehog's JSON lines, SARIF; - is one secret on standard input";

void add_report_place(CLI::App& app, RespondOptions& o) {
  app.add_option("--in", o.folder,
                 "the work tree or repository that the report speaks of: secrets are read again there")
      ->type_name("FOLDER");
  app.add_option("--unseal", o.unseal, "the private key's file of a report that --seal wrote")->type_name("FILE");
}

void add_asking_options(CLI::App& app, RespondOptions& o) {
  add_report_place(app, o);
  app.add_option("--policy", o.policy, "what may be done, as whom; owned by you, outside of what was scanned")
      ->type_name("FILE");
  app.add_option("--part", o.parts, "what stands beside the secret and the report lacks, as in key_id=AKIA…")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  app.add_option("--issuer", o.issuers, "ask this provider about formats that several share")
      ->allow_extra_args(false)
      ->type_name("PROVIDER");
  app.add_option("--only", o.only, "only this fingerprint, rule or provider")
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_flag("--ask-canaries", o.ask_canaries, "ask about canary tokens too, which tells their owner");
  app.add_option("--ca-file", o.ca_file, "certificates to trust instead of the system's")->type_name("PEM");
  app.add_option("--proxy", o.proxy, "an HTTP proxy to ask through")->type_name("URL");
}

CLI::App* add_word(CLI::App& app, RespondOptions& o, Word word, const char* name, const char* help) {
  CLI::App* added = app.add_subcommand(name, help);
  added->callback([&o, word] { o.word = word; });
  return added;
}

void add_verify(CLI::App& app, RespondOptions& o) {
  CLI::App* verify = add_word(app, o, Word::verify, "verify",
                              "ask providers which secrets are good: exit 1 when one is, 3 when unknown remains");
  verify->add_option("REPORT", o.target, kReportHelp)->required();
  verify->add_flag("--beside-scan", o.beside, "of a report that is still being written; verdicts go to descriptor 3");
  verify->add_option("--max-age", o.max_age, "a verdict of the policy's journal this young is not asked for again")
      ->type_name("TIME");
  verify->add_option("--rule", o.rule, "what the secret on standard input is")->type_name("ID");
  verify->add_option("-f,--report-format", o.format, "text or jsonl")->check(CLI::IsMember({"text", "jsonl"}));
  add_asking_options(*verify, o);
}

void add_revoke(CLI::App& app, RespondOptions& o) {
  CLI::App* revoke = add_word(app, o, Word::revoke, "revoke",
                              "kill secrets that are good: shows a plan, and does one only with --live --plan");
  revoke->add_option("REPORT", o.target, kReportHelp)->required();
  revoke->add_option("--rule", o.rule, "what the secret on standard input is")->type_name("ID");
  revoke->add_flag("--live", o.live, "do the plan");
  revoke->add_option("--plan", o.plan, "the digest that the dry run told")->type_name("DIGEST");
  revoke->add_option("--approval", o.approval, "a signed yes to this plan")->type_name("FILE");
  revoke->add_flag("--sole-responder", o.sole_responder, "nobody else responds: no store needs to show what is ended");
  revoke->add_option("--code", o.code, "the plan's short code: yes to what cannot be undone")->type_name("CODE");
  add_asking_options(*revoke, o);
}

void add_rotate(CLI::App& app, RespondOptions& o) {
  CLI::App* rotate =
      add_word(app, o, Word::rotate, "rotate",
               "a new key in every place, then the old one dead; shows a plan, and does one only with --live --plan");
  rotate->add_option("PLAN", o.target, "a rotation's plan (TOML), or the id of one that is under way");
  rotate->add_option("--policy", o.policy, "stores, credentials and journal")->required()->type_name("FILE");
  rotate->add_option("--key", o.rule, "the id of the old key, where the stores do not tell it")->type_name("ID");
  CLI::Option* live = rotate->add_flag("--live", o.live, "do the plan");
  rotate->add_option("--plan", o.plan, "the digest that the dry run told: refused where it is not so any more")
      ->needs(live)
      ->type_name("DIGEST");
  rotate->add_option("--code", o.code, "the plan's short code: yes to the old key's end")
      ->needs(live)
      ->type_name("CODE");
  rotate->add_option("--approval", o.approval, "a signed yes to this plan, or to each run of it as it stands")
      ->needs(live)
      ->type_name("FILE");
  rotate->add_flag("--emergency", o.emergency, "disable the old key first");
  rotate->add_flag("--wait", o.wait, "sleep through waits of up to a minute");
  rotate->add_flag("--if-due", o.if_due,
                   "go on with the one under way, or begin one that is due by the plan's 'every'");
  rotate->add_flag("--both-leaked", o.both_leaked, "what makes the new key leaked too: a person must make it");
  rotate->add_flag("--take", o.take, "a new key that was made by hand: typed, or on standard input");
  rotate->add_flag("--done", o.done, "what was waited for was done by hand");
  rotate->add_flag("--sole-responder", o.sole_responder,
                   "nobody else rotates: no store needs to show that it is under way");
  rotate->add_option("--install", o.install, "print what makes it happen again: systemd, cron or github")
      ->check(CLI::IsMember({"systemd", "cron", "github"}));
  CLI::Option* replace =
      rotate->add_option("--replace", o.replace, "list every place of the key's value in this work tree")
          ->allow_extra_args(false)
          ->type_name("DIR");
  rotate->add_option("--patch", o.patch, "write a patch that puts the reference there; it is not applied")
      ->needs(replace)
      ->type_name("FILE");
  for (const char* stage : {"status", "resume", "rollback", "abort"})
    rotate->add_flag_callback(
        std::string("--") + stage, [&o, stage] { o.stage = stage; }, "of a rotation that is under way");
}

void add_secrets(CLI::App& app, RespondOptions& o) {
  CLI::App* secrets = add_word(app, o, Word::secrets, "secrets", "credentials of our own, kept in stores");
  secrets->require_subcommand(1);
  CLI::App* add = secrets->add_subcommand("add", "put a value, typed or on standard input, into a store");
  add->callback([&o] { o.action = "add"; });
  add->add_option("NAME", o.target, "what the store calls it")->required();
  add->add_option("--store", o.store, "local, or one of the policy's")->required();
  CLI::App* status = secrets->add_subcommand("status", "whether the policy's references resolve, their age and reuse");
  status->callback([&o] { o.action = "status"; });
  for (CLI::App* each : {add, status})
    each->add_option("--policy", o.policy, "whose journal, stores and references")->required()->type_name("FILE");
}

void add_incident(CLI::App& app, RespondOptions& o) {
  CLI::App* incident =
      add_word(app, o, Word::incident, "incident", "what happened, what was done, and the proof of it");
  incident->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* added = incident->add_subcommand(name, help);
    added->callback([&o, name] { o.action = name; });
    return added;
  };
  CLI::App* open = add(
      "open", "what a report or an advisory lists, asked about, as one incident; what is known opens no second one");
  open->add_option("REPORT,--from", o.target, kReportHelp);
  open->add_option("--reference", o.references, "an advisory names this credential of the policy, or STORE/NAME")
      ->allow_extra_args(false)
      ->type_name("NAME");
  open->add_option("--key-id", o.ids, "an advisory names this key by its id")->allow_extra_args(false)->type_name("ID");
  open->add_option("--list", o.list, "a provider's list of ids, one a line")->type_name("FILE");
  open->add_option("--host", o.hosts, "a machine that has the values")->allow_extra_args(false)->type_name("NAME");
  open->add_option("--rule", o.rule, "what the secret on standard input is")->type_name("ID");
  open->add_option("--title", o.title, "what people call it")->required();
  open->add_option("--exposure", o.exposure, "who could have read it")
      ->check(CLI::IsMember({"public", "internal", "unknown"}));
  add_asking_options(*open, o);
  std::vector<CLI::App*> others = {add("list", "all incidents"),
                                   add("audit", "whether the audit is whole: exit 3 where not")};
  others.back()
      ->add_option("--head", o.head, "a head that was told elsewhere: its line must be there")
      ->type_name("N:HASH");
  const auto of_one = [&](const char* name, const char* help) {
    others.push_back(add(name, help));
    others.back()->add_option("ID", o.target, "an incident")->required();
    return others.back();
  };
  of_one("show", "the whole story, to read here");
  of_one("report", "the whole story, to hand on")
      ->add_option("-f,--report-format", o.format, "md or html")
      ->check(CLI::IsMember({"md", "html"}));
  of_one("close", "when each of its credentials was proved dead");
  of_one("note", "something to tighten")->add_option("TEXT", o.title)->required();
  CLI::App* watch =
      add("watch", "72 hours after their end, hourly: whether what is dead stays dead; exit 1 at an alarm");
  watch->add_option("ID", o.target, "an incident; all where there is none");
  watch->add_flag("--once", o.once, "one round of what is due, for a timer");
  others.push_back(watch);
  CLI::App* told = of_one("told", "who was told what");
  told->add_option("WHO", o.who, "engineering, security, support, customers, owner …")->required();
  told->add_option("TEXT", o.title, "what they were told")->required();
  of_one("link", "a rotation that belongs to it")->add_option("ROTATION", o.who, "its id")->required();
  for (CLI::App* each : others) each->add_option("--policy", o.policy, "whose journal")->required()->type_name("FILE");
}

void add_respond(CLI::App& app, RespondOptions& o) {
  CLI::App* respond = add_word(app, o, Word::respond, "respond",
                               "do about a report's findings what the policy's [[respond]] entries say");
  CLI::Option* report = respond->add_option("REPORT", o.target, "a report, as verify takes them; - is standard input");
  add_report_place(*respond, o);
  CLI::Option* serve = respond
                           ->add_option("--serve-gitlab", o.serve_gitlab,
                                        "take reports by GitLab's token revocation contract here, as 127.0.0.1:8090")
                           ->type_name("ADDRESS")
                           ->excludes(report);
  respond->add_option("--port-file", o.port_file, "write the port there")->needs(serve)->type_name("FILE");
  respond->add_option("--policy", o.policy, "what leads to what; owned by you, outside of what was scanned")
      ->type_name("FILE");
  respond->add_option("--seal", o.seal, "do nothing but seal the report into this file")->type_name("FILE");
  respond->add_option("--seal-to", o.seal_to, "the public key: 64 hex digits")->type_name("KEY");
  respond->add_option("--source", o.source, "where the findings come from: dir, git, stdin, report (default) …")
      ->type_name("NAME");
  respond->add_flag("--ready", o.ready, "tell descriptor 3 when standard input is waited for");
}

int run(const RespondOptions& options, Output& output) {
  switch (options.word) {
    case Word::verify: return run_verify(options, output);
    case Word::revoke: return run_revoke(options, output);
    case Word::rotate: return run_rotate(options, output);
    case Word::incident: return run_incident(options, output);
    case Word::secrets: return run_secrets(options, output);
    case Word::respond: return run_respond(options, output);
  }
  return kWrongUse;
}

// Memory holds secrets: no core file, no other process of this user may look, and what is written is its owner's alone.
void keep_to_ourselves() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // the leak check looks at its own process
  prctl(PR_SET_DUMPABLE, 0);
#endif
  umask(077);
}

// libpq and libmariadb take from the environment what they are not told, plugins too; what they are told is all that
// counts.
void forget_database_settings() {
  std::vector<std::string> names;
  for (char** each = environ; *each != nullptr; ++each)
    for (const std::string_view prefix : {"PG", "MYSQL", "MARIADB", "LIBMYSQL"})
      if (const std::string_view text = *each; text.starts_with(prefix))
        names.emplace_back(text.substr(0, text.find('=')));
  for (const std::string& name : names) unsetenv(name.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) == -1) (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  std::signal(SIGPIPE, SIG_IGN);
  keep_to_ourselves();
  forget_database_settings();

  RespondOptions options;
  CLI::App app("staunch: verify, revoke and rotate what leaked.", "staunch");
  app.formatter(plain_help());  // the commands' too
  app.set_help_all_flag("--help-all", "help for all commands");
  app.require_subcommand(1);
  add_verify(app, options);
  add_revoke(app, options);
  add_rotate(app, options);
  add_incident(app, options);
  add_secrets(app, options);
  add_respond(app, options);
  if (argc == 2 && argv[1] == kShapeWord)
    return std::fputs(shape_text(shape_of(app)).c_str(), stdout) < 0 ? kUnknown : kDone;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "{}", usage_mistake(app, error));
    return kWrongUse;
  }
  Output output;
  try {
    return run(options, output);
  } catch (const std::exception& failure) {
    output.tell(fmt::format("error: {}", failure.what()));
    return kUnknown;
  }
}
