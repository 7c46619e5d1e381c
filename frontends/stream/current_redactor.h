// The redactor in force, which SIGHUP replaces while others ask it: who has got one keeps it until done.
//
// A lock instead of std::atomic<std::shared_ptr>: libstdc++ 12 lets go of that one's inner lock, after a load, without
// the order that a store behind it needs.
#pragma once

#include <memory>
#include <mutex>

#include "frontends/stream/redactor.h"

namespace staunch {

class CurrentRedactor {
 public:
  // Null until the first set().
  std::shared_ptr<const Redactor> get() const {
    const std::lock_guard lock(mutex_);
    return redactor_;
  }
  void set(std::shared_ptr<const Redactor> redactor) {
    const std::lock_guard lock(mutex_);
    redactor_.swap(redactor);  // the old one is freed behind the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Redactor> redactor_;
};

}  // namespace staunch
