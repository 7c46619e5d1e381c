// A thread beside a scan that may only take so long: it asks the scan to stop, and where that does not help, acts
// itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/progress.h"

namespace staunch {

// For a scan to stop once it is asked to.
inline constexpr std::chrono::milliseconds kBudgetGrace{500};

class Budget {
 public:
  // No thread where there is no limit (0).
  Budget(Progress& progress, std::chrono::milliseconds limit, std::function<void()> on_overrun);
  ~Budget() { end(); }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  void end();
  bool ran_out() const { return ran_out_; }

 private:
  void run(std::chrono::milliseconds limit);

  Progress& progress_;
  const std::function<void()> on_overrun_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::atomic<bool> ran_out_{false};
  std::thread thread_;
};

}  // namespace staunch
