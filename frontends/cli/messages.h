// What the program tells its user beside the report: lines on standard error.
//
// Nothing from scanned material is printed here as it is; names pass visible() so that they cannot move a cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/cli/options.h"
#include "rules/diagnostic.h"

namespace staunch {

class Messages {
 public:
  explicit Messages(LogLevel level) : level_(level) {}
  explicit Messages(const Options& options)
      : level_(options.verbose && options.log_level == LogLevel::info ? LogLevel::debug : options.log_level) {}

  void debug(std::string_view text) const { say(LogLevel::debug, "", text); }
  void info(std::string_view text) const { say(LogLevel::info, "", text); }
  void warn(std::string_view text) const { say(LogLevel::warn, "warning: ", text); }
  void error(std::string_view text) const { say(LogLevel::error, "error: ", text); }
  void diagnostics(const std::vector<Diagnostic>& diagnostics) const;

 private:
  void say(LogLevel level, std::string_view kind, std::string_view text) const;
  LogLevel level_;
};

// Writes a command's answer to standard output; the exit code, kExitIncomplete where it could not be written.
int print_answer(std::string_view text, int exit_code, const Messages& messages);

}  // namespace staunch
