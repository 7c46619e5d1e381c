// staunch filter: standard input to standard output with the secrets in it replaced.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include "frontends/cli/commands.h"
#include "frontends/cli/decision_sinks.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/filter_signals.h"
#include "frontends/cli/load_redactor.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/scanning.h"
#include "frontends/stream/current_redactor.h"
#include "frontends/stream/filter.h"

namespace staunch {
namespace {

using SharedRedactor = std::shared_ptr<const Redactor>;

FilterMode mode_of(const Options& options) {
  return options.ndjson       ? FilterMode::ndjson
         : options.rsyslog_mm ? FilterMode::rsyslog_mm
         : options.omprog     ? FilterMode::omprog
                              : FilterMode::plain;
}

// omprog's messages go to a file; every other mode's to standard output.
Result<int> open_output(const Options& options) {
  if (!options.omprog) return STDOUT_FILENO;
  const int fd = open(options.output.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Error{fmt::format("cannot be written: {}", std::strerror(errno)), options.output};
  return fd;
}

// Says how it ended.
int ended(const FilterTotals& totals, const Messages& messages) {
  messages.debug(
      fmt::format("{} bytes; {} redacted, {} lines blocked, {} logged, {} private keys, {} blocks not scanned",
                  totals.bytes, totals.redacted, totals.blocked, totals.logged, totals.keys, totals.not_judged));
  if (!totals.status) messages.error(to_string(totals.status.error()));
  if (totals.not_judged > 0) messages.error(fmt::format("{} blocks could not be scanned", totals.not_judged));
  return totals.status && totals.not_judged == 0 ? kExitClean : kExitIncomplete;
}

class Rulebook {
 public:
  Rulebook(const Options& options, const Messages& messages) : options_(options), messages_(messages) {}

  Status load() {
    auto loaded = load_redactor(options_, key_, messages_);
    if (!loaded) return loaded.error();
    now_.set(std::move(*loaded));
    return Done{};
  }
  SharedRedactor now() const { return now_.get(); }

  Judge judge() const {
    Judge judge;
    judge.decide = [this](std::string_view text, std::size_t begin) {
      return now()->decide_lines(text, begin, Occasion());
    };
    judge.key_lines = [this] {
      const SharedRedactor redactor = now();
      const Action action = redactor->action_for("private-key", Severity::critical, Confidence::high, Occasion());
      return redactor->policy().shadow ? std::min(action, Action::log) : action;
    };
    judge.fails_open = [this] { return now()->policy().on_scanner_failure == Action::allow; };
    return judge;
  }

 private:
  const Options& options_;
  const Messages& messages_;
  const std::string key_ = Redactor::random_key();
  CurrentRedactor now_;
};

// rsyslog reads standard error together with standard output.
Messages messages_for(const Options& options) {
  return options.rsyslog_mm && !options.check_only ? Messages(LogLevel::fatal) : Messages(options);
}

}  // namespace

int run_filter(const Options& options) {
  const Messages messages = messages_for(options);
  Rulebook rulebook(options, messages);
  if (const Status loaded = rulebook.load(); !loaded) return refused(loaded.error(), messages);
  if (options.check_only) {
    messages.info("no mistakes");
    return kExitClean;
  }
  const auto output = open_output(options);
  if (!output) return refused(output.error(), messages);
  if (isatty(STDIN_FILENO) == 1) messages.info("reading what is typed; Ctrl-D ends it");

  hold_filter_signals();
  auto opened = open_decision_sinks(options, "filter", messages);
  if (!opened) return refused(opened.error(), messages);
  DecisionSinks sinks = std::move(*opened);
  const FilterSignals signals([&] {
    if (const Status again = rulebook.load(); !again) messages.error(to_string(again.error()) + "; the old rules stay");
    if (sinks.events) sinks.events->reopen();
  });
  const auto tell = [&](const Ruling& ruling) {
    if (sinks.response) sinks.response->add(ruling, "(what was filtered)");
    if (!sinks.events) return;
    const Policy& policy = rulebook.now()->policy();
    sinks.events->add({std::chrono::system_clock::now(), "filter", {}, {}, ruling, policy.shadow, policy.digest});
  };
  FilterOptions filter;
  filter.mode = mode_of(options);
  filter.in = STDIN_FILENO;
  filter.out = *output;
  filter.confirm = STDOUT_FILENO;
  filter.threads = options.threads;
  filter.stop_fd = signals.stop_fd();
  const FilterTotals totals = run_filter(filter, rulebook.judge(), tell);
  finish(sinks, messages);
  return ended(totals, messages);
}

}  // namespace staunch
