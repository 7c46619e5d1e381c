// Git writes a commit's headers in a fixed order; so tree and parents, which decide what is reached, must stand there
// as it writes them. Of the rest what can be read is: histories hold commits without an author, and dates of no
// calendar.
#include "frontends/git/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace staunch {
namespace {

// Takes header lines off the front of an object's text.
class Headers {
 public:
  explicit Headers(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }

  // The value of the next header where that is `key`; its continuation lines are not part of it.
  std::optional<std::string_view> take(std::string_view key) {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(key) || rest.size() == key.size() || rest[key.size()] != ' ') return std::nullopt;
    const std::string_view line = rest.substr(0, rest.find('\n'));
    at_ = std::min(at_ + line.size() + 1, text_.size());
    return line.substr(key.size() + 1);
  }

  // Goes past one header of any kind; false where the message begins.
  bool skip() {
    if (at_ >= text_.size() || text_[at_] == '\n') return false;
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    return true;
  }

  // Where the message begins, once every header is taken.
  std::size_t message() const { return std::min(at_ + 1, text_.size()); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

Error wrong(std::string_view what, std::size_t at) { return {fmt::format("{} at byte {}", what, at), {}}; }

std::optional<ObjectId> id_of(std::string_view hex, std::size_t id_bytes) {
  return hex.size() == 2 * id_bytes ? ObjectId::from_hex(hex) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// "+0130"
int zone_of(std::string_view text) {
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return 0;
  int digits = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 5, digits);
  if (error != std::errc() || end != text.data() + 5) return 0;
  const int minutes = digits / 100 * 60 + digits % 100;
  return text[0] == '-' ? -minutes : minutes;
}

// As git splits it: the address ends at the first '>', the date begins behind the last one.
Signature signature_of(std::string_view line) {
  Signature out;
  const std::size_t open = line.find('<');
  if (open == std::string_view::npos) {
    out.name = trimmed(line);
    return out;
  }
  out.name = trimmed(line.substr(0, open));
  const std::size_t close = line.find('>', open);
  out.email = trimmed(line.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
  if (close == std::string_view::npos) return out;
  const std::string_view date = trimmed(line.substr(line.rfind('>') + 1));
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(date.data(), date.data() + date.size(), seconds);
  if (error != std::errc()) return out;
  out.seconds = seconds;
  out.zone_minutes = zone_of(trimmed(date.substr(static_cast<std::size_t>(end - date.data()))));
  return out;
}

}  // namespace

Result<CommitText> parse_commit(std::string_view text, std::size_t id_bytes) {
  CommitText out;
  Headers headers(text);
  const auto tree = headers.take("tree");
  const auto tree_id = tree ? id_of(*tree, id_bytes) : std::nullopt;
  if (!tree_id) return wrong("no tree", 0);
  out.tree = *tree_id;
  for (std::size_t at = headers.at();; at = headers.at()) {
    const auto parent = headers.take("parent");
    if (!parent) break;
    const auto id = id_of(*parent, id_bytes);
    if (!id) return wrong("a parent that is no id", at);
    out.parents.push_back(*id);
  }
  const std::size_t author_at = headers.at();
  if (const auto line = headers.take("author")) {
    out.author_line = author_at;
    out.author = signature_of(*line);
  }
  if (const auto line = headers.take("committer")) out.committer = signature_of(*line);
  while (headers.skip()) continue;
  out.message_offset = headers.message();
  out.message = text.substr(headers.message());
  return out;
}

Result<TagText> parse_tag(std::string_view text, std::size_t id_bytes) {
  TagText out;
  Headers headers(text);
  const auto object = headers.take("object");
  const auto id = object ? id_of(*object, id_bytes) : std::nullopt;
  if (!id) return wrong("no object", 0);
  out.object = *id;
  const std::size_t type_at = headers.at();
  const auto type = headers.take("type");
  out.type = type ? type_from_name(*type) : ObjectType::none;
  if (out.type == ObjectType::none) return wrong("no type", type_at);
  if (const auto name = headers.take("tag")) out.name = *name;
  if (const auto tagger = headers.take("tagger")) out.tagger = signature_of(*tagger);
  while (headers.skip()) continue;
  out.message_offset = headers.message();
  out.message = text.substr(headers.message());
  return out;
}

}  // namespace staunch
