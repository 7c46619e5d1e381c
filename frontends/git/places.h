// Where in its blob an introduced secret stands: the blob is read and scanned again, at its path.
#pragma once

#include <optional>
#include <vector>

#include "frontends/git/introductions.h"

namespace staunch {

struct Found {
  struct One {
    Occurrence occurrence;  // without its commit
    std::uint64_t handle = 0;
    std::uint32_t versions = 1;
  };
  std::vector<One> occurrences;  // in the order of the scan
  std::optional<Note> failure;   // the blob could be read before and cannot now
};

class Places {
 public:
  Places(const History& history, Scanner& scanner, const Counts& counts)
      : history_(history), scanner_(scanner), counts_(counts) {}
  // Thread-safe.
  Found find(const Introduction& introduction) const;

 private:
  std::optional<std::vector<Occurrence>> scan(std::uint32_t blob, const std::string& path, Found& found) const;
  void find_in_name(const Introduction& introduction, Found& found) const;

  const History& history_;
  Scanner& scanner_;
  const Counts& counts_;
};

// Names that hold a secret, or of which a rule asks for the path alone; empty where there are none.
std::vector<bool> names_with_hits(Scanner& scanner, const Names& names, const Counts& counts);

}  // namespace staunch
