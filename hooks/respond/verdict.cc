#include "hooks/respond/verdict.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "hooks/respond/json.h"

namespace staunch {
namespace {

bool blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c); });
}

// An answer that is not of the API at all: a captive portal, a proxy's page, a load balancer's apology.
bool strange_body(BodyKind kind, const HttpAnswer& answer) {
  const bool must_speak = answer.status == 200;
  if (blank(answer.body)) return kind != BodyKind::text && must_speak;
  if (kind == BodyKind::json) return !parse_json(answer.body);
  const std::size_t first = answer.body.find_first_not_of(" \t\r\n");
  const bool html = answer.body.find("<html") != std::string::npos || answer.body.find("<HTML") != std::string::npos;
  if (kind == BodyKind::xml) return answer.body[first] != '<' || html;
  return html && must_speak;
}

std::string told_text(const HttpAnswer& answer, const std::string& source, const Json* json) {
  if (source.starts_with("header:")) return answer.header(std::string_view(source).substr(7));
  if (source.starts_with("xml:")) return std::string(xml_text(answer.body, std::string_view(source).substr(4)));
  return json ? text_at(*json, source) : std::string();
}

std::map<std::string, std::string> told_by(const Verify& entry, const HttpAnswer& answer) {
  std::map<std::string, std::string> told;
  const auto json = parse_json(answer.body);
  for (const auto& [name, source] : entry.tells) {
    std::string text = told_text(answer, source, json ? &*json : nullptr);
    if (text.empty()) continue;
    text.resize(std::min(text.size(), kMaxToldBytes));
    told.emplace(name, std::move(text));
  }
  return told;
}

// Why nothing may be concluded from this answer, whatever the tables say.
std::string doubt(const Verify& entry, const HttpAnswer& answer) {
  if (answer.outcome != HttpAnswer::Outcome::answered) return "no answer: " + answer.why;
  if (answer.status == 407) return "a proxy wants a password";
  if (answer.status == 429) return "asked too often (429)";
  if (answer.status >= 500) return fmt::format("the service fails ({})", answer.status);
  if (answer.status >= 300 && answer.status < 400)
    return fmt::format("it answers with a redirect ({}), which is not followed", answer.status);
  const std::int64_t date = http_date(answer.header("date"));
  if (date != 0 && std::abs(date - answer.sent) > kMaxClockSkew)
    return fmt::format("its clock and ours are {} s apart", std::abs(date - answer.sent));
  if (strange_body(entry.body, answer))
    return fmt::format("the answer ({}) is not what this API speaks", answer.status);
  return {};
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::live: return "live";
    case State::restricted: return "restricted";
    case State::dead: return "dead";
    case State::unknown: break;
  }
  return "unknown";
}

bool is_good(State state) { return state == State::live || state == State::restricted; }

std::string_view xml_text(std::string_view body, std::string_view tag) {
  const std::string open = fmt::format("<{}>", tag), close = fmt::format("</{}>", tag);
  const std::size_t begin = body.find(open);
  if (begin == std::string_view::npos) return {};
  body.remove_prefix(begin + open.size());
  const std::size_t end = body.find(close);
  return end == std::string_view::npos ? std::string_view() : body.substr(0, end);
}

bool matches(const std::vector<Answer>& answers, const HttpAnswer& answer) {
  if (answer.outcome != HttpAnswer::Outcome::answered) return false;
  return std::any_of(answers.begin(), answers.end(), [&](const Answer& expected) {
    if (static_cast<long>(expected.status) != answer.status) return false;
    if (answer.body.find(expected.body_contains) == std::string::npos) return false;
    if (expected.at.empty()) return true;
    const auto json = parse_json(answer.body);
    return json && find_at(*json, expected.at) != nullptr &&
           (expected.is.empty() || text_at(*json, expected.at) == expected.is);
  });
}

std::int64_t http_date(const std::string& text) {
  std::tm utc{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return end && *end == '\0' ? static_cast<std::int64_t>(timegm(&utc)) : 0;
}

Verdict judge(const Verify& entry, const HttpAnswer& answer, std::string_view host, bool was_live) {
  Verdict verdict;
  verdict.host = host;
  verdict.status = answer.status;
  verdict.checked_at = answer.sent;
  verdict.why = doubt(entry, answer);
  if (!verdict.why.empty()) return verdict;
  if (matches(entry.live, answer)) {
    verdict.state = State::live;
  } else if (matches(entry.restricted, answer)) {
    verdict.state = State::restricted;
    verdict.why = fmt::format("it is good, and may not do what was asked ({})", answer.status);
  } else if (matches(entry.dead, answer)) {
    verdict.state = State::dead;
    if (!entry.elsewhere.empty() && !was_live) {
      verdict.state = State::unknown;
      verdict.why = fmt::format("not live at {}; it may be at {}", host, entry.elsewhere);
    }
  } else {
    verdict.why = fmt::format("the answer ({}) is in no table", answer.status);
  }
  if (is_good(verdict.state)) verdict.told = told_by(entry, answer);
  return verdict;
}

}  // namespace staunch
