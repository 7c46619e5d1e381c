#include "frontends/body/json_walk.h"

namespace staunch {

bool is_json_bare(std::string_view token) {
  if (token == "true" || token == "false" || token == "null") return true;
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
    return at - from;
  };
  const auto is_at = [&](char c) { return at < token.size() && token[at] == c; };
  if (is_at('-')) ++at;
  const bool zero = is_at('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (is_at('.')) {
    ++at;
    if (digits() == 0) return false;
  }
  if (is_at('e') || is_at('E')) {
    ++at;
    if (is_at('+') || is_at('-')) ++at;
    if (digits() == 0) return false;
  }
  return at == token.size();
}

}  // namespace staunch
