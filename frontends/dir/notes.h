// What a walk left out or could not read, gathered from all threads and the same for every thread count.
//
// Things left out on purpose are counted by kind with a few names, because a tree has thousands of links; things that
// could not be read are named one by one up to a limit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "engine/finding.h"

namespace staunch {

inline constexpr std::size_t kMaxNamedSkips = 5;  // names given for one kind of thing left out
inline constexpr std::size_t kMaxNotes = 1000;    // notes kept of what was cut or could not be read

enum class Skip : std::uint8_t { link, fifo, socket, device, endless, store, excluded, gitignored, large, own };
inline constexpr std::size_t kSkips = 10;

class Notes {
 public:
  void skip(Skip kind, const std::string& path);
  void partial(Note note);
  void incomplete(Note note);
  // Adds everything to `totals`, sorted.
  void add_to(Totals& totals) const;

 private:
  struct Counted {
    std::uint64_t count = 0;
    std::set<std::pair<std::string, std::string>> first;  // the smallest ones
    void add(std::string what, std::string why, std::size_t limit);
  };
  static void append(const Counted& counted, std::vector<Note>& notes);

  mutable std::mutex mutex_;
  std::array<Counted, kSkips> skips_;
  Counted partial_, incomplete_;
};

}  // namespace staunch
