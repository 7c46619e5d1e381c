#include "hooks/respond/output.h"

#include <fmt/format.h>

namespace staunch {

void Output::know(const Secret& secret, std::string_view shown) {
  if (!secret.empty()) redactor_.add(secret.reveal(), shown);
}

std::string Output::safe(std::string_view text) const {
  std::string masked = redactor_.mask(text);
  for (char& c : masked)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f) c = '?';
  return masked;
}

void Output::out(std::string_view text) const { fmt::print("{}\n", safe(text)); }

void Output::tell(std::string_view text) const {
  std::fflush(stdout);
  fmt::print(stderr, "staunch: {}\n", safe(text));
}

}  // namespace staunch
