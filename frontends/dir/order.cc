// The cursor is the smallest key that still runs: everything before it is final.
#include "frontends/dir/order.h"

#include <utility>

namespace staunch {

void Ordered::begin(std::vector<PathKey> started) {
  const std::lock_guard lock(mutex_);
  for (PathKey& key : started) running_.insert(std::move(key));
}

void Ordered::replace(const PathKey& ended, std::vector<PathKey> started) {
  const std::lock_guard lock(mutex_);
  running_.erase(ended);
  for (PathKey& key : started) running_.insert(std::move(key));
  emit_ready();
}

void Ordered::end(const PathKey& ended, std::vector<FileFindings> found) {
  const std::lock_guard lock(mutex_);
  for (FileFindings& file : found) waiting_[PathKey{ended.target, std::move(file.path)}] = std::move(file.occurrences);
  running_.erase(ended);
  emit_ready();
}

void Ordered::flush() {
  const std::lock_guard lock(mutex_);
  running_.clear();
  emit_ready();
}

void Ordered::emit_ready() {
  while (!waiting_.empty() && (running_.empty() || waiting_.begin()->first < *running_.begin())) {
    auto ready = waiting_.extract(waiting_.begin());
    for (Occurrence& occurrence : ready.mapped()) sink_.occurrence(std::move(occurrence));
  }
}

}  // namespace staunch
