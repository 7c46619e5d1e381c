// The baseline: bare Hyperscan over the frozen list of literals, with a callback that does nothing.
#pragma once

#include <hs.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace staunch::bench {

class BareScan {
 public:
  // `list` is a file of literals: one a line, `i:` before those that count in any case, `#` begins a comment.
  static Result<BareScan> load(const std::string& list);

  void scan(std::string_view text) const;
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
    void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
  };
  std::unique_ptr<hs_database_t, Free> database_;
  std::unique_ptr<hs_scratch_t, Free> scratch_;
  std::size_t size_ = 0;
};

}  // namespace staunch::bench
