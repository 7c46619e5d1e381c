#include "frontends/cli/budget.h"

#include <utility>

namespace staunch {

Budget::Budget(Progress& progress, std::chrono::milliseconds limit, std::function<void()> on_overrun)
    : progress_(progress), on_overrun_(std::move(on_overrun)) {
  if (limit.count() != 0) thread_ = std::thread([this, limit] { run(limit); });
}

void Budget::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Budget::run(std::chrono::milliseconds limit) {
  const auto ended = [this] { return ended_; };
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, limit, ended)) return;
  ran_out_ = true;
  const char* none = nullptr;
  progress_.stop.compare_exchange_strong(none, "the time budget ran out");
  if (!changed_.wait_for(lock, kBudgetGrace, ended) && on_overrun_) on_overrun_();
}

}  // namespace staunch
