#include "frontends/serve/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "frontends/body/json_members.h"
#include "frontends/body/unpack.h"
#include "frontends/report/json_text.h"
#include "frontends/serve/answers.h"

namespace staunch {
namespace {

// "[::1]:8080" -> "[::1]", "Localhost:1" -> "localhost"
std::string host_name(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == host.npos ? 0 : bracket);
  std::string name(host.substr(0, colon));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

std::string_view key_of(const HttpRequest& head) {
  constexpr std::string_view kBearer = "bearer ";
  const std::string_view given = head.authorization;
  if (given.size() > kBearer.size() &&
      std::equal(kBearer.begin(), kBearer.end(), given.begin(), [](char a, char b) { return a == (b | 0x20); }))
    return given.substr(kBearer.size());
  return head.api_key;
}

// What cannot be redacted where it stands is blocked.
void block_all(JudgedBody& judged) {
  judged.verdict = Verdict::block;
  for (Found& found : judged.found)
    if (found.ruling.action == Action::redact) found.ruling.action = Action::block;
}

constexpr std::size_t kPosts = 5;  // the first of kRouteNames

const BodyType kJson = {BodyForm::json, {}, true};

}  // namespace

struct Service::Asked {
  const HttpRequest& request;
  const Callers::Caller& caller;
  JudgeTools& tools;
  const std::shared_ptr<const Redactor> redactor;
  std::string_view body;  // without its codings
  Direction direction = Direction::request;
};

Service::Service(ServiceOptions options, const Callers& callers, Metrics& metrics, EventLog* events,
                 ResponseFeed* response)
    : options_(std::move(options)), callers_(callers), metrics_(metrics), events_(events), response_(response) {}

std::optional<HttpResponse> Service::check(const HttpRequest& head, Callers::Caller*& caller) const {
  const auto refuse = [&](unsigned status, const char* code, const char* message) {
    metrics_.refused(code);
    return http_error(status, code, message);
  };
  if (head.target.empty() || head.target[0] != '/')
    return refuse(403, "target_form", "the target must be a path: this is no proxy");
  const auto& hosts = options_.hosts;
  if (std::find(hosts.begin(), hosts.end(), "*") == hosts.end() &&
      std::find(hosts.begin(), hosts.end(), host_name(head.host)) == hosts.end())
    return refuse(403, "unknown_host", "this host is not known here (--host adds one)");
  if (head.has_origin) return refuse(403, "browser", "requests of browsers are not answered");

  const std::size_t route = route_index(head.path());
  if (route == kRouteNames.size() - 1) return refuse(404, "no_such_route", "there is nothing here; see /openapi.json");
  const bool posts = route < kPosts;
  if (posts ? head.method != "POST" : head.method != "GET" && head.method != "HEAD") {
    HttpResponse response = refuse(405, "method", posts ? "this route takes POST" : "this route takes GET");
    response.headers.emplace_back("Allow", posts ? "POST" : "GET, HEAD");
    return response;
  }
  const bool open = head.path() == "/healthz" || head.path() == "/readyz";
  caller = open && callers_.needs_key() ? nullptr : callers_.find(key_of(head));
  if (open) return std::nullopt;
  if (caller == nullptr) {
    HttpResponse response = refuse(401, "no_key", "a caller's key is needed: Authorization: Bearer, or x-api-key");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  if (!posts) return std::nullopt;
  if (!shape_of(head)) return refuse(400, "shape", "shape is plain, openai, anthropic or auto");
  const std::string_view direction = head.query("direction");
  if (!direction.empty() && direction != "request" && direction != "response")
    return refuse(400, "direction", "direction is request or response");
  if (!callers_.may(*caller)) return refuse(429, "rate", "too many requests of this caller");
  return std::nullopt;
}

void Service::tell(const Asked& asked, const JudgedBody& judged) const {
  for (const Found& found : judged.found) {
    metrics_.finding(found.ruling.rule, action_name(found.ruling.action));
    if (response_ != nullptr)
      response_->add(found.ruling, fmt::format("({}{}{})", asked.request.path(),
                                               asked.caller.name.empty() ? "" : " of ", asked.caller.name));
    if (events_ == nullptr) continue;
    // Of an old turn the event was written when it was new, unless that was before this process.
    const bool chat = !judged.conversation.empty();
    const bool first = chat && told_.first_time(asked.caller.name, judged.conversation, found.ruling.fingerprint);
    if (found.in_history && !first) continue;
    Event event;
    event.time = std::chrono::system_clock::now();
    event.source = "serve";
    event.caller = asked.caller.name;
    event.route = asked.request.path();
    event.ruling = found.ruling;
    event.shadow = judged.shadow;
    event.policy = asked.redactor->policy().digest;
    events_->add(std::move(event));
  }
}

JudgedBody Service::judge(Asked& asked, std::string_view raw, const BodyType& type, const std::string& prefix) const {
  JudgedBody judged = judge_body(*asked.redactor, raw, type, {"serve", asked.direction}, asked.tools, prefix);
  metrics_.scanned_bytes += raw.size();
  return judged;
}

HttpResponse Service::answer(const HttpRequest& request, const Callers::Caller& caller, JudgeTools& tools) const {
  const std::string_view path = request.path();
  HttpResponse response;
  if (path == "/healthz" || path == "/readyz") {
    const bool ready = path == "/healthz" || (!draining_ && redactor_.get() != nullptr);
    response.status = ready ? 200 : 503;
    response.body = ready ? "{\"status\":\"ok\"}\n" : "{\"status\":\"ending\"}\n";
    return response;
  }
  if (path == "/metrics") {
    response.content_type = "text/plain; version=0.0.4";
    response.body = metrics_.text();
    return response;
  }
  if (path == "/openapi.json") {
    response.body = openapi_document();
    return response;
  }
  Asked asked{request, caller, tools, redactor_.get(), request.body, Direction::request};
  if (request.query("direction") == "response") asked.direction = Direction::response;
  std::string unpacked;
  if (is_packed(request.content_encoding)) {
    switch (unpack(request.content_encoding, request.body, options_.max_body, unpacked)) {
      case Unpacked::done: break;
      case Unpacked::unknown: return http_error(415, "content_encoding", "codings are gzip, deflate, br and zstd");
      case Unpacked::damaged: return http_error(400, "damaged_coding", "the body is not in the coding that it says");
      case Unpacked::too_large: return http_error(413, "too_large", "the body expands to more than is allowed");
    }
    asked.body = unpacked;
  }
  if (path == "/v1/scan") return scan(asked, false);
  if (path == "/v1/redact") return scan(asked, true);
  if (path == "/v1/multiscan") return multiscan(asked);
  if (path == "/portkey") return portkey(asked);
  return litellm(asked);
}

HttpResponse Service::scan(Asked& asked, bool redact) const {
  const BodyType type = body_type(asked.request.content_type);
  const Shape shape = *shape_of(asked.request);
  JudgedBody judged = judge(asked, asked.body, type, {});
  tell(asked, judged);
  if (judged.verdict == Verdict::block && (redact || shape != Shape::plain)) return blocked(shape, judged);
  HttpResponse response;
  if (!redact) {
    append_judged(judged, asked.redactor->database(), response.body);
    return response;
  }
  response.headers.emplace_back("Staunch-Verdict", verdict_name(judged.verdict));
  response.headers.emplace_back("Staunch-Findings", fmt::format("{}", judged.found.size()));
  if (!judged.complete) response.headers.emplace_back("Staunch-Incomplete", "true");
  const std::string& asked_type = asked.request.content_type;
  response.content_type = asked_type.empty() ? "application/octet-stream" : asked_type;
  response.body = judged.verdict == Verdict::redact ? spliced(asked.body, judged.edits) : std::string(asked.body);
  return response;
}

HttpResponse Service::multiscan(Asked& asked) const {
  Structure structure;
  const JsonMembers documents = json_members(asked.body, structure);
  if (documents.shape != JsonShape::array) return http_error(400, "not_an_array", "the body must be a JSON array");
  if (documents.members.size() > kMaxDocuments)
    return http_error(413, "too_many", fmt::format("at most {} documents at once", kMaxDocuments));
  std::vector<std::string> texts;
  for (const JsonMember& each : documents.members) {
    const JsonMembers one = json_members(each.value, structure);
    const std::string_view* document = one.find("document");
    std::optional<std::string> text;
    if (document != nullptr && !one.is_twice("document")) text = json_string(*document);
    if (!text) return http_error(400, "no_document", "each element must be an object with a string \"document\"");
    texts.push_back(std::move(*text));
  }
  HttpResponse response;
  response.body = "[";
  for (const std::string& text : texts) {
    if (response.body.size() > 1) response.body += ',';
    const JudgedBody judged = judge(asked, text, {}, {});
    tell(asked, judged);
    append_judged(judged, asked.redactor->database(), response.body);
  }
  response.body += ']';
  return response;
}

// Contract: https://docs.litellm.ai/docs/adding_provider/generic_guardrail_api
HttpResponse Service::litellm(Asked& asked) const {
  Structure structure;
  const JsonMembers given = json_members(asked.body, structure);
  if (given.shape != JsonShape::object) return http_error(400, "not_an_object", "the body must be a JSON object");
  if (const std::string_view* type = given.find("input_type"); type != nullptr && json_string(*type) == "response")
    asked.direction = Direction::response;
  JudgedBody all;
  std::string changed;
  for (const char* name : {"texts", "tools", "tool_calls", "structured_messages"}) {
    const std::string_view* value = given.find(name);
    if (value == nullptr || *value == "null") continue;
    if (given.is_twice(name)) return http_error(400, "twice", fmt::format("there are two members \"{}\"", name));
    JudgedBody judged = judge(asked, *value, kJson, fmt::format("/{}", name));
    // Texts and messages can be given back; what would be cut out elsewhere must not go on.
    const bool given_back = std::string_view(name) == "texts" || std::string_view(name) == "structured_messages";
    if (judged.verdict == Verdict::redact && given_back)
      changed += fmt::format(",\"{}\":{}", name, spliced(*value, judged.edits));
    else if (judged.verdict == Verdict::redact) block_all(judged);
    tell(asked, judged);
    add_judged(all, std::move(judged));
  }
  HttpResponse response;
  const bool block = all.verdict == Verdict::block, redact = all.verdict == Verdict::redact;
  response.body = fmt::format("{{\"action\":\"{}\"", block ? "BLOCKED" : redact ? "GUARDRAIL_INTERVENED" : "NONE");
  if (block) {
    response.body += ",\"blocked_reason\":";
    append_json_string(response.body, blocked_reason(all));
  }
  if (redact) response.body += changed;
  response.body += '}';
  return response;
}

// Contract: https://portkey.ai/docs/integrations/guardrails/bring-your-own-guardrails
HttpResponse Service::portkey(Asked& asked) const {
  Structure structure;
  const JsonMembers given = json_members(asked.body, structure);
  const std::string_view* event = given.find("eventType");
  const std::optional<std::string> type = event == nullptr ? std::nullopt : json_string(*event);
  const bool after = type && *type == "afterRequestHook";
  if (!after && (!type || *type != "beforeRequestHook"))
    return http_error(400, "event_type", "eventType must be beforeRequestHook or afterRequestHook");
  const char* side = after ? "response" : "request";
  if (given.is_twice(side) || given.is_twice("eventType"))
    return http_error(400, "twice", fmt::format("there are two members \"{}\" or \"eventType\"", side));
  const std::string_view* found = given.find(side);
  const JsonMembers message = found == nullptr ? JsonMembers() : json_members(*found, structure);
  const std::string_view* json = message.find("json");
  if (json == nullptr || message.is_twice("json"))
    return http_error(400, "no_json", fmt::format("there must be one {}.json", side));
  asked.direction = after ? Direction::response : Direction::request;
  const JudgedBody judged = judge(asked, *json, kJson, fmt::format("/{}/json", side));
  tell(asked, judged);
  HttpResponse response;
  const bool block = judged.verdict == Verdict::block;
  response.body = fmt::format("{{\"verdict\":{}", block ? "false" : "true");
  if (judged.verdict == Verdict::redact)
    response.body += fmt::format(",\"transformedData\":{{\"{}\":{{\"json\":{}}}}}", side, spliced(*json, judged.edits));
  if (block) {
    response.body += ",\"data\":{\"explanation\":";
    append_json_string(response.body, blocked_reason(judged));
    response.body += '}';
  }
  response.body += '}';
  return response;
}

}  // namespace staunch
