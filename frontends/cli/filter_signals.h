// The signals of a program that stands in a pipe: SIGTERM and SIGINT ask it to end, SIGHUP to read its rules again.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace staunch {

// Called before any thread is made: threads inherit what is blocked, and so leave the signals to the one thread that
// waits for them, to which they come also where they were sent before it was made.
void hold_filter_signals();

class FilterSignals {
 public:
  // `reload` is called by a thread of this object's.
  explicit FilterSignals(std::function<void()> reload);
  ~FilterSignals();
  FilterSignals(const FilterSignals&) = delete;
  FilterSignals& operator=(const FilterSignals&) = delete;

  // Readable once the program was asked to end.
  int stop_fd() const { return stop_fd_; }

 private:
  void wait();

  std::function<void()> reload_;
  sigset_t signals_, before_;
  int stop_fd_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace staunch
