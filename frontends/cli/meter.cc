#include "frontends/cli/meter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

std::string progress_line(const Progress& progress, double seconds) {
  const double megabytes = static_cast<double>(progress.bytes.load()) / 1e6;
  std::string line = fmt::format("{:.0f} MB", megabytes);
  // A stream has no files.
  if (const auto files = progress.items.load(); files > 0) line += fmt::format(" in {} files", files);
  line += fmt::format(", {:.0f} MB/s, {} found", megabytes / seconds, progress.findings.load());
  const double expected = static_cast<double>(progress.expected_bytes.load()) / 1e6;
  if (expected > 0 && megabytes > 0 && megabytes <= expected)
    line += fmt::format(", {:.0f} s left", (expected - megabytes) / megabytes * seconds);
  return line;
}

}  // namespace

bool can_show_progress() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

Meter::Meter(Progress& progress, bool show_line, unsigned timeout_seconds) : progress_(progress) {
  if (show_line || timeout_seconds != 0)
    thread_ = std::thread([this, show_line, timeout_seconds] { run(show_line, timeout_seconds); });
}

void Meter::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Meter::run(bool show_line, unsigned timeout_seconds) {
  const auto begin = Clock::now();
  const auto limit = begin + std::chrono::seconds(timeout_seconds);
  auto next = begin + std::chrono::milliseconds(kQuietMilliseconds);
  bool shown = false;
  std::unique_lock lock(mutex_);
  while (!ended_) {
    const bool limited = timeout_seconds != 0 && progress_.stop.load() == nullptr;
    if (!show_line && !limited) changed_.wait(lock, [this] { return ended_; });
    else changed_.wait_until(lock, !show_line ? limit : limited && limit < next ? limit : next);
    const auto now = Clock::now();
    if (limited && now >= limit) progress_.stop = "the time limit was reached";
    if (ended_ || !show_line || now < next) continue;
    fmt::print(stderr, "\r\x1b[K{}", progress_line(progress_, std::chrono::duration<double>(now - begin).count()));
    std::fflush(stderr);
    shown = true;
    next = now + std::chrono::milliseconds(200);
  }
  if (shown) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace staunch
