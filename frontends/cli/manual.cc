// The manual page, written from the tree of commands; what no table holds (exit codes, files, variables) stands here.
//
// Roff: a backslash and a dash are spelt \e and \-, and a line that begins with a dot or a quote gets \& in front.
#include <fmt/format.h>

#include <string_view>

#include "frontends/cli/command_tree.h"

namespace staunch {
namespace {

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

std::string option_head(const OptionShape& option) {
  std::string head;
  for (const std::string& name : option.names)
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", roff(name));
  if (!option.value.empty()) head += fmt::format(" \\fI{}\\fR", roff(option.value));
  return head;
}

void write_options(const std::vector<OptionShape>& options, std::string& out) {
  for (const OptionShape& option : options)
    out += fmt::format(".TP\n{}\n{}.\n", option_head(option), roff(option.help));
}

// What stands behind the options, as --help has it.
std::string targets_of(const CommandShape& command) {
  std::string words;
  for (const OptionShape& target : command.targets) {
    const std::string word = fmt::format("\\fI{}\\fR{}", roff(target.value), target.repeats ? "..." : "");
    words += target.required ? " " + word : " [" + word + "]";
  }
  return command.commands.empty() ? words : words + " \\fICOMMAND\\fR";
}

void write_command(const CommandShape& command, const std::string& path, std::string& out) {
  const bool more = command.options.size() > 1;  // than --help
  out += fmt::format(".SS \"{}\"\n\\fB{}\\fR{}{}\n.PP\n{}.\n", roff(path), roff(path),
                     more ? " [\\fIOPTION\\fR]..." : "", targets_of(command), roff(command.help));
  for (const OptionShape& target : command.targets)
    out += fmt::format(".TP\n\\fI{}\\fR\n{}.\n", roff(target.value), roff(target.help));
  if (more) write_options(command.options, out);
  for (const CommandShape& each : command.commands) write_command(each, path + " " + each.name, out);
}

constexpr std::string_view kRest = R"(.SH "EXIT STATUS"
.TP
.B 0
All was read and nothing was found.
.TP
.B 1
Something was found; \fB\-\-exit\-code\fR puts another number in its place.
.TP
.B 2
Wrong usage or configuration; nothing was done.
.TP
.B 3
Something could not be read, or the report could not be written, and nothing was found in the rest.
.TP
.B 4
Refused: an approval is missing.
.TP
.B 5
A rotation waits, and goes on when it is called again.
.SH ENVIRONMENT
.TP
.B STAUNCH_FINGERPRINT_KEY
Key of the fingerprints of secrets; without one they are public.
.TP
.B STAUNCH_CONFIG\fR, \fBGITLEAKS_CONFIG\fR, \fBGITLEAKS_CONFIG_TOML
A configuration, as a path or (the last one) as its text, where \fB\-\-config\fR names none.
.TP
.B SOURCE_DATE_EPOCH
Stands in for the clock in reports.
.TP
.B NO_COLOR
No colours.
.SH FILES
.TP
.I .staunch.toml\fR, \fI.gitleaks.toml
Configuration of what is scanned.
.TP
.I .staunchignore\fR, \fI.gitleaksignore
Fingerprints of findings that are not reported.
.TP
.I .staunch/salt
Key of fingerprints that a repository shares with those who work in it.
.SH EXAMPLES
.TP
.B staunch git
The repository of the working directory, with all of its history.
.TP
.B staunch dir src \-f html \-r leaks.html
A folder, and the findings as a page for the browser.
.TP
.B staunch report a.jsonl gitleaks.json \-f sarif \-r all.sarif
Two reports as one.
.TP
.B app | staunch filter > app.log
A log without the secrets in it.
)";

}  // namespace

std::string manual_page(const std::string& version) {
  const CommandShape tree = command_tree();
  std::string out = fmt::format(".TH STAUNCH 1 \"\" \"staunch {}\" \"User Commands\"\n", roff(version));
  out += ".SH NAME\nstaunch \\- find leaked credentials in files, histories and streams, and stop the leak\n";
  out += ".SH SYNOPSIS\n\\fBstaunch\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fITARGET\\fR]...\n";
  out += ".SH DESCRIPTION\n" + roff(tree.help) +
         " The report goes to standard output and nothing else does. Secrets in it are masked unless asked for.\n";
  write_options(tree.options, out);
  out += ".SH COMMANDS\n";
  for (const CommandShape& command : tree.commands) write_command(command, "staunch " + command.name, out);
  return out + std::string(kRest);
}

}  // namespace staunch
