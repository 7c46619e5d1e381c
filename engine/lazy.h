// What is made by the first thread that asks for it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

namespace staunch {

template <typename T>
class Lazy {
 public:
  // `make` returns a std::unique_ptr<T>.
  template <typename Make>
  const T& get(Make make) {
    if (const T* ready = ready_.load(std::memory_order_acquire)) return *ready;
    std::call_once(once_, [&] {
      made_ = make();
      ready_.store(made_.get(), std::memory_order_release);
    });
    return *made_;
  }
  // Null where nobody has asked yet.
  const T* made() const { return ready_.load(std::memory_order_acquire); }

 private:
  std::once_flag once_;
  std::atomic<const T*> ready_{nullptr};
  std::unique_ptr<T> made_;
};

}  // namespace staunch
