// Formats: GitHub "Workflow commands for GitHub Actions" (values escape %, CR, LF; properties : and , as well); Azure
// "Logging commands" (%AZP25, %0D, %0A, %3B, %5D).
#include "frontends/cli/ci_sink.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "frontends/report/pass.h"
#include "frontends/report/redact.h"
#include "frontends/report/sinks.h"
#include "frontends/report/terminal.h"

namespace staunch {
namespace {

// GitHub takes a line that begins with "::", and "##[" anywhere, for a command; Azure "##vso[" and "##[".
std::string without_commands(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (line_begins && c == ':') out += '\\';
    out += c;
    if (c == '#' && i + 1 < text.size() && text[i + 1] == '#') out += ' ';
    line_begins = c == '\n' || (line_begins && (c == ' ' || c == '\t'));
  }
  return out;
}

std::string read_back(int file) {
  std::string text;
  std::array<char, 65536> block;
  lseek(file, 0, SEEK_SET);
  for (ssize_t got = 0; (got = read(file, block.data(), block.size())) > 0;)
    text.append(block.data(), static_cast<std::size_t>(got));
  return text;
}

class LogText : public Sink {
 public:
  LogText(ReportOptions options, std::unique_ptr<Sink> next) : file_(memfd_create("report", MFD_CLOEXEC)) {
    sink_ = make_text_report(std::move(options), Writer::to_fd(file_, "the report"));
    if (next) sink_ = make_both(std::move(sink_), std::move(next));
  }
  ~LogText() override {
    if (file_ >= 0) close(file_);
  }
  LogText(const LogText&) = delete;
  LogText& operator=(const LogText&) = delete;

  void start(const RunInfo& run) override { sink_->start(run); }
  void occurrence(Occurrence o) override { sink_->occurrence(std::move(o)); }
  Status finish(const Totals& totals) override {
    const Status finished = sink_->finish(totals);
    Writer out = Writer::to_fd(STDOUT_FILENO, "standard output");
    out.write(without_commands(read_back(file_)));
    const Status written = out.finish();
    return finished ? written : finished;
  }

 private:
  const int file_;
  std::unique_ptr<Sink> sink_;
};

struct Mark {
  std::string path, title, message;
  std::uint64_t line = 0, column = 0, end_line = 0;
};

std::string replaced(std::string_view text, std::initializer_list<std::pair<char, std::string_view>> by) {
  std::string out;
  for (const char c : text) {
    const auto* const found = std::find_if(by.begin(), by.end(), [&](const auto& each) { return each.first == c; });
    if (found == by.end()) out += c;
    else out += found->second;
  }
  return out;
}

std::string github_mark(const Mark& mark) {
  const auto property = [](std::string_view text) {
    return replaced(text, {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}});
  };
  std::string place = mark.path.empty() ? "" : "file=" + property(mark.path) + ",";
  if (mark.line != 0) place += fmt::format("line={},endLine={},col={},", mark.line, mark.end_line, mark.column);
  return fmt::format("::error {}title={}::{}\n", place, property(mark.title),
                     replaced(mark.message, {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}}));
}

std::string azure_mark(const Mark& mark) {
  const auto value = [](std::string_view text) {
    return replaced(text, {{'%', "%AZP25"}, {'\r', "%0D"}, {'\n', "%0A"}, {';', "%3B"}, {']', "%5D"}});
  };
  std::string place = mark.path.empty() ? "" : "sourcepath=" + value(mark.path) + ";";
  if (mark.line != 0) place += fmt::format("linenumber={};columnnumber={};", mark.line, mark.column);
  return fmt::format("##vso[task.logissue type=error;{}code={};]{}\n", place, value(mark.title), value(mark.message));
}

class Marks : public PassOn {
 public:
  Marks(CiSystem system, std::unique_ptr<Sink> next) : PassOn(std::move(next)), system_(system) {}

  void occurrence(Occurrence o) override {
    const Rule& rule = catalogue_->rules[o.rule];
    redactor_.add(o.secret.reveal(), redacted_form(rule, o.secret.reveal(), {}));
    if (++count_ <= kMaxMarks) {
      Mark mark{is_file(o) ? o.path : "",
                rule.id,
                fmt::format("{}. {}", title_of(rule), next_step(*catalogue_, rule, o)),
                o.begin.line,
                o.begin.column,
                o.end.line};
      if (o.commit && !o.commit->id.empty()) mark.message += fmt::format(" (commit {})", o.commit->id.substr(0, 12));
      if (!is_file(o)) mark.line = 0;
      marks_.push_back(std::move(mark));
    }
    PassOn::occurrence(std::move(o));
  }

  Status finish(const Totals& totals) override {
    const Status finished = PassOn::finish(totals);
    std::string text;
    for (Mark& mark : marks_) {
      mark.path = visible(redactor_.mask_path(mark.path));
      for (std::string* part : {&mark.title, &mark.message}) *part = visible(redactor_.mask(*part));
      text += system_ == CiSystem::github ? github_mark(mark) : azure_mark(mark);
    }
    Writer out = Writer::to_fd(STDOUT_FILENO, "standard output");
    out.write(text);
    const Status written = out.finish();
    return finished ? written : finished;
  }

 private:
  const CiSystem system_;
  ReportRedactor redactor_;
  std::vector<Mark> marks_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Sink> text_for_log(ReportOptions options, std::unique_ptr<Sink> next) {
  return std::make_unique<LogText>(std::move(options), std::move(next));
}

std::unique_ptr<Sink> mark_places(CiSystem system, std::unique_ptr<Sink> next) {
  if (system != CiSystem::github && system != CiSystem::azure) return next;
  return std::make_unique<Marks>(system, std::move(next));
}

}  // namespace staunch
