#include "frontends/cli/gitleaks_compat.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "frontends/cli/exit_code.h"
#include "frontends/report/report.h"

namespace staunch {
namespace {

constexpr int kExitAnyError = 1;
constexpr int kExitUnknownFlag = 126;
// Added to the exit code for findings, which would else not be told from ours for mistakes.
constexpr int kFound = 256;
constexpr unsigned kDeepest = 32;  // of the depths that our parser takes

enum class Kind : unsigned char {
  same,   // ours, with its value
  flag,   // ours, a switch
  depth,  // ours, clamped
  ours,   // read below
  quiet,  // without use here
};

// In which commands a flag is known.
constexpr unsigned kDetect = 1, kProtect = 2, kGit = 4, kDir = 8, kStdin = 16, kAll = 31;

struct Flag {
  std::string_view name;
  char letter;
  bool value;
  Kind kind;
  unsigned commands;
};

constexpr Flag kFlags[] = {
    {"baseline-path", 'b', true, Kind::same, kAll},
    {"config", 'c', true, Kind::same, kAll},
    {"diagnostics", 0, true, Kind::quiet, kAll},
    {"diagnostics-dir", 0, true, Kind::quiet, kAll},
    {"enable-rule", 0, true, Kind::same, kAll},
    {"exit-code", 0, true, Kind::same, kAll},
    {"follow-symlinks", 0, false, Kind::ours, kDetect | kDir},
    {"gitleaks-ignore-path", 'i', true, Kind::same, kAll},
    {"help", 'h', false, Kind::flag, kAll},
    {"ignore-gitleaks-allow", 0, false, Kind::ours, kAll},
    {"log-level", 'l', true, Kind::ours, kAll},
    {"log-opts", 0, true, Kind::ours, kDetect | kProtect | kGit},
    {"max-archive-depth", 0, true, Kind::depth, kAll},
    {"max-decode-depth", 0, true, Kind::depth, kAll},
    {"max-target-megabytes", 0, true, Kind::same, kAll},
    {"no-banner", 0, false, Kind::quiet, kAll},
    {"no-color", 0, false, Kind::flag, kAll},
    {"no-git", 0, false, Kind::ours, kDetect},
    {"pipe", 0, false, Kind::ours, kDetect},
    {"platform", 0, true, Kind::ours, kDetect | kGit},
    {"pre-commit", 0, false, Kind::ours, kGit},
    {"redact", 0, false, Kind::ours, kAll},
    {"report-format", 'f', true, Kind::ours, kAll},
    {"report-path", 'r', true, Kind::ours, kAll},
    {"report-template", 0, true, Kind::ours, kAll},
    {"source", 's', true, Kind::ours, kDetect | kProtect},
    {"staged", 0, false, Kind::ours, kProtect | kGit},
    {"timeout", 0, true, Kind::same, kAll},
    {"verbose", 'v', false, Kind::ours, kAll},
    {"version", 0, false, Kind::ours, kAll},
};

struct Given {
  const Flag* flag;
  std::string value;  // of a switch: "true", "false" or what stands behind its =
};

struct Line {
  std::vector<Given> flags;
  std::vector<std::string> words;  // the command and its targets
  std::optional<int> exit;
  std::string message;
};

void refuse(Line& line, int code, std::string message) {
  if (line.exit) return;
  line.exit = code;
  line.message = std::move(message);
}

const Flag* find_flag(std::string_view name) {
  for (const Flag& flag : kFlags)
    if (flag.name == name) return &flag;
  return nullptr;
}

const Flag* find_letter(char letter) {
  for (const Flag& flag : kFlags)
    if (flag.letter == letter && letter != 0) return &flag;
  return nullptr;
}

// --name, --name=VALUE, --name VALUE.
void read_long(Line& line, const std::vector<std::string>& words, std::size_t& at) {
  const std::string_view text = std::string_view(words[at]).substr(2);
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const Flag* flag = find_flag(name);
  if (flag == nullptr) return refuse(line, kExitUnknownFlag, fmt::format("unknown flag: --{}", name));
  if (equals != text.npos) {
    line.flags.push_back({flag, std::string(text.substr(equals + 1))});
  } else if (!flag->value) {
    line.flags.push_back({flag, flag->name == "redact" ? "100" : "true"});
  } else if (at + 1 < words.size()) {
    line.flags.push_back({flag, words[++at]});
  } else {
    refuse(line, kExitAnyError, fmt::format("flag needs an argument: --{}", name));
  }
}

// -v, -vc FILE, -cFILE, -c=FILE.
void read_short(Line& line, const std::vector<std::string>& words, std::size_t& at) {
  std::string_view rest = std::string_view(words[at]).substr(1);
  while (!rest.empty()) {
    const Flag* flag = find_letter(rest.front());
    if (flag == nullptr)
      return refuse(line, kExitAnyError, fmt::format("unknown shorthand flag: '{}' in {}", rest.front(), words[at]));
    rest.remove_prefix(1);
    if (!flag->value && rest.substr(0, 1) != "=") {
      line.flags.push_back({flag, "true"});
      continue;
    }
    if (rest.substr(0, 1) == "=") rest.remove_prefix(1);
    else if (rest.empty() && at + 1 < words.size()) rest = words[++at];
    else if (rest.empty()) return refuse(line, kExitAnyError, fmt::format("flag needs an argument: -{}", flag->letter));
    line.flags.push_back({flag, std::string(rest)});
    return;
  }
}

Line read_line(const std::vector<std::string>& words) {
  Line line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      line.words.insert(line.words.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word.size() > 2 && word.compare(0, 2, "--") == 0) read_long(line, words, i);
    else if (word.size() > 1 && word[0] == '-') read_short(line, words, i);
    else line.words.push_back(word);
  }
  return line;
}

unsigned command_of(std::string_view word) {
  if (word == "detect") return kDetect;
  if (word == "protect") return kProtect;
  if (word == "git") return kGit;
  if (word == "dir" || word == "directory" || word == "file") return kDir;
  return word == "stdin" ? kStdin : 0;
}

bool is_true(std::string_view value) {
  return value == "true" || value == "1" || value == "t" || value == "T" || value == "TRUE" || value == "True";
}

// What is given under this name last; null where it is not.
const std::string* given(const Line& line, std::string_view name) {
  const std::string* value = nullptr;
  for (const Given& one : line.flags)
    if (one.flag->name == name) value = &one.value;
  return value;
}

bool is_on(const Line& line, std::string_view name) {
  const std::string* value = given(line, name);
  return value != nullptr && is_true(*value);
}

std::string clamped(const std::string& number, unsigned most) {
  unsigned value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool whole = read.ptr == number.data() + number.size() && !number.empty();
  return whole && (read.ec == std::errc::result_out_of_range || value > most) ? fmt::format("{}", most) : number;
}

// The command of ours, with what says which part of a repository is meant.
std::vector<std::string> command_words(const Line& line, unsigned command) {
  if (command == kStdin || (command == kDetect && is_on(line, "pipe"))) return {"stdin"};
  if (command == kDir || (command == kDetect && is_on(line, "no-git"))) {
    std::vector<std::string> words = {"dir"};
    if (is_on(line, "follow-symlinks")) words.emplace_back("--follow-symlinks");
    return words;
  }
  std::vector<std::string> words = {"git"};
  if (is_on(line, "staged")) words.emplace_back("--staged");
  else if (command == kProtect || is_on(line, "pre-commit")) words.emplace_back("--unstaged");
  else if (const std::string* log = given(line, "log-opts")) words.push_back("--log-opts=" + *log);
  if (const std::string* platform = given(line, "platform")) words.push_back("--platform=" + *platform);
  return words;
}

// -r, -f, --redact, -v: without a path gitleaks writes no report, and -v prints what was found.
void add_report_words(const Line& line, std::vector<std::string>& words) {
  const std::string* path = given(line, "report-path");
  const std::string* format = given(line, "report-format");
  const std::string* redact = given(line, "redact");
  words.push_back("--report-path=" + (path != nullptr && !path->empty() ? *path : "/dev/null"));
  if (format != nullptr && !format->empty()) words.push_back("--report-format=" + *format);
  else if (path == nullptr || !format_of_path(*path)) words.emplace_back("--report-format=json");
  words.push_back("--redact=" + (redact == nullptr ? "0" : clamped(*redact, 100)));
  if (is_on(line, "verbose")) words.emplace_back("--verbose");
}

void add_common_words(const Line& line, std::vector<std::string>& words) {
  if (is_on(line, "ignore-gitleaks-allow")) words.emplace_back("--ignore-gitleaks-allow");
  for (const auto& [flag, value] : line.flags) {
    const std::string name = fmt::format("--{}", flag->name);
    if (flag->kind == Kind::same) words.push_back(name + "=" + value);
    if (flag->kind == Kind::depth) words.push_back(name + "=" + clamped(value, kDeepest));
    if (flag->kind == Kind::flag && is_true(value)) words.push_back(name);
  }
  if (given(line, "max-archive-depth") == nullptr) words.emplace_back("--max-archive-depth=0");
  static constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "fatal"};
  if (const std::string* level = given(line, "log-level"))
    if (std::count(std::begin(kLevels), std::end(kLevels), *level) != 0) words.push_back("--log-level=" + *level);
}

void check_flags(Line& line, unsigned command) {
  for (const Given& one : line.flags)
    if ((one.flag->commands & command) == 0)
      refuse(line, kExitUnknownFlag, fmt::format("unknown flag: --{}", one.flag->name));
  if (given(line, "report-template") != nullptr)
    refuse(line, kExitAnyError, "report templates are not understood; -f json has the same fields");
}

}  // namespace

bool asks_for_gitleaks(const char* program, std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    const bool apart = words[i] == "--compat" && i + 1 < words.size() && words[i + 1] == "gitleaks";
    if (!apart && words[i] != "--compat=gitleaks") continue;
    words.erase(at, at + (apart ? 2 : 1));
    return true;
  }
  const std::string_view name = program == nullptr ? "" : program;
  return name.substr(name.rfind('/') + 1) == "gitleaks";
}

Translation translate_gitleaks(const std::vector<std::string>& words) {
  Line line = read_line(words);
  if (line.exit) return {{}, line.exit, line.message};
  if (line.words.empty()) return {{is_on(line, "version") ? "version" : "--help"}, {}, {}};
  const unsigned command = command_of(line.words[0]);
  if (command == 0) return {line.words, {}, {}};  // version, completion, or unknown to both
  check_flags(line, command);
  if (line.exit) return {{}, line.exit, line.message};

  Translation out;
  out.words = command_words(line, command);
  add_common_words(line, out.words);
  add_report_words(line, out.words);
  if (given(line, "diagnostics") != nullptr)
    out.message = "--diagnostics has no use here: --stats shows what costs time";
  out.words.emplace_back("--");
  if (const std::string* source = given(line, "source"); source != nullptr && out.words.front() != "stdin")
    out.words.push_back(*source);
  else if (out.words.front() != "stdin") out.words.insert(out.words.end(), line.words.begin() + 1, line.words.end());
  return out;
}

void behave_as_gitleaks(Options& options) {
  options.gitleaks_print = std::exchange(options.verbose, false);
  if (options.exit_code != kExitClean) options.exit_code += kFound;
}

int exit_code_for(const Options& options, int code) {
  if (!options.gitleaks || code == kExitClean) return code;
  return code >= kFound ? code - kFound : kExitAnyError;
}

}  // namespace staunch
