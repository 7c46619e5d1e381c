#include "frontends/cli/filter_signals.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace staunch {

namespace {

// SIGUSR2 is FilterSignals' own word for the end.
sigset_t all_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

void hold_filter_signals() {
  const sigset_t signals = all_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

FilterSignals::FilterSignals(std::function<void()> reload)
    : reload_(std::move(reload)), signals_(all_signals()), stop_fd_(eventfd(0, EFD_CLOEXEC)) {
  // rsyslog starts its programs with SIGINT ignored: that stays so.
  struct sigaction action;
  if (sigaction(SIGINT, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) sigdelset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this] { wait(); });
}

FilterSignals::~FilterSignals() {
  ended_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  close(stop_fd_);
}

void FilterSignals::wait() {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0 || ended_) return;
    if (signal == SIGHUP) reload_();
    if (signal != SIGTERM && signal != SIGINT) continue;
    const std::uint64_t one = 1;
    (void)!write(stop_fd_, &one, sizeof one);
  }
}

}  // namespace staunch
