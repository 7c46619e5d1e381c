// staunch hook pre-commit | pre-push | commit-msg | pre-receive: what git runs. Each finds its scope in what git hands
// it, scans that as `staunch git` would, and says nothing where all is well.
//
// Client hooks take configuration, ignore files and tags from the work tree: who commits may allow. A server takes them
// from its own options or from the branch that HEAD names, as it stood before the push, and no tag in a line counts.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "engine/scan.h"
#include "frontends/cli/budget.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/git_scan.h"
#include "frontends/cli/hook_log.h"
#include "frontends/cli/hook_sink.h"
#include "frontends/cli/hook_words.h"
#include "frontends/cli/scanning.h"
#include "frontends/git/git_file.h"
#include "frontends/git/object_id.h"
#include "frontends/git/repository.h"
#include "frontends/report/small_file.h"
#include "hooks/git/base_files.h"
#include "hooks/git/ref_updates.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxMessage = 64u << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Where git merges alone it runs pre-merge-commit before there is a MERGE_HEAD, and names what it merges in variables
// only: GITHEAD_ID=NAME (git's builtin/merge.c).
std::vector<ObjectId> commits_being_merged() {
  constexpr std::string_view kPrefix = "GITHEAD_";
  std::vector<ObjectId> commits;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view entry = *each;
    if (!entry.starts_with(kPrefix)) continue;
    const std::string_view name = entry.substr(0, entry.find('='));
    if (const auto id = ObjectId::from_hex(name.substr(kPrefix.size()))) commits.push_back(*id);
  }
  return commits;
}

// A hook has no terminal, whatever it is connected to.
Options for_hook(Options options) {
  options.to_stderr = true;
  options.no_color = true;
  options.no_progress = true;
  options.report_format = "text";
  return options;
}

std::chrono::milliseconds budget_of(const Options& options) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(options.budget_seconds * 1000));
}

// One hook from its scope to git's answer.
class Hook {
 public:
  Hook(const Options& given, HookKind kind) : kind_(kind), options_(for_hook(given)), messages_(options_) {}

  const Messages& messages() const { return messages_; }
  Options& options() { return options_; }
  const Repository& repository() const { return *repository_; }
  const Refs& refs() const { return refs_; }

  Status open() {
    auto opened = open_repository(".", git_environment());
    if (!opened) return opened.error();
    repository_ = *std::move(opened);
    refs_ = read_refs(*repository_);
    if (options_.hook_log.empty()) options_.hook_log = repository_->common_dir + "/staunch-hook.jsonl";
    return Done{};
  }

  // The folder of a client whose files count.
  std::string own_folder() const {
    return repository_->work_tree.empty() ? repository_->git_dir : repository_->work_tree;
  }

  int scan(Scope scope, std::string trusted, std::vector<std::string> names = {}) {
    refs_told_ = std::move(names);
    GitJob job;
    job.command = std::string("hook ") + hook_name(kind_);
    job.targets = {"."};
    job.trusted = {std::move(trusted)};
    job.budget = budget_of(options_);
    job.scope = std::move(scope);
    if (job.budget.count() != 0) job.scope.time_limit = job.budget + kBudgetGrace / 2;
    job.on_overrun = [this] { overrun(); };
    job.wrap = wrap();
    return judge(scan_repositories(options_, job, messages_));
  }

  // The scan of one text.
  int scan_text(std::string_view text, const std::string& trusted) {
    auto ready = prepare_scan(options_, {trusted}, messages_, wrap());
    if (!ready) return refused(ready.error(), messages_);
    const auto& [database, key, chain] = *ready;
    Scanner scanner(database, scan_options(options_, key));
    Sink& sink = chain->front();
    sink.start(run_info(std::string("hook ") + hook_name(kind_), {}, *database, key));
    Scanner::Lease worker = scanner.lease();
    ItemReport report = scanner.scan(worker, text, kMessagePath);
    Totals totals;
    totals.bytes = report.bytes;
    totals.items = 1;
    totals.partial = std::move(report.partial);
    totals.incomplete = std::move(report.incomplete);
    for (Occurrence& o : report.occurrences) sink.occurrence(std::move(o));
    return judge({finish_scan(options_, scanner, *chain, totals)});
  }

  std::function<void()> clean_up;   // for an end in the middle of the scan; may be empty
  std::optional<SkipRequest> skip;  // pre-receive: whoever pushes asks to be let through

 private:
  WrapReport wrap() {
    return [this](std::unique_ptr<Sink> report, const ReportOptions&) {
      return keep_for_hook(
          found_, [this] { say(words_before(kind_, found_, skip_counts())); }, std::move(report));
    };
  }

  bool allowed_on_timeout() const {
    return options_.on_timeout.empty() ? kind_ != HookKind::pre_receive : options_.on_timeout == "allow";
  }
  bool skip_counts() const { return skip && !skip->reason.empty() && options_.allow_skip; }

  static const char* timeout_word(bool allowed) { return allowed ? "out of time: allowed" : "out of time: blocked"; }

  static void say(const std::string& words) { std::fwrite(words.data(), 1, words.size(), stderr); }

  // Whether it could be recorded.
  bool log(const std::string& decision, const std::string& reason, const HookFindings& found) const {
    const Status logged = log_decision(options_.hook_log, {hook_name(kind_), decision, reason, refs_told_}, found);
    if (!logged) messages_.warn("the log: " + to_string(logged.error()));
    return logged.ok();
  }

  int judge(const GitOutcome& outcome) {
    const bool found = found_.places != 0, unread = !found_.unread.empty();
    if (outcome.exit_code == kExitClean) return kExitClean;
    if (!found && !unread && outcome.out_of_time) return time_is_over();
    if (!found && !unread) return outcome.exit_code;  // what is wrong has been told
    if (skip_counts()) {
      if (log("skipped", skip->reason, found_)) {
        say(words_for_skipped());
        return kExitClean;
      }
      say("\nstaunch: BLOCKED: a push is let through only where that can be recorded.\n");
    } else {
      log(found ? "blocked" : "not read", {}, found_);
    }
    say(words_after(kind_, kind_ == HookKind::commit_msg ? options_.paths.at(0) : "", found, skip,
                    options_.allow_skip));
    return found ? kExitFindings : kExitIncomplete;
  }

  int time_is_over() {
    bool allowed = allowed_on_timeout();
    if (!allowed && skip_counts()) allowed = log("skipped", skip->reason, found_);
    else log(timeout_word(allowed), {}, found_);
    say(words_for_timeout(kind_, options_.budget_seconds, allowed));
    return allowed ? kExitClean : kExitIncomplete;
  }

  // From another thread, while the scan goes on: nothing that it writes may be read here.
  void overrun() {
    const bool allowed = allowed_on_timeout();
    log(timeout_word(allowed), {}, HookFindings());
    say(words_for_timeout(kind_, options_.budget_seconds, allowed));
    if (clean_up) clean_up();
    _exit(allowed ? kExitClean : kExitIncomplete);
  }

  const HookKind kind_;
  Options options_;
  const Messages messages_;
  std::optional<Repository> repository_;
  Refs refs_;
  std::vector<std::string> refs_told_;
  HookFindings found_;
};

std::vector<std::string> names_of(const std::vector<RefUpdate>& updates) {
  std::vector<std::string> names;
  for (const RefUpdate& update : updates) names.push_back(update.ref);
  return names;
}

// "git push -o staunch.skip=REASON", as receive.advertisePushOptions lets it through.
std::optional<SkipRequest> asked_to_skip() {
  constexpr std::string_view kOption = "staunch.skip";
  const unsigned long count = std::min(std::strtoul(variable("GIT_PUSH_OPTION_COUNT").c_str(), nullptr, 10), 10'000ul);
  std::optional<SkipRequest> asked;
  for (unsigned long i = 0; i < count; ++i) {
    const std::string option = variable(fmt::format("GIT_PUSH_OPTION_{}", i).c_str());
    if (option == kOption) asked.emplace();
    if (option.starts_with("staunch.skip="))
      asked = SkipRequest{std::string(trimmed(std::string_view(option).substr(kOption.size() + 1)))};
  }
  return asked;
}

// What a mistake there would do to every push, also to the one that corrects it: it is told, and not used.
void drop_bad_configuration(const Options& options, const std::string& folder, const Messages& messages) {
  std::set<std::string> there;
  for (const char* name : {"/.staunch.toml", "/.gitleaks.toml", "/.betterleaks.toml"})
    if (access((folder + name).c_str(), F_OK) == 0) there.insert(folder + name);
  if (there.empty() || load_rules(options, {folder}, messages)) return;
  messages.warn("the base branch's configuration is not used");
  for (const std::string& file : there) unlink(file.c_str());
}

}  // namespace

// In a commit git names nothing; the pre-commit framework may name files and commits.
int run_hook_pre_commit(const Options& given) {
  Hook hook(given, HookKind::pre_commit);
  if (const Status opened = hook.open(); !opened) return refused(opened.error(), hook.messages());
  Scope scope;
  const std::string from = variable("PRE_COMMIT_FROM_REF"), to = variable("PRE_COMMIT_TO_REF");
  if (!from.empty() && !to.empty()) {
    scope.kind = ScopeKind::commits;
    scope.revisions = {to, "^" + from};
  } else {
    scope.kind = ScopeKind::staged;
    scope.paths = given.paths;
    scope.merging = commits_being_merged();
  }
  return hook.scan(std::move(scope), hook.own_folder());
}

// Arguments: the remote's name, and where it is. What the remote has is what it says of these refs, and what was last
// seen of its others.
int run_hook_pre_push(const Options& given) {
  Hook hook(given, HookKind::pre_push);
  const auto input = read_hook_input();
  const auto updates = input ? parse_pushed(*input) : Result<std::vector<RefUpdate>>(input.error());
  if (!updates) return refused(updates.error(), hook.messages());
  Scope scope;
  scope.kind = ScopeKind::pushed;
  for (const RefUpdate& update : *updates) {
    if (update.after) scope.pushed.wanted.push_back(update.after);
    if (update.before) scope.pushed.known.push_back(update.before);
  }
  if (scope.pushed.wanted.empty()) return kExitClean;
  if (const Status opened = hook.open(); !opened) return refused(opened.error(), hook.messages());
  if (!given.paths.empty() && !given.paths[0].empty()) {
    const std::string seen = "refs/remotes/" + given.paths[0] + "/";
    for (const Ref& ref : hook.refs().refs)
      if (ref.id && ref.name.starts_with(seen)) scope.pushed.known.push_back(ref.id);
  }
  return hook.scan(std::move(scope), hook.own_folder(), names_of(*updates));
}

int run_hook_commit_msg(const Options& given) {
  Hook hook(given, HookKind::commit_msg);
  if (const Status opened = hook.open(); !opened) return refused(opened.error(), hook.messages());
  const auto text = read_small_file(given.paths.at(0), kMaxMessage);
  if (!text) return refused(text.error(), hook.messages());
  return hook.scan_text(message_of(*text), hook.own_folder());
}

int run_hook_pre_receive(const Options& given) {
  Hook hook(given, HookKind::pre_receive);
  if (isatty(STDIN_FILENO) == 1)
    return refused({"git runs it, and says on standard input what is pushed", "pre-receive"}, hook.messages());
  const auto input = read_hook_input();
  const auto updates = input ? parse_received(*input) : Result<std::vector<RefUpdate>>(input.error());
  if (!updates) return refused(updates.error(), hook.messages());
  if (updates->empty()) return refused({"names no refs", "standard input"}, hook.messages());
  Scope scope;
  scope.kind = ScopeKind::pushed;
  for (const RefUpdate& update : *updates)
    if (update.after) scope.pushed.wanted.push_back(update.after);
  if (scope.pushed.wanted.empty()) return kExitClean;
  if (const Status opened = hook.open(); !opened) return refused(opened.error(), hook.messages());
  ObjectId base;
  for (const Ref& ref : hook.refs().refs) {
    if (ref.id) scope.pushed.known.push_back(ref.id);
    if (ref.name == "HEAD") base = ref.id;
  }
  auto files = BaseFiles::take(hook.repository(), base);
  if (!files) return refused(files.error(), hook.messages());
  for (const Note& note : files->notes())
    hook.messages().warn(fmt::format("the base branch's {} is not used: {}", note.what, note.why));
  Options& options = hook.options();
  options.ignore_allow_tags = true;
  options.ignore_paths.push_back(files->folder());  // and so not what the working directory has
  drop_bad_configuration(options, files->folder(), hook.messages());
  hook.clean_up = [&] { files->remove(); };
  hook.skip = asked_to_skip();
  if (hook.skip && options.allow_skip && !can_log(options.hook_log)) {
    hook.messages().warn(options.hook_log +
                         ": cannot be written, and a push is let through only where that is recorded");
    options.allow_skip = false;
  }
  return hook.scan(std::move(scope), files->folder(), names_of(*updates));
}

}  // namespace staunch
