// Which secrets an object holds, and how often: all that attribution asks of a blob.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/finding.h"
#include "engine/version.h"

namespace staunch {

struct Secrets {
  struct Entry {
    std::uint64_t handle = 0;  // engine/version.h, secret_handle()
    std::uint32_t count = 0;
  };
  std::vector<Entry> entries;  // ordered by handle

  std::uint32_t count(std::uint64_t handle) const {
    const auto found = std::lower_bound(entries.begin(), entries.end(), handle,
                                        [](const Entry& entry, std::uint64_t wanted) { return entry.handle < wanted; });
    return found != entries.end() && found->handle == handle ? found->count : 0;
  }
};

// Which occurrences count at all: what the report leaves out need not be attributed.
using Counts = std::function<bool(const Occurrence&)>;

inline Secrets secrets_of(Scanner& scanner, const std::vector<Occurrence>& occurrences, const Counts& counts) {
  Secrets out;
  std::vector<std::uint64_t> handles;
  for (const Occurrence& o : occurrences)
    if (o.match_begin.line != 0 && counts(o))
      handles.push_back(secret_handle(scanner, o));  // line 0: a path, no secret
  std::sort(handles.begin(), handles.end());
  for (const std::uint64_t handle : handles) {
    if (out.entries.empty() || out.entries.back().handle != handle) out.entries.push_back({handle, 0});
    ++out.entries.back().count;
  }
  return out;
}

}  // namespace staunch
