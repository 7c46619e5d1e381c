// SIGTERM and SIGINT end a scan early and whole: the report is written, and says that it was cut. A second one kills.
#pragma once

#include <atomic>
#include <csignal>
#include <thread>

#include "engine/progress.h"

namespace staunch {

class StopSignals {
 public:
  // Made before any other thread, so that all of them leave the signals to this one.
  explicit StopSignals(Progress& progress);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  void wait(Progress& progress);

  sigset_t signals_, before_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace staunch
