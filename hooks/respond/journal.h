// The journal: what was intended, begun and done, and sealed values that must not be lost. The only door to SQLite.
//
// Documents in JSON by kind and id, in one SQLite file with write-ahead log and full sync: put() has reached the disk
// when it returns. One process at a time holds the journal. A network file system is refused (locks and syncs lie
// there), as is a journal of a newer program, one that is damaged, and one whose sealed values the key does not open.
// No document holds a secret in clear.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/json.h"
#include "hooks/respond/seal.h"

namespace staunch {

class Journal {
 public:
  // The folder is made where there is none, its owner's alone.
  static Result<std::unique_ptr<Journal>> open(const std::string& folder);
  ~Journal();

  Status put(std::string_view kind, std::string_view id, const Json& document);
  Status erase(std::string_view kind, std::string_view id);
  std::optional<Json> get(std::string_view kind, std::string_view id) const;
  // By id, at most `limit`, those behind `after`.
  std::vector<std::pair<std::string, Json>> list(std::string_view kind, std::size_t limit = 1000,
                                                 std::string_view after = {}) const;
  // How many documents of the kind were put since this time; the largest number where it cannot be told.
  std::uint64_t count_since(std::string_view kind, std::int64_t since) const;

  Status keep_sealed(std::string_view id, const Secret& secret);
  Result<Secret> open_sealed(std::string_view id) const;
  Status erase_sealed(std::string_view id);

  const Sealer& sealer() const;
  const std::string& folder() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace staunch
