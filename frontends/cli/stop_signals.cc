#include "frontends/cli/stop_signals.h"

#include <pthread.h>

namespace staunch {

// A signal that was ignored when the program began (nohup, a shell's background job) stays ignored.
StopSignals::StopSignals(Progress& progress) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGUSR2);  // this object's own word for the end
  for (int signal : {SIGTERM, SIGINT}) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&signals_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this, &progress] { wait(progress); });
}

StopSignals::~StopSignals() {
  ended_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::wait(Progress& progress) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0 || ended_) return;
    if (signal == SIGUSR2) continue;
    const char* name = signal == SIGTERM ? "SIGTERM" : "SIGINT";
    if (progress.stop.exchange(name) == nullptr) continue;
    // Asked again: die of it, as if nobody had caught it.
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    raise(signal);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  }
}

}  // namespace staunch
