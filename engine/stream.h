// One item whose bytes come one after another, in bounded memory, for a frontend that knows when they pause.
//
// What is found does not depend on how the bytes arrive, with one exception: the parts of a composite rule must become
// final together. Occurrences are handed on as they become final, which is when no later byte can change them or
// overlap them; pause() tells earlier what stands in whole lines.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/scan.h"

namespace staunch {

class ItemStream {
 public:
  // Holds a Worker of `scanner` while it lives. `on_occurrence` is called by the thread that calls the functions below.
  ItemStream(Scanner& scanner, std::string path, std::function<void(Occurrence)> on_occurrence);
  ~ItemStream();

  // Where the next bytes belong; never empty. Valid until took().
  std::span<char> space();
  // `size` bytes were written there.
  void took(std::size_t size);
  // Bytes taken and not scanned.
  std::uint64_t unscanned() const;

  // Scans what was taken and hands on what has become final. Worth calling for many bytes at a time. Meanwhile another
  // thread may call `read`, once: it writes the next bytes to the space that it is given and returns their number.
  using Read = std::function<std::size_t(std::span<char>)>;
  void scan(const Read& read = {});
  // Scans, and hands on what the whole lines so far hold, as if the item ended with them.
  void pause();
  // The item has ended. Appends limits that bit to `partial`.
  void finish(std::vector<Note>& partial);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace staunch
