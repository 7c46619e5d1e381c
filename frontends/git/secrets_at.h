// The secrets that a version of a file holds at a path.
//
// Most blobs hold the same wherever they stand; those whose findings a path may change are read once more for each
// path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "frontends/git/blobs.h"

namespace staunch {

// Thread-safe; what at() gives lives as long as this.
class SecretsAt {
 public:
  SecretsAt(const Objects& objects, Scanner& scanner, const std::vector<HitBlob>& hits, const Counts& counts);
  ~SecretsAt();
  const Secrets& at(std::uint32_t blob, const std::string& path);

 private:
  struct State;
  const Objects& objects_;
  Scanner& scanner_;
  const std::vector<HitBlob>& hits_;
  const Counts& counts_;
  std::unique_ptr<State> state_;
};

}  // namespace staunch
