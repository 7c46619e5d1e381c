#include "frontends/cli/meter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

// By bytes where it is known how many there are, else by items; negative: not known.
double seconds_left(const Progress& progress, double seconds) {
  for (const auto& [done, expected] :
       {std::pair(&progress.bytes, &progress.expected_bytes), std::pair(&progress.items, &progress.expected_items)}) {
    const double so_far = static_cast<double>(done->load()), all = static_cast<double>(expected->load());
    if (so_far > 0 && so_far <= all) return (all - so_far) / so_far * seconds;
  }
  return -1;
}

std::string progress_line(const Progress& progress, double seconds) {
  const double megabytes = static_cast<double>(progress.bytes.load()) / 1e6;
  std::string line = fmt::format("{:.0f} MB", megabytes);
  // A stream has no files.
  if (const auto items = progress.items.load(); items > 0)
    line += fmt::format(" in {} {}", items, progress.unit.load());
  const char* stage = progress.stage.load();
  if (stage == nullptr) line += fmt::format(", {:.0f} MB/s", megabytes / seconds);
  line += fmt::format(", {} found", progress.findings.load());
  if (stage != nullptr) line += fmt::format(", {}", stage);
  if (const auto parts = progress.parts.load(); parts > 1)
    return line + fmt::format(", repository {} of {}", progress.part.load(), parts);
  const double left = stage == nullptr ? seconds_left(progress, seconds) : -1;
  if (left >= 0) line += fmt::format(", {:.0f} s left", left);
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
