// Who may call: keys of which only hashes are kept, and how often each may.
//
// A file has a caller a line: a name, then "sha256:" and 64 hex digits of the key's SHA-256 (`staunch serve --hash-key`
// makes one); "#" begins a comment. Keys should be long and random: a hash does not protect a word.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

inline constexpr std::size_t kMaxKeyBytes = 512;

std::string key_hash(std::string_view key);  // "sha256:…"

class Callers {
 public:
  // `rate`: requests a second of each caller, with bursts of as many; 0 is no limit.
  static Result<std::unique_ptr<Callers>> read(std::string_view text, const std::string& file_name, double rate);
  // Nobody needs a key; all are one caller.
  static std::unique_ptr<Callers> anyone(double rate);

  bool needs_key() const { return needs_key_; }

  struct Caller {
    std::string name, hash;
    std::atomic<std::int64_t> next{0};  // nanoseconds of the steady clock: when the next request would be in time
  };
  // Null where the key is nobody's. Takes the same time whichever it is.
  Caller* find(std::string_view key) const;
  // Whether a request may come now; it counts as one then (GCRA).
  bool may(Caller& caller) const;

 private:
  explicit Callers(double rate);
  bool needs_key_ = false;
  std::int64_t interval_ = 0, burst_ = 0;  // nanoseconds
  std::vector<std::unique_ptr<Caller>> callers_;
};

}  // namespace staunch
