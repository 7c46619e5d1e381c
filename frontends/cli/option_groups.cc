#include "frontends/cli/option_groups.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "frontends/cli/app_shape.h"
#include "frontends/report/link.h"
#include "frontends/report/report.h"

namespace staunch {
namespace {

std::string words_of(const std::vector<std::string>& words) {
  return fmt::format("{}{}", kWords, fmt::join(words, "|"));
}

template <typename T>
std::string words_of(const std::map<std::string, T>& values) {
  std::vector<std::string> words;
  for (const auto& [word, value] : values) words.push_back(word);
  return words_of(words);
}

const std::map<std::string, Confidence> kConfidences = {
    {"low", Confidence::low}, {"medium", Confidence::medium}, {"high", Confidence::high}};
const std::map<std::string, LogLevel> kLogLevels = {{"trace", LogLevel::trace}, {"debug", LogLevel::debug},
                                                    {"info", LogLevel::info},   {"warn", LogLevel::warn},
                                                    {"error", LogLevel::error}, {"fatal", LogLevel::fatal}};

}  // namespace

CLI::Option* choose(CLI::Option* option, const std::vector<std::string>& words) {
  return option->check(CLI::IsMember(words).description(""), words_of(words));
}

CLI::App* add_command(CLI::App& app, Options& options, Command command, const char* name, const char* help) {
  CLI::App* added = app.add_subcommand(name, help);
  added->callback([&options, command] { options.command = command; });
  return added;
}

void add_config_options(CLI::App& app, Options& o) {
  app.add_option("-c,--config", o.config, "rules to use: a .staunch.toml or .gitleaks.toml")->type_name("FILE");
  app.add_flag("--no-cache", o.no_cache, "compile the rules of a configuration anew");
}

void add_rule_options(CLI::App& app, Options& o) {
  add_config_options(app, o);
  app.add_option("--enable-rule", o.enable_rules, "only these rules, by id")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("ID");
}

void add_size_option(CLI::App& app, Options& o) {
  app.add_option("--max-target-megabytes", o.max_target_megabytes, "leave out larger files; 0 is no limit")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 40))
      ->type_name("N");
}

void add_depth_options(CLI::App& app, Options& o) {
  app.add_option("--max-decode-depth", o.max_decode_depth, "encodings seen through inside one another (5); 0 is none")
      ->check(CLI::Range(0u, 32u))
      ->type_name("N");
  app.add_option("--max-archive-depth", o.max_archive_depth, "archives opened inside one another (2); 0 is none")
      ->check(CLI::Range(0u, 32u))
      ->type_name("N");
  app.add_option("--timeout", o.timeout_seconds, "stop after this many seconds and say so; 0 is never")->type_name("N");
}

void add_thread_option(CLI::App& app, Options& o) {
  app.add_option("-j,--threads", o.threads, "0 is one a processor")->check(CLI::Range(0u, 1024u))->type_name("N");
}

void add_judged_options(CLI::App& app, Options& o) {
  app.add_option("-b,--baseline-path", o.baselines, "hold back what this baseline lists (ours or a gitleaks report)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_option("--baseline-write", o.baseline_write, "add all findings to this baseline")->type_name("FILE");
  app.add_option("-i,--gitleaks-ignore-path", o.ignore_paths, "a .gitleaksignore file or the folder that it is in")
      ->allow_extra_args(false)
      ->type_name("PATH");
  app.add_option("--min-confidence", o.min_confidence, "low, medium or high: report nothing below")
      ->transform(CLI::CheckedTransformer(kConfidences, CLI::ignore_case).description(""), words_of(kConfidences))
      ->type_name("LEVEL");
}

void add_respond_option(CLI::App& app, Options& o) {
  app.add_option("--respond", o.respond, "act on findings as the [[respond]] entries of this policy say")
      ->type_name("POLICY");
}

void add_verify_option(CLI::App& app, Options& o) {
  CLI::Option* verify = app.add_flag("--verify", o.verify, "ask issuers whether what is found works: sends it there");
  app.add_option("--verify-policy", o.verify_policy, "with --verify: a response policy, for its [network] and [hosts]")
      ->needs(verify)
      ->type_name("POLICY");
  CLI::Option* seal =
      app.add_option("--seal", o.seal, "the report with its secrets, sealed: what verify and revoke need")
          ->type_name("FILE");
  seal->needs(app.add_option("--seal-to", o.seal_to, "with --seal: the public key, 64 hex digits")->type_name("KEY"));
}

void add_report_options(CLI::App& app, Options& o) {
  choose(app.add_option("-f,--report-format", o.report_format, fmt::format("{}", fmt::join(format_names(), ", "))),
         format_names())
      ->type_name("FORMAT");
  app.add_option("-r,--report-path", o.report_path, "where the report goes; - is standard output")->type_name("FILE");
  app.add_option("--redact", o.redact_percent, "hide this much of each secret's tail (--redact=N)")
      ->check(CLI::Range(0, 100))
      ->type_name("PERCENT");
  app.add_flag("--show-secrets", o.show_secrets, "print secrets as they are");
  app.add_option("--exit-code", o.exit_code, "exit code where something was found")
      ->check(CLI::Range(0, 255))
      ->type_name("N");
  app.add_option("--fail-on", o.fail_on, "findings that count, as in severity=high,confidence=high")
      ->type_name("BOUNDS");
  app.add_flag("--strict", o.strict, "what was read in part counts as not read");
}

void add_talk_options(CLI::App& app, Options& o) {
  app.add_option("-l,--log-level", o.log_level, "trace, debug, info, warn, error or fatal")
      ->transform(CLI::CheckedTransformer(kLogLevels, CLI::ignore_case).description(""), words_of(kLogLevels))
      ->type_name("LEVEL");
  app.add_flag("-v,--verbose", o.verbose, "tell more on standard error");
  app.add_flag_function(
      "--no-banner", [](std::int64_t) {}, "accepted for gitleaks' sake: there is no banner");
  app.add_flag("--no-color,--no-colour", o.no_color, "no colours, terminal or not");
}

void add_watching_options(CLI::App& app, Options& o) {
  app.add_flag("--no-progress", o.no_progress, "no progress line, terminal or not");
  app.add_flag("--stats", o.stats, "time and cost of each rule on standard error");
}

void add_explain_option(CLI::App& app, Options& o) {
  app.add_flag("--explain", o.explain, "tell on standard error what was nearly found, and what spoke against it");
}

void add_platform_option(CLI::App& app, Options& o) {
  choose(app.add_option("--platform", o.platform,
                        fmt::format("whose links reports have: {}; else the remote's host says it",
                                    fmt::join(code_host_names(), ", "))),
         code_host_names())
      ->type_name("NAME");
}

}  // namespace staunch
