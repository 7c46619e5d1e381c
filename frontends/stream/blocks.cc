#include "frontends/stream/blocks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/message.h"

namespace staunch {
namespace {

constexpr std::size_t kCapacity = kOverlap + kMaxLine;
constexpr std::size_t kContext = kPairBytes + 1;  // with the newline
constexpr int kPipeBytes = 1 << 20;

}  // namespace

// A pipe that holds more lets its writer go on meanwhile; what is no pipe says no.
Cutter::Cutter(int fd) : fd_(fd), memory_(std::make_unique_for_overwrite<char[]>(kCapacity)) {
  fcntl(fd, F_SETPIPE_SZ, kPipeBytes);
}

Cutter::Answer Cutter::next(Block& block) {
  for (;;) {
    const std::size_t held = size_ - begin_;
    Cut ready_cut = cut();
    const bool wants_more = ready_cut.shape == Shape::lines && held < kBlockBytes && !ended_;
    if (ready_cut.shape != Shape::none && (!wants_more || !ready())) {
      give(ready_cut, block);
      return Answer::block;
    }
    if (ended_) return Answer::ended;
    if (ready_cut.shape == Shape::none && !ready()) return Answer::nothing_yet;
    read();
  }
}

// How much can be given, whatever else comes.
Cutter::Cut Cutter::cut() const {
  const std::size_t held = size_ - begin_;
  if (held == 0) return {};
  if (in_long_line_) {
    if (newline_ != 0) {
      const void* first = std::memchr(memory_.get() + begin_, '\n', held);
      return {Shape::last_part, static_cast<std::size_t>(static_cast<const char*>(first) - memory_.get()) + 1};
    }
    if (held == kMaxLine) return {Shape::part, begin_ + kSegment};
    return ended_ ? Cut{Shape::last_part, size_} : Cut{};
  }
  if (newline_ != 0 && !ended_) return {Shape::lines, newline_};
  if (ended_) return {Shape::lines, size_};
  return held == kMaxLine ? Cut{Shape::part, begin_ + kSegment} : Cut{};
}

// The caller's memory becomes ours, with what is left and what stands before it.
void Cutter::give(Cut cut, Block& block) {
  std::unique_ptr<char[]> fresh = std::move(block.memory);
  if (!fresh) fresh = std::make_unique_for_overwrite<char[]>(kCapacity);
  const bool part = cut.shape != Shape::lines;
  // The beginning of a long line is judged with the line before, its other parts with what precedes them.
  const std::size_t from = in_long_line_ ? begin_ - kOverlap : 0;
  const std::size_t to = cut.shape == Shape::part ? size_ : cut.end;
  block.text = {memory_.get() + from, to - from};
  block.line = in_long_line_ ? 0 : begin_;
  block.begin = begin_ - from;
  block.end = cut.end - from;
  block.part = part;

  in_long_line_ = cut.shape == Shape::part;
  const std::size_t context = std::min(cut.end, in_long_line_ ? kOverlap : kContext);
  const std::size_t rest = size_ - cut.end;
  std::memcpy(fresh.get(), memory_.get() + cut.end - context, context + rest);
  block.memory = std::exchange(memory_, std::move(fresh));
  begin_ = context;
  size_ = context + rest;
  newline_ = 0;
  if (part) find_newline(begin_);
}

void Cutter::find_newline(std::size_t from) {
  const void* last = memrchr(memory_.get() + from, '\n', size_ - from);
  if (last != nullptr) newline_ = static_cast<std::size_t>(static_cast<const char*>(last) - memory_.get()) + 1;
}

// Whether read() has an answer at once.
bool Cutter::ready() const {
  pollfd poll_fd{fd_, POLLIN, 0};
  return poll(&poll_fd, 1, 0) > 0;
}

void Cutter::read() {
  const std::size_t held = size_ - begin_;
  const std::size_t room = kMaxLine - held, wanted = held < kBlockBytes ? kBlockBytes : room;
  const ssize_t got = ::read(fd_, memory_.get() + size_, std::min(room, wanted));
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got < 0) status_ = Error{fmt::format("cannot read: {}", std::strerror(errno)), "standard input"};
  if (got <= 0) {
    ended_ = true;
    return;
  }
  const std::size_t from = size_;
  size_ += static_cast<std::size_t>(got);
  taken_ += static_cast<std::uint64_t>(got);
  find_newline(from);
}

}  // namespace staunch
