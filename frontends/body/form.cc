// Forms: names and values behind percent signs (application/x-www-form-urlencoded), and bodies of several parts
// (multipart/*, RFC 2046 and 7578).
#include <algorithm>

#include "frontends/body/view_builder.h"

namespace staunch {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_folded(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool begins_folded(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && equal_folded(text.substr(0, with.size()), with);
}

std::string_view trimmed_spaces(std::string_view text) {
  while (!text.empty() && is_json_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  return text;
}

// The value of a parameter of a header's value ('multipart/form-data; boundary="x"').
std::string parameter(std::string_view value, std::string_view name) {
  for (std::size_t at = value.find(';'); at != value.npos;) {
    const std::size_t next = value.find(';', at + 1);
    const std::string_view one = trimmed_spaces(value.substr(at + 1, next == value.npos ? next : next - at - 1));
    if (begins_folded(one, name) && one.size() > name.size() && one[name.size()] == '=') {
      std::string_view found = one.substr(name.size() + 1);
      if (found.size() >= 2 && found.front() == '"' && found.back() == '"') found = found.substr(1, found.size() - 2);
      return std::string(found);
    }
    at = next;
  }
  return {};
}

// What a part says of itself.
bool says_json(std::string_view head) {
  for (std::size_t at = 0; at < head.size();) {
    std::size_t end = head.find('\n', at);
    if (end == head.npos) end = head.size();
    const std::string_view line = head.substr(at, end - at);
    if (begins_folded(line, "content-type:")) return body_type(trimmed_spaces(line.substr(13))).kind == BodyForm::json;
    at = end + 1;
  }
  return false;
}

}  // namespace

BodyType body_type(std::string_view content_type) {
  const std::string_view name = trimmed_spaces(content_type.substr(0, content_type.find(';')));
  BodyType type;
  const auto ends_folded = [&](std::string_view with) {
    return name.size() > with.size() && equal_folded(name.substr(name.size() - with.size()), with);
  };
  if (equal_folded(name, "application/json") || ends_folded("+json") || equal_folded(name, "text/json")) {
    type.kind = BodyForm::json;
  } else if (equal_folded(name, "application/x-ndjson") || equal_folded(name, "application/jsonl") ||
             equal_folded(name, "application/x-jsonlines")) {
    type.kind = BodyForm::ndjson;
  } else if (equal_folded(name, "application/x-www-form-urlencoded")) {
    type.kind = BodyForm::form;
  } else if (begins_folded(name, "multipart/")) {
    type.kind = BodyForm::multipart;
    type.boundary = parameter(content_type, "boundary");
    type.readable = !type.boundary.empty() && type.boundary.size() <= 70;  // RFC 2046, 5.1.1
  }
  return type;
}

void view_form(Layer& layer, std::string_view raw) {
  for (std::size_t at = 0; at < raw.size();) {
    std::size_t end = raw.find('&', at);
    if (end == raw.npos) end = raw.size();
    const std::size_t equals = std::min(raw.find('=', at), end);
    BodyNode node;
    node.named = true;
    node.key_begin = layer.out_size();
    std::int32_t id = layer.mapped() ? layer.add_node(node) : -1;
    layer.form_text(equals, id, Leaf::Kind::key);
    if (id >= 0) layer.end_key(id);
    if (equals < end) {
      layer.keep(equals + 1);
      layer.form_text(end, id, Leaf::Kind::string);
    }
    if (end == raw.size()) return;
    layer.skip(end + 1);
    layer.put("\n");
    at = end + 1;
  }
}

void view_multipart(Layer& layer, std::string_view raw, const std::string& boundary) {
  const std::string mark = "--" + boundary;
  std::size_t at = raw.substr(0, mark.size()) == mark ? 0 : raw.find("\n" + mark);
  while (at != raw.npos) {
    const std::size_t head = raw.find('\n', at + 1);
    if (head == raw.npos) break;
    std::size_t next = raw.find("\n" + mark, head);
    const std::size_t part_end = next == raw.npos ? raw.size() : next > head && raw[next - 1] == '\r' ? next - 1 : next;
    std::size_t body = raw.find("\r\n\r\n", head - 1);
    body = body == raw.npos ? raw.find("\n\n", head) : body + 2;
    if (body != raw.npos && body + 2 <= part_end) {
      body += 2;
      const std::string_view content = raw.substr(body, part_end - body);
      if (says_json(raw.substr(head + 1, body - head - 1)) || looks_like_json(content)) {
        layer.keep_text(body);
        // Where it is none, it is text with what comes next.
        if (layer.json(body, part_end, -1) == Walked::whole && layer.mapped()) layer.keep(part_end);
      }
    }
    at = next;
  }
  layer.keep_text(raw.size());
}

}  // namespace staunch
