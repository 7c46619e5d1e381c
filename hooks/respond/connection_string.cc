#include "hooks/respond/connection_string.h"

#include <algorithm>
#include <cctype>

#include "hooks/respond/canonical.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxValue = 256;
constexpr std::string_view kEnds = " \t\r\n\"'`<>\\";

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

// The last NAME= of a piece: before the first one a variable may stand, CONNECTION=AccountName=app. Padding of base64
// is no name's.
void add(Values& said, std::string_view piece) {
  std::string_view name;
  for (;;) {
    const std::size_t equals = piece.find('=');
    if (equals == piece.npos || !is_name(piece.substr(0, equals)) || piece.find_first_not_of('=', equals) == piece.npos)
      break;
    name = piece.substr(0, equals);
    piece.remove_prefix(equals + 1);
  }
  if (!name.empty() && piece.size() <= kMaxValue) said[lower_case(name)] = Secret(piece);
}

}  // namespace

Values said_beside(std::string_view lines, std::string_view secret) {
  Values said;
  const std::size_t at = secret.empty() ? lines.npos : lines.find(secret);
  if (at == lines.npos) return said;
  const std::size_t before = lines.find_last_of(kEnds, at);
  std::string_view text = lines.substr(before == lines.npos ? 0 : before + 1);
  text = text.substr(0, text.find_first_of(kEnds));
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, text.find(';'));
    if (piece.find(secret) == piece.npos) add(said, piece);
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
  }
  return said;
}

}  // namespace staunch
