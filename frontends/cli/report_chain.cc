#include "frontends/cli/report_chain.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>

#include "frontends/cli/exit_code.h"
#include "frontends/report/name.h"
#include "frontends/report/pass.h"

namespace staunch {
namespace {

// Counts what reaches the report, for the summary.
class Tally : public PassOn {
 public:
  Tally(std::uint64_t& places, std::set<std::string>& fingerprints, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), places_(places), fingerprints_(fingerprints) {}
  void occurrence(Occurrence occurrence) override {
    ++places_;
    fingerprints_.insert(occurrence.fingerprint);
    PassOn::occurrence(std::move(occurrence));
  }

 private:
  std::uint64_t& places_;
  std::set<std::string>& fingerprints_;
};

bool is_folder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool may_use_colour(const Options& options) {
  const char* terminal = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return !options.no_color && options.report_path == "-" && isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
         std::string_view(terminal) != "dumb" && (no_colour == nullptr || *no_colour == '\0');
}

// Seconds since 1970. SOURCE_DATE_EPOCH (reproducible-builds.org) stands in for the clock where two runs shall write
// the same bytes.
std::int64_t moment() {
  if (const char* text = std::getenv("SOURCE_DATE_EPOCH"); text != nullptr) {
    std::int64_t seconds = 0;
    const std::string_view view = text;
    const auto read = std::from_chars(view.data(), view.data() + view.size(), seconds);
    if (read.ec == std::errc() && read.ptr == view.data() + view.size() && !view.empty()) return seconds;
  }
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct IgnoreFile {
  std::string path;
  bool of_scan;  // it was named, or lies in a target: what it lists should be there
};

// Ignore files: what was named, and those of the targets and, last, of the working directory. A report that is read
// back has passed the latter already.
std::vector<IgnoreFile> ignore_files(const Options& options, const std::vector<std::string>& targets) {
  std::vector<std::string> folders = targets;
  std::vector<IgnoreFile> files;
  for (const std::string& path : options.ignore_paths) {
    if (is_folder(path)) folders.push_back(path);
    else files.push_back({path, true});
  }
  const std::size_t asked = folders.size();
  if (options.ignore_paths.empty() && options.command != Command::report) folders.emplace_back(".");
  std::set<std::pair<dev_t, ino_t>> seen;
  for (std::size_t i = 0; i < folders.size(); ++i)
    for (const char* name : {"/.gitleaksignore", "/.betterleaksignore", "/.staunchignore"}) {
      const std::string file = folders[i] + name;
      struct stat status;
      if (!is_folder(folders[i]) || !is_file(file) || stat(file.c_str(), &status) != 0) continue;
      if (seen.emplace(status.st_dev, status.st_ino).second) files.push_back({file, i < asked});
    }
  return files;
}

void merge(Baseline& into, Baseline from) {
  into.fingerprints.merge(from.fingerprints);
  std::move(from.entries.begin(), from.entries.end(), std::back_inserter(into.entries));
}

}  // namespace

Result<std::unique_ptr<ReportChain>> ReportChain::open(const Options& options, const std::vector<std::string>& targets,
                                                       const Messages& messages, const std::string& fingerprint_key,
                                                       std::shared_ptr<const ReadBack> read_back,
                                                       const WrapReport& wrap) {
  std::unique_ptr<ReportChain> chain(new ReportChain(options, messages, std::move(read_back)));
  if (const Status opened = chain->open_sinks(targets, fingerprint_key, wrap); !opened) return opened.error();
  return chain;
}

Status ReportChain::open_sinks(const std::vector<std::string>& targets, const std::string& fingerprint_key,
                               const WrapReport& wrap) {
  if (!options_.fail_on.empty()) {
    auto fail_on = read_fail_on(options_.fail_on);
    if (!fail_on) return fail_on.error();
    fail_on_ = *fail_on;
  }
  auto ignores = read_ignores(targets);
  if (!ignores) return ignores.error();
  Baseline held;
  for (const std::string& path : options_.baselines) {
    auto baseline = read_baseline(path);
    if (!baseline) return baseline.error();
    merge(held, std::move(*baseline));
    own_files_.push_back(path);
  }
  if (!options_.config.empty()) own_files_.push_back(options_.config);
  suppressed_->in_part = options_.in_part;
  if (const Status opened = open_new_baseline(); !opened) return opened;
  if (const Status opened = open_report(wrap); !opened) return opened;
  if (const Status opened = open_verifier(); !opened) return opened;
  if (const Status opened = open_response(); !opened) return opened;

  // From the report outwards; what is in front comes first.
  sink_ = std::make_unique<Tally>(places_, fingerprints_, std::move(sink_));
  sink_ = count_failures(fail_on_, counted_, std::move(sink_));
  // Naming a guessable value takes time: late, unless what comes before asks for names.
  const bool asks = !options_.baselines.empty() || new_baseline_writer_ || !ignores->entries.empty();
  if (!asks) sink_ = name_guessable(fingerprint_key, std::move(sink_));
  sink_ = at_least(options_.min_confidence, suppressed_, std::move(sink_));
  if (!options_.baselines.empty()) sink_ = hold_back_baseline(std::move(held), suppressed_, std::move(sink_));
  if (new_baseline_writer_) sink_ = record_baseline(new_baseline_, std::move(sink_));
  if (!ignores->entries.empty()) sink_ = ignore_listed(std::move(*ignores), suppressed_, std::move(sink_));
  if (asks) sink_ = name_guessable(fingerprint_key, std::move(sink_));
  if (!options_.ignore_allow_tags) sink_ = allow_inline_tags(suppressed_, std::move(sink_));
  return Done{};
}

Result<IgnoreList> ReportChain::read_ignores(const std::vector<std::string>& targets) {
  IgnoreList all;
  for (const IgnoreFile& file : ignore_files(options_, targets)) {
    auto list = read_ignore_file(file.path);
    if (!list) return list.error();
    for (const std::string& warning : list->warnings) messages_.warn(warning);
    if (!file.of_scan) all.unseen += list->entries.size();
    std::move(list->entries.begin(), list->entries.end(), std::back_inserter(all.entries));
  }
  return all;
}

Status ReportChain::open_report(const WrapReport& wrap) {
  const std::string& path = options_.report_path;
  std::optional<ReportFormat> format = ReportFormat::text;
  if (!options_.report_format.empty()) format = format_of_name(options_.report_format);
  else if (auto by_path = format_of_path(path)) format = by_path;
  if (!format) return Error{"no such report format", options_.report_format};
  format_ = *format;
  auto writer = options_.to_stderr ? Writer::to_fd(STDERR_FILENO, "standard error") : Writer::open(path);
  if (!writer) return writer.error();
  if (path != "-") own_files_.push_back(path);
  if (!writer->temporary().empty()) own_files_.push_back(writer->temporary());
  ReportOptions report;
  report.show_secrets = options_.show_secrets;
  report.redact_percent = options_.redact_percent;
  report.colour = may_use_colour(options_);
  report.version = STAUNCH_VERSION;
  report.started = moment();
  report.gitleaks = options_.gitleaks;
  report.platform = options_.platform;
  report.suppressed = suppressed_;
  report.read_back = read_back_;
  report.verdicts = verdicts_;
  sink_ = make_report(format_, report, std::move(*writer));
  if (wrap) sink_ = wrap(std::move(sink_), report);
  if (!options_.gitleaks_print) return Done{};
  auto print = Writer::open("-");
  if (!print) return print.error();
  sink_ = make_both(make_gitleaks_print(std::move(report), std::move(*print)), std::move(sink_));
  return Done{};
}

// What is reported is asked about meanwhile. In front of the report, so that its end comes when all is known.
Status ReportChain::open_verifier() {
  if (!options_.verify) return Done{};
  auto verifier = verify_beside(options_.verify_policy, *verdicts_, messages_);
  if (!verifier) return verifier.error();
  sink_ = make_both(std::move(*verifier), std::move(sink_));
  return Done{};
}

Status ReportChain::hand_to(std::vector<std::string> words, const char* option, const std::string& file) {
  auto responder = Responder::start({std::move(words)});
  if (!responder) return Error{responder.error().what + ", so nothing is scanned", option};
  responders_.push_back(std::move(*responder));
  own_files_.push_back(file);
  ReportOptions findings;
  findings.show_secrets = true;
  findings.version = STAUNCH_VERSION;
  findings.started = moment();
  auto pipe = make_report(ReportFormat::jsonl, findings, Writer::to_fd(responders_.back()->input(), option));
  sink_ = make_both(std::move(pipe), std::move(sink_));
  return Done{};
}

// What is reported goes to the response too, and into a sealed file.
Status ReportChain::open_response() {
  const char* source = options_.command == Command::git ? "git" : options_.command == Command::dir ? "dir" : "stdin";
  if (!options_.respond.empty())
    if (const Status begun = hand_to(words_to_respond(options_.respond, source), "--respond", options_.respond); !begun)
      return begun;
  if (options_.seal.empty()) return Done{};
  return hand_to({"staunch", "respond", "-", "--seal", options_.seal, "--seal-to", options_.seal_to, "--ready"},
                 "--seal", options_.seal);
}

// Whether all that the policy asks for was done. Exit code 1 of the response says that something good is left.
bool ReportChain::end_response() {
  bool whole = true;
  for (const auto& responder : responders_) {
    const int code = responder->finish().value_or(kExitIncomplete);
    if (code == kExitClean || code == kExitFindings) continue;
    messages_.error(fmt::format("the response is not complete (it ended with {})", code));
    whole = false;
  }
  return whole;
}

// An existing baseline is added to; a missing one is made.
Status ReportChain::open_new_baseline() {
  const std::string& path = options_.baseline_write;
  if (path.empty()) return Done{};
  struct stat status;
  if (stat(path.c_str(), &status) == 0) {
    auto before = read_baseline(path);
    if (!before) return before.error();
    new_baseline_ = std::move(*before);
    own_files_.push_back(path);
  }
  auto writer = Writer::open(path);
  if (!writer) return writer.error();
  if (!writer->temporary().empty()) own_files_.push_back(writer->temporary());
  new_baseline_writer_.emplace(std::move(*writer));
  return Done{};
}

Status ReportChain::write_new_baseline() {
  if (!new_baseline_writer_) return Done{};
  new_baseline_writer_->write(format_baseline(new_baseline_));
  return new_baseline_writer_->finish();
}

int ReportChain::finish(const Totals& totals) {
  bool reported = true;
  for (const Status& status : {sink_->finish(totals), write_new_baseline()}) {
    if (status) continue;
    messages_.error(to_string(status.error()));
    reported = false;
  }
  reported = end_response() && reported;
  tell(totals);
  return exit_code(totals, reported);
}

// The text report on standard output ends with the same words.
void ReportChain::tell(const Totals& totals) const {
  if (options_.text_is_shown || (format_ == ReportFormat::text && options_.report_path == "-")) return;
  if (!totals.incomplete.empty())
    messages_.warn(fmt::format("{} could not be read; the report names what", totals.incomplete.size()));
  if (!totals.partial.empty())
    messages_.warn(fmt::format("{} read in part; the report names what", totals.partial.size()));
  messages_.info(summary_line(fingerprints_.size(), places_, totals, suppressed_.get()));
}

int ReportChain::exit_code(const Totals& totals, bool reported) const {
  const bool whole = reported && totals.incomplete.empty() && (!options_.strict || totals.partial.empty());
  if (counted_ != 0 && options_.exit_code != kExitClean) return options_.exit_code;
  return whole ? kExitClean : kExitIncomplete;
}

}  // namespace staunch
