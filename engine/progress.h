// What a long scan tells about itself while it runs, and how it is told to stop.
//
// The scan adds, any other thread reads; counts are approximate until the scan has returned.
#pragma once

#include <atomic>
#include <cstdint>

namespace staunch {

struct Progress {
  std::atomic<std::uint64_t> bytes{0}, items{0}, findings{0};
  std::atomic<std::uint64_t> expected_bytes{0}, expected_items{0};  // 0: not known
  std::atomic<std::uint64_t> part{0}, parts{0};                     // which of several repositories is being scanned
  // Words for people, which outlive the scan: what items are, and what is done once all of them have been looked at.
  std::atomic<const char*> unit{"files"}, stage{nullptr};
  std::atomic<const char*> stop{nullptr};  // why the scan shall end early: text that outlives the scan
};

}  // namespace staunch
