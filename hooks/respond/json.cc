#include "hooks/respond/json.h"

namespace staunch {
namespace {

bool too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') ++i;
    else if (c == '"') in_string = !in_string;
    else if (in_string) continue;
    else if ((c == '[' || c == '{') && ++depth > kMaxJsonDepth) return true;
    else if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return false;
}

std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i)
    if (token[i] == '~' && i + 1 < token.size()) out += token[++i] == '1' ? '/' : '~';
    else out += token[i];
  return out;
}

std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() || value.is_null()) return {};
  if (!value.is_array()) return value.dump();
  std::string all;
  for (const Json& each : value)
    if (!each.is_structured()) all += (all.empty() ? "" : ",") + plain(each);
  return all;
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

const Json* find_at(const Json& json, std::string_view pointer) {
  const Json* at = &json;
  while (!pointer.empty()) {
    if (pointer[0] != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const std::string token = unescaped(pointer.substr(0, end));
    pointer.remove_prefix(end);
    if (at->is_object()) {
      const auto member = at->find(token);
      if (member == at->end()) return nullptr;
      at = &*member;
    } else if (at->is_array() && !token.empty() && token.size() < 7 &&
               token.find_first_not_of("0123456789") == std::string::npos) {
      const auto index = static_cast<std::size_t>(std::stoul(token));
      if (index >= at->size()) return nullptr;
      at = &(*at)[index];
    } else {
      return nullptr;
    }
  }
  return at;
}

std::string text_at(const Json& json, std::string_view pointer) {
  const Json* value = find_at(json, pointer);
  return value ? plain(*value) : std::string();
}

std::uint64_t number_at(const Json& json, std::string_view pointer) {
  const Json* value = find_at(json, pointer);
  return value && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

const Json& array_at(const Json& json, std::string_view pointer) {
  static const Json kNone = Json::array();
  const Json* found = find_at(json, pointer);
  return found && found->is_array() ? *found : kNone;
}

std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace staunch
