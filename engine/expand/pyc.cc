// The string constants of compiled Python, read from marshal data.
//
// In a .pyc a string's length stands in one byte directly before it, and that byte may be a letter: a token that needs
// a boundary in front is not one there. Marshal writes objects one after another, each announcing how many follow it,
// so one pass with a stack of "how many are still to come, and of what use" reads it without building anything
// (Python/marshal.c of CPython; the fields of a code object by version).
//
// Only constants are given out: names, bytecode and tables are passed over. A file above kMaxBytes is read up to there.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/copy_parts.h"

namespace staunch {
namespace {

constexpr std::uint64_t kMaxBytes = 16u << 20;
constexpr std::size_t kMaxDepth = 100'000;  // of the stack; marshal itself stops at 2,000 nested objects

enum class Use : std::uint8_t { pass_over, constant };

// Something that is still to come.
struct Task {
  enum Kind : std::uint8_t { objects, bytes, pairs } kind;
  std::uint64_t count;  // of objects or bytes; pairs go on until their end mark
  Use use = Use::pass_over;
};

// Where a string stands that may be referred to again. Other objects take a number too; they have no bytes, and neither
// has a string any more that was given out. Small, because a file may hold nothing but numbered objects.
struct Reference {
  std::uint32_t begin = 0, end = 0;
};

class Marshal {
 public:
  Marshal(std::string_view data, std::uint64_t at, unsigned magic, CopyParts& parts)
      : data_(data), at_(at), magic_(magic), parts_(parts) {}

  // What is wrong with the data, or nothing.
  std::optional<std::string> read() {
    tasks_.push_back({Task::objects, 1});
    while (!tasks_.empty() && !problem_) step();
    return problem_;
  }

 private:
  void step() {
    Task& task = tasks_.back();
    if (task.kind == Task::bytes) {
      skip(task.count);
      tasks_.pop_back();
    } else if (task.kind == Task::objects && task.count-- == 0) {
      tasks_.pop_back();
    } else if (tasks_.size() > kMaxDepth) {
      fail("nested too deeply");
    } else {
      read_object(task.use);
    }
  }

  void fail(std::string what) { problem_ = fmt::format("{} at offset {}", what, at_); }

  bool has(std::uint64_t size) {
    if (size <= data_.size() - at_) return true;
    fail("ends too early");
    return false;
  }

  void skip(std::uint64_t size) {
    if (has(size)) at_ += size;
  }

  std::uint64_t number(std::size_t size) {
    if (!has(size)) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data_[at_ + i]);
    at_ += size;
    return value;
  }

  void push(Task::Kind kind, std::uint64_t count, Use use = Use::pass_over) { tasks_.push_back({kind, count, use}); }

  void read_object(Use use) {
    const std::uint64_t head = number(1);
    const char type = static_cast<char>(head & 0x7f);
    const bool numbered = (head & 0x80) != 0;
    const std::size_t index = references_.size();
    if (problem_) return;
    if (numbered) references_.emplace_back();
    switch (type) {
      case '0':  // ends the pairs of a dict
        if (tasks_.back().kind == Task::pairs) return tasks_.pop_back();
        return fail("an end mark without a beginning");
      case 'N':
      case 'F':
      case 'T':
      case 'S':
      case '.': return;
      case 'i': return skip(4);
      case 'I':
      case 'g': return skip(8);
      case 'y': return skip(16);
      case 'f': return skip(number(1));
      case 'x': skip(number(1)); return skip(number(1));
      case 'l': return read_long();
      case 's':
      case 'u':
      case 't':
      case 'a':
      case 'A': return read_string(number(4), use, numbered, index);
      case 'z':
      case 'Z': return read_string(number(1), use, numbered, index);
      case ')': return push(Task::objects, number(1), use);
      case '(':
      case '[':
      case '<':
      case '>': return push(Task::objects, number(4), use);
      case '{': return push(Task::pairs, 0, use);
      case 'r': return read_reference(number(4), use);
      case 'c': return read_code();
      default: return fail(fmt::format("unknown marshal type 0x{:02x}", static_cast<unsigned char>(type)));
    }
  }

  // Digits of 15 bits in two bytes each; a negative count is a negative number.
  void read_long() {
    const auto count = static_cast<std::int32_t>(static_cast<std::uint32_t>(number(4)));
    skip(2 * static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(count))));
  }

  void read_string(std::uint64_t size, Use use, bool numbered, std::size_t index) {
    if (problem_ || !has(size)) return;
    Reference string{static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(at_ + size)};
    at_ += size;
    if (use == Use::constant) give(string);
    if (numbered) references_[index] = string;
  }

  // A constant that first stood where it was of no use.
  void read_reference(std::uint64_t index, Use use) {
    if (problem_) return;
    if (index >= references_.size()) return fail("a reference to nothing");
    if (use == Use::constant) give(references_[index]);
  }

  void give(Reference& string) {
    if (string.begin == string.end) return;
    parts_.add(Codec::pyc, string.begin, string.end, data_.substr(string.begin, string.end - string.begin), kVerbatim);
    parts_.end_text();
    string = {};
  }

  // Pushed from the last to the first. The constants come second, after the bytecode.
  void read_code() {
    const bool places = magic_ >= 3450;      // 3.11: local names of all kinds in one list, and an exception table
    const bool positional = magic_ >= 3400;  // 3.8: positional-only arguments
    push(Task::objects, places ? 2 : 1);
    push(Task::bytes, 4);
    push(Task::objects, 6);
    push(Task::objects, 1, Use::constant);
    push(Task::objects, 1);
    push(Task::bytes, positional && !places ? 24 : 20);
  }

  std::string_view data_;
  std::uint64_t at_;
  unsigned magic_;
  CopyParts& parts_;
  std::vector<Task> tasks_;
  std::vector<Reference> references_;
  std::optional<std::string> problem_;
};

// The first `size` bytes, or fewer where the content ends.
Result<std::string> read_whole(const Content& content, std::uint64_t size) {
  std::string data(size, '\0');
  std::size_t at = 0;
  while (at < data.size()) {
    const Result<std::size_t> got = content.read_at(at, std::span(data).subspan(at));
    if (!got) return got.error();
    if (*got == 0) break;
    at += *got;
  }
  data.resize(at);
  return data;
}

}  // namespace

std::vector<Note> expand_pyc(const Content& content, std::uint64_t size, const std::string& path,
                             const OnExpansion& on_expansion) {
  const Result<std::string> data = read_whole(content, std::min(size, kMaxBytes));
  if (!data) return {{path, "could not be read: " + to_string(data.error())}};
  const unsigned magic = data->size() < 2 ? 0
                                          : static_cast<unsigned char>((*data)[0]) |
                                                static_cast<unsigned>(static_cast<unsigned char>((*data)[1])) << 8;
  const std::size_t head = magic >= 3392 ? 16 : 12;  // PEP 552 added flags
  if (data->size() <= head) return {{path, "damaged: ends within its header"}};
  CopyParts parts(on_expansion);
  const std::optional<std::string> problem = Marshal(*data, head, magic, parts).read();
  parts.flush();
  if (!problem) return {};
  if (size > kMaxBytes) return {{path, fmt::format("compiled Python above {} bytes is not read further", kMaxBytes)}};
  return {{path, "damaged: " + *problem}};
}

}  // namespace staunch
