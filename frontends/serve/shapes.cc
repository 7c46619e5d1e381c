#include "frontends/serve/shapes.h"

#include <fmt/format.h>

#include "frontends/report/json_text.h"

namespace staunch {
namespace {

constexpr std::size_t kNamed = 5;  // findings in a message

std::string pointer_of(const Found& found) {
  std::string pointer = found.ruling.pointer;
  for (const std::string& inner : found.inner) pointer += " -> " + inner;
  return pointer;
}

const Found* first_blocked(const JudgedBody& judged) {
  for (const Found& found : judged.found)
    if (found.ruling.action == Action::block) return &found;
  return nullptr;
}

}  // namespace

std::optional<Shape> shape_of(const HttpRequest& request) {
  const std::string_view word = request.query("shape");
  if (word == "openai") return Shape::openai;
  if (word == "anthropic") return Shape::anthropic;
  if (word == "auto") return request.has_anthropic_version ? Shape::anthropic : Shape::openai;
  if (word.empty() || word == "plain") return Shape::plain;
  return std::nullopt;
}

std::string blocked_reason(const JudgedBody& judged) {
  std::string reason = "blocked: ";
  std::size_t named = 0, more = 0;
  for (const Found& found : judged.found) {
    if (found.ruling.action != Action::block) continue;
    if (named == kNamed) {
      ++more;
      continue;
    }
    if (named++ > 0) reason += ", ";
    reason += shown_id(found.ruling.rule);
    if (const std::string pointer = pointer_of(found); !pointer.empty()) reason += " at " + pointer;
  }
  if (more > 0) reason += fmt::format(" and {} more", more);
  if (named == 0)
    reason += judged.notes.empty() ? "by policy" : judged.notes.back().what + ": " + judged.notes.back().why;
  return reason;
}

HttpResponse blocked(Shape shape, const JudgedBody& judged) {
  HttpResponse response;
  response.status = 400;
  const Found* first = first_blocked(judged);
  const std::string reason = blocked_reason(judged);
  JsonText json(response.body);
  json.open('{');
  if (shape == Shape::anthropic) json.text("type", "error");
  json.open("error", '{');
  json.text("message", reason);
  json.text("type", "invalid_request_error");
  if (shape != Shape::anthropic) {
    json.text("param", first != nullptr ? first->ruling.pointer : std::string());
    json.text("code", "content_blocked");
  }
  if (first != nullptr) {
    json.text("rule", first->ruling.rule);
    json.text("pointer", first->ruling.pointer);
  }
  json.close();
  json.close();
  response.headers.emplace_back("x-should-retry", "false");  // SDKs of both obey it
  return response;
}

}  // namespace staunch
