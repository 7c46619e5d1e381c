#include "hooks/respond/program/hidden_input.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace staunch {
namespace {

constexpr std::size_t kMaxValue = 65536;

// Nothing that is typed is shown.
class HiddenInput {
 public:
  explicit HiddenInput(std::string_view prompt) {
    if (!isatty(0) || tcgetattr(0, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(0, TCSAFLUSH, &hidden) == 0;
    fmt::print(stderr, "{} (not shown): ", prompt);
  }
  ~HiddenInput() {
    if (!changed_) return;
    tcsetattr(0, TCSAFLUSH, &before_);
    fmt::print(stderr, "\n");
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

// Byte by byte where only a line is wanted: what is behind it belongs to the next question.
Secret read_hidden(std::string_view prompt, bool whole) {
  const HiddenInput hidden(prompt);
  const bool line = !whole || isatty(0);
  std::string text(kMaxValue, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(0, text.data() + size, line ? 1 : text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (line && text[size - 1] == '\n') break;
  }
  while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) --size;
  Secret value(std::string_view(text).substr(0, size));
  explicit_bzero(text.data(), text.size());
  return value;
}

}  // namespace staunch
