// A file descriptor read line by line, for input of any length: one line is held at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/result.h"

namespace staunch {

class LineReader {
 public:
  // `fd` stays the caller's; lines longer than `limit` bytes are an error. `begun` was read from it already.
  LineReader(int fd, std::size_t limit, std::string begun = {}) : fd_(fd), limit_(limit), buffer_(std::move(begun)) {}

  // The next line without its newline; valid until the next call. Nothing at the end, or where reading failed.
  Result<std::optional<std::string_view>> next();
  // Whether the last line had a newline, and its number from 1.
  bool terminated() const { return terminated_; }
  std::size_t number() const { return number_; }
  // Why reading ended before the end; empty where it did not.
  const std::string& broken() const { return broken_; }

 private:
  int fd_;
  std::size_t limit_, number_ = 0;
  std::string buffer_, broken_;
  std::size_t begin_ = 0;  // of what is not handed out yet
  bool ended_ = false, terminated_ = true;
};

}  // namespace staunch
