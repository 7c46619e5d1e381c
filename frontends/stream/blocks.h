// A descriptor's bytes as blocks that can be judged one by one, wherever they were cut by those who wrote them.
//
// A block is whole lines, or a part of a line longer than kMaxLine: such a line is cut every kSegment bytes from its
// beginning, and each part is seen with kOverlap bytes before and behind it. What a block shows of the bytes around its
// own depends on the stream alone, never on how it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/result.h"

namespace staunch {

inline constexpr std::size_t kSegment = 1u << 20;
inline constexpr std::size_t kOverlap = 64u << 10;
inline constexpr std::size_t kMaxLine = kSegment + kOverlap;  // held at once, with what is before it
inline constexpr std::size_t kBlockBytes = 256u << 10;        // of lines, where input does not pause

struct Block {
  std::unique_ptr<char[]> memory;  // the Cutter's kind
  std::string_view text;           // what is judged: its own bytes, and what stands around them
  std::size_t line = 0;            // where in it the first line begins that is judged
  std::size_t begin = 0, end = 0;  // its own bytes
  bool part = false;               // of a long line

  std::string_view own() const { return text.substr(begin, end - begin); }
};

class Cutter {
 public:
  // `fd` stays the caller's.
  explicit Cutter(int fd);

  enum class Answer : unsigned char { block, nothing_yet, ended };

  // The next block into `block`, whose memory is used again. Reads what is there and never waits; a block of fewer than
  // kBlockBytes is given only where no more is there. `nothing_yet`: what is held is no whole line.
  Answer next(Block& block);

  // No more is read: what is held is the last line.
  void end() { ended_ = true; }
  // Why the bytes ended early, if they did.
  const Status& status() const { return status_; }
  std::uint64_t taken() const { return taken_; }

 private:
  enum class Shape : unsigned char { none, lines, part, last_part };
  struct Cut {
    Shape shape = Shape::none;
    std::size_t end = 0;
  };
  bool ready() const;
  void read();
  Cut cut() const;
  void give(Cut cut, Block& block);
  void find_newline(std::size_t from);

  const int fd_;
  std::unique_ptr<char[]> memory_;
  std::size_t begin_ = 0, size_ = 0;  // [begin_, size_) were not given yet; before them is context
  std::size_t newline_ = 0;           // behind the last newline among them, or 0
  bool in_long_line_ = false, ended_ = false;
  std::uint64_t taken_ = 0;
  Status status_ = Done{};
};

}  // namespace staunch
