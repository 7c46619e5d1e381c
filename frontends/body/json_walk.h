// The grammar of RFC 8259 over the tokens that Structure found, told to a visitor with raw offsets.
//
// The visitor has open(bracket, begin), close(end), key(begin, end), string(begin, end) and bare(begin, end): a number,
// true, false or null. Strings are told without their quotes, and their escapes were not looked at: the visitor's key()
// and string() return false where they are wrong. Nothing recurses.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace staunch {

inline constexpr std::size_t kMaxNesting = 1024;

enum class Walked : std::uint8_t { whole, broken, too_deep };

inline bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// A number, true, false or null.
bool is_json_bare(std::string_view token);

template <typename Visitor>
class JsonWalk {
 public:
  JsonWalk(std::string_view text, std::span<const std::uint32_t> positions, Visitor& visitor)
      : text_(text), positions_(positions), visitor_(visitor) {}

  // What was told before a mistake was found must be thrown away.
  Walked run() {
    const std::size_t count = positions_.size(), size = text_.size();
    const std::uint32_t* const positions = positions_.data();
    for (std::size_t i = 0; i < count && positions[i] < size; ++i) {
      const std::size_t next = i + 1 < count ? positions[i + 1] : size;
      const Walked walked = take(positions[i], next);
      if (walked != Walked::whole) return walked;
    }
    return want_ == Want::end ? Walked::whole : Walked::broken;
  }

 private:
  enum class Want : std::uint8_t { value, value_or_close, key, key_or_close, colon, comma_or_close, end };

  Walked take(std::size_t begin, std::size_t next) {
    const char c = text_[begin];
    at_ = begin;
    if (c == '"') return string(begin, next);
    switch (c) {
      case '{':
      case '[': return open(c);
      case '}': return close('{', Want::key_or_close);
      case ']': return close('[', Want::value_or_close);
      case ':': return follow(Want::colon, Want::value);
      case ',': return follow(Want::comma_or_close, depth_ > 0 && open_[depth_ - 1] == '{' ? Want::key : Want::value);
      default: return bare(begin, next);
    }
  }

  bool wants_value() const { return want_ == Want::value || want_ == Want::value_or_close; }
  void after_value() { want_ = depth_ == 0 ? Want::end : Want::comma_or_close; }

  Walked open(char bracket) {
    if (!wants_value()) return Walked::broken;
    if (depth_ == kMaxNesting) return Walked::too_deep;
    open_[depth_++] = bracket;
    visitor_.open(bracket, at_);
    want_ = bracket == '{' ? Want::key_or_close : Want::value_or_close;
    return Walked::whole;
  }

  Walked close(char bracket, Want empty) {
    if (depth_ == 0 || open_[depth_ - 1] != bracket) return Walked::broken;
    if (want_ != empty && want_ != Want::comma_or_close) return Walked::broken;
    --depth_;
    visitor_.close(at_ + 1);
    after_value();
    return Walked::whole;
  }

  Walked follow(Want now, Want then) {
    if (want_ != now) return Walked::broken;
    want_ = then;
    return Walked::whole;
  }

  std::size_t end_of(std::size_t begin, std::size_t next) const {
    while (next > begin + 1 && is_json_space(text_[next - 1])) --next;
    return next;
  }

  Walked bare(std::size_t begin, std::size_t next) {
    const std::size_t end = end_of(begin, next);
    if (!wants_value() || !is_json_bare(text_.substr(begin, end - begin))) return Walked::broken;
    visitor_.bare(begin, end);
    after_value();
    return Walked::whole;
  }

  Walked string(std::size_t begin, std::size_t next) {
    const std::size_t end = end_of(begin, next);
    if (end < begin + 2 || text_[end - 1] != '"') return Walked::broken;
    if (want_ == Want::key || want_ == Want::key_or_close) {
      want_ = Want::colon;
      return visitor_.key(begin + 1, end - 1) ? Walked::whole : Walked::broken;
    }
    if (!wants_value()) return Walked::broken;
    after_value();
    return visitor_.string(begin + 1, end - 1) ? Walked::whole : Walked::broken;
  }

  const std::string_view text_;
  const std::span<const std::uint32_t> positions_;
  Visitor& visitor_;
  Want want_ = Want::value;
  std::size_t depth_ = 0, at_ = 0;
  std::array<char, kMaxNesting> open_;
};

}  // namespace staunch
