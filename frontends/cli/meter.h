// A thread beside a long scan: the progress line, and the time limit.
//
// The line is on standard error, begins after kQuietMilliseconds, and is cleared at the end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/progress.h"

namespace staunch {

inline constexpr int kQuietMilliseconds = 1000;

class Meter {
 public:
  // No thread where there is neither a line to show nor a limit (0).
  Meter(Progress& progress, bool show_line, unsigned timeout_seconds);
  ~Meter() { end(); }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Returns when the line is gone.
  void end();

 private:
  void run(bool show_line, unsigned timeout_seconds);

  Progress& progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

// Whether the user watches: standard error is a terminal that can clear a line.
bool can_show_progress();

}  // namespace staunch
