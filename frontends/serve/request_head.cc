#include "frontends/serve/request_head.h"

namespace staunch {

HeadFault fault_of_head(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) continue;
    if (c == '\r') {
      if (i + 1 == head.size() || head[i + 1] != '\n') return HeadFault::bare_line;
    } else if (c == '\n') {
      if (i == 0 || head[i - 1] != '\r') return HeadFault::bare_line;
      if (i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t')) return HeadFault::folded;
    } else if (c != '\t') {
      return HeadFault::control;
    }
  }
  return HeadFault::none;
}

}  // namespace staunch
