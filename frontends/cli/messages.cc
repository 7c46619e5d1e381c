#include "frontends/cli/messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "frontends/cli/exit_code.h"
#include "frontends/report/terminal.h"
#include "frontends/report/writer.h"

namespace staunch {

void Messages::say(LogLevel level, std::string_view kind, std::string_view text) const {
  if (level < level_) return;
  const std::string line = fmt::format("staunch: {}{}\n", kind, visible(text));
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Messages::diagnostics(const std::vector<Diagnostic>& diagnostics) const {
  for (const Diagnostic& diagnostic : diagnostics) {
    const bool is_error = diagnostic.level == Diagnostic::Level::error;
    if ((is_error ? LogLevel::error : LogLevel::warn) < level_) continue;
    const std::string line = visible(to_string(diagnostic)) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

int print_answer(std::string_view text, int exit_code, const Messages& messages) {
  Writer writer = Writer::to_fd(STDOUT_FILENO, "standard output");
  writer.write(text);
  const Status written = writer.finish();
  if (written || writer.reader_left()) return exit_code;  // as `head` does, which has what it wants
  messages.error(to_string(written.error()));
  return kExitIncomplete;
}

}  // namespace staunch
