// Buffered output of a report to a file or to standard output.
//
// A path is opened before the scan, so that one that cannot be written is found at once. A regular file is written to
// a temporary file beside it (mode 0600) and takes its name only in finish(): a run that is refused or fails leaves
// the earlier report as it was. What exists and is no regular file (a device, a named pipe) is written directly.
// Errors are values: the first one is kept, later writes are dropped, finish() returns it. SIGPIPE must be ignored by
// the program; a closed pipe is then the error EPIPE like any other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace staunch {

class Writer {
 public:
  // "-" is standard output.
  static Result<Writer> open(const std::string& path);
  // `fd` stays the caller's and is not closed; `name` is for messages.
  static Writer to_fd(int fd, std::string name);

  Writer(Writer&& other) noexcept;
  Writer& operator=(Writer&&) = delete;
  ~Writer();  // without finish(): removes the temporary file

  void write(std::string_view bytes);
  // For streams: what was written so far is on its way when this returns. Does nothing for regular files.
  void pass_on();
  // Writes all and gives the file its name. Call once.
  Status finish();

  const std::optional<Error>& error() const { return error_; }
  // Whoever read the pipe went away: the error is that, and no other.
  bool reader_left() const { return reader_left_; }
  // The file that is written until finish(); empty where the output is written directly. A scan leaves it out.
  const std::string& temporary() const { return temporary_; }

 private:
  Writer(int fd, bool owned, bool stream, std::string name, std::string temporary);
  void flush();
  void fail(const char* what, int code);

  int fd_;
  bool owned_, stream_, reader_left_ = false;
  std::string name_;       // where the report shall be, and how messages call it
  std::string temporary_;  // empty where the output is written directly
  std::string buffer_;
  std::optional<Error> error_;
};

}  // namespace staunch
