// Where a secret stands: what holds it is read and scanned again, at its path.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "frontends/git/introductions.h"

namespace staunch {

class Places {
 public:
  Places(const ObjectStore& store, Scanner& scanner, const Counts& counts)
      : store_(store), scanner_(scanner), counts_(counts) {}

  // All are thread-safe; occurrences are those that count, in the order of the scan. Errors name the object.
  Result<ItemReport> in_blob(const ObjectId& blob, const std::string& path) const;
  // Of a file or folder whose name is new. The place is the path itself, so there is no line.
  std::vector<Occurrence> in_name(const std::string& path, bool is_file) const;
  std::vector<Occurrence> in_text(Scanner::Lease& worker, const std::string& text, const std::string& path) const;

  // Those of a blob's occurrences that a commit brought in.
  struct New {
    std::uint32_t index = 0;
    std::uint64_t handle = 0;
    std::uint32_t versions = 1;
  };
  // `before`: the version before, where introduction.before is one; null where it cannot be read.
  std::vector<New> brought_in(const Introduction& introduction, const std::vector<Occurrence>& now,
                              const std::vector<Occurrence>* before) const;

 private:
  const ObjectStore& store_;
  Scanner& scanner_;
  const Counts& counts_;
};

// Names that hold a secret, by Names::index(); empty where there are none.
std::vector<bool> names_with_hits(Scanner& scanner, const Names& names, const Counts& counts);

// Of places of one secret, those to be told: what stands on the same line in the version before is not new, and of the
// rest the last `count` are. Takes the others from `places`.
void keep_new(std::vector<const Occurrence*>& places, const std::vector<const Occurrence*>& before, std::size_t count);

// Whether it stands in the name and not in what is named.
bool stands_in_name(const Occurrence& occurrence);

}  // namespace staunch
