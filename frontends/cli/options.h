// Everything that the command line can say, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace staunch {

enum class Command : std::uint8_t {
  dir,
  git,
  from_stdin,
  filter,
  events,
  report,
  rules_list,
  rules_show,
  rules_check,
  rules_test,
  rules_import,
  policy_import,
  hook_install,
  hook_uninstall,
  hook_pre_commit,
  hook_pre_push,
  hook_commit_msg,
  hook_pre_receive,
  hook_ci,
  completion,
  manual,
  help,
  version
};

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, fatal };

inline constexpr std::uint64_t kMegabyte = 1'000'000;  // of --max-target-megabytes

struct Options {
  Command command = Command::version;
  std::vector<std::string> paths;  // targets, rule ids or files, as the command takes them

  // which rules
  std::string config;
  bool ignore_target_config = false;  // no configuration that lies in what is scanned
  std::vector<std::string> enable_rules;
  bool no_cache = false;
  bool markdown = false;  // rules list: a table for documentation
  std::string from;       // rules import: whose rules; empty: told by what the file looks like

  // what is read
  std::vector<std::string> excludes;
  bool respect_gitignore = false;
  bool follow_symlinks = false;
  std::uint64_t max_target_megabytes = 0;     // of 1,000,000 bytes
  unsigned max_decode_depth = 5;              // 0: nothing is decoded
  unsigned max_archive_depth = 2;             // 0: nothing is opened
  std::string label;                          // what standard input is called
  bool no_delta_scan = false;                 // git: look at every blob as a whole
  std::string cache;                          // git: a folder, or "auto"; empty: none
  std::string repos_from;                     // git: a file that lists repositories
  std::vector<std::string> ranges, branches;  // git: commits
  std::string since_commit, log_options;
  bool staged = false, unstaged = false, whole_files = false;
  unsigned timeout_seconds = 0;
  unsigned threads = 0;

  // what a filter does
  bool ndjson = false, rsyslog_mm = false, omprog = false;
  std::string output;       // omprog: the file that messages go to
  std::string policy;       // a file; empty: the default policy
  bool check_only = false;  // look at rules and policy, and do nothing
  bool shadow = false;
  bool fail_open = false;
  std::string events;  // a file, "-" for standard error, "syslog"; empty: none
  bool events_required = false;

  // which events are read back
  std::string since, event_rule, event_route, event_action;

  // hooks
  bool hook_global = false, hook_server = false;  // install: where
  std::string layout;                             // install --server: "git", "gitlab", "gitea" or "github"; empty: told
  bool force = false;                             // install: beside a manager of hooks
  double budget_seconds = 4;                      // 0: none
  std::string on_timeout;                         // "allow" or "block"; empty: the hook's own default
  bool allow_skip = false;                        // pre-receive: `git push -o staunch.skip=REASON` counts
  std::string hook_log;                           // a file; empty: in the repository
  std::string base, head;                         // ci: what else the environment says
  bool to_stderr = false;                         // the report goes there
  bool in_part = false;                           // commits, an index, a stream: entries without a match are not dead
  bool text_is_shown = false;                     // beside the report, so that its summary needs no second telling

  // what is held back
  std::vector<std::string> baselines;
  std::string baseline_write;
  std::vector<std::string> ignore_paths;
  bool ignore_allow_tags = false;
  Confidence min_confidence = Confidence::medium;

  // what is reported, and how the program ends
  std::string report_path = "-";
  std::string report_format;  // empty: by the path's ending, else text
  int redact_percent = 100;
  bool show_secrets = false;
  bool no_color = false;
  int exit_code = 1;
  std::string fail_on;
  bool strict = false;
  std::string compat;           // read before everything else (gitleaks_compat.h)
  std::string platform;         // git: whose links a report has; empty: told by the remote's host
  bool gitleaks = false;        // --compat gitleaks: its columns, its exit codes
  bool gitleaks_print = false;  // … and what its -v prints beside the report

  bool verify = false;        // ask issuers about what is found
  std::string verify_policy;  // whose network settings count; empty: none
  std::string seal, seal_to;  // a file for the report with its secrets, and the public key it is sealed to
  std::string respond;        // a policy of the response; empty: findings are reported and that is all

  // what is told beside the report
  LogLevel log_level = LogLevel::info;
  bool verbose = false;
  bool stats = false;
  bool explain = false;
  bool no_progress = false;
};

}  // namespace staunch
