// What --explain tells beside the report: matches that came to nothing, and what spoke against each; and
// found canary tokens, by what they are known.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "engine/scan.h"
#include "rules/catalogue.h"

namespace staunch {

class NearMisses {
 public:
  // For ScanOptions; this object must outlive the scan.
  std::function<void(NearMiss)> taker();

  // A line for each, by path and line; so many that nobody reads more.
  std::string table(const Catalogue& catalogue);

 private:
  std::mutex mutex_;
  std::vector<NearMiss> held_;
  std::uint64_t count_ = 0;
};

}  // namespace staunch
