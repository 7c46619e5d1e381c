// OpenAI's service accounts of a project (each with one key, made with it), or the organisation's admin keys.
//
// Both are independent of each other, so the old one works until it is deleted; there is no disable. What this rotation
// makes carries its id in the name: a key whose answer was lost is found by it and can be nobody else's.
// Sources: OpenAI's API reference (project service accounts, project API keys, admin API keys).
#include "hooks/respond/json.h"
#include "hooks/respond/minter.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/revoke.h"

#include <fmt/format.h>

namespace staunch {
namespace {

constexpr const char* kHost = "api.openai.com";
constexpr std::size_t kMostPages = 50;

class OpenAi : public Minter {
 public:
  explicit OpenAi(MinterNeeds needs)
      : Minter(needs.facts), needs_(std::move(needs)), admin_(needs_.plan.project.empty()) {}

  std::string host() const override { return kHost; }

  // The organisation, and our own key's id: an admin key may not be rotated by itself.
  Result<std::pair<std::string, std::string>> who_are_we() override {
    const HttpAnswer answer = call("GET", "admin_api_keys?limit=100", "");
    const auto json = parse_json(answer.body);
    if (answer.status != 200 || !json) return Error{"our own credential does not work: " + said(answer), kHost};
    const std::string organisation = answer.header("openai-organization");
    if (organisation.empty()) return Error{"which organisation our own credential is of is not told", kHost};
    const auto ours = with_hint(all("admin_api_keys"), own());
    return std::pair(organisation, "key/" + (ours ? *ours : std::string()));
  }

  Result<std::vector<KeyFact>> look() override { return admin_ ? admin_keys() : accounts(); }

  Change mint(Minted& minted) override {
    Json wanted = {{"name", name()}};
    if (const auto life = admin_ ? old_life() : 0; life > 0) wanted["expires_in_seconds"] = life;
    const HttpAnswer answer = call("POST", kind(), to_line(wanted));
    const Change change = fate(answer);
    if (change.fate != Fate::done) return change;
    const auto json = parse_json(answer.body);
    if (!json) return {Fate::lost, "the answer is no JSON"};
    minted.id = text_at(*json, "/id");
    minted.secret = Secret(text_at(*json, admin_ ? "/value" : "/api_key/value"));
    if (minted.id.empty() || minted.secret.empty()) return {Fate::lost, "the answer holds no key"};
    return change;
  }

  Change set_active(const std::string&, bool) override { return {Fate::refused, "OpenAI has no disable"}; }

  Change remove(const std::string& id) override {
    const HttpAnswer answer = call("DELETE", kind() + "/" + id, "");
    if (answer.outcome == HttpAnswer::Outcome::answered && answer.status == 404)
      return {Fate::done, "it was not there"};
    const Change change = fate(answer);
    const auto json = parse_json(answer.body);
    if (change.fate == Fate::done && (!json || text_at(*json, "/deleted") != "true"))
      return {Fate::lost, "the answer does not say that it is deleted"};
    return change;
  }

  Result<std::string> try_pair(const std::string& id, const Secret& secret) override {
    HttpRequest request{
        "GET",
        fmt::format("https://{}/v1/{}", kHost, admin_ ? "organization/admin_api_keys?limit=100" : "models"),
        {},
        "",
        false};
    request.headers.emplace_back("Authorization", fmt::format("Bearer {}", secret.reveal()));
    const HttpAnswer answer = send(needs_.policy.network, request);
    const bool json = parse_json(answer.body).has_value();
    if (answer.status == 401 && json) return Error{"dead", id};
    if (answer.outcome != HttpAnswer::Outcome::answered) return Error{answer.why, id};
    if (!json || (answer.status != 200 && answer.status != 403)) return Error{said(answer), id};
    return answer.header("openai-organization");
  }

  Result<std::string> id_of(const Secret& secret) override {
    if (admin_) return with_hint(all("admin_api_keys"), secret);
    return with_hint(all(project() + "/api_keys"), secret, "/owner/service_account/id");
  }

  Result<std::string> rights_of(const std::string& id, const Secret&) override {
    const auto keys = all(kind());
    if (!keys) return keys.error();
    for (const Json& key : *keys)
      if (text_at(key, "/id") == id)
        return admin_ ? fmt::format("{}, lives {} s", text_at(key, "/owner/role"), life_of(key))
                      : text_at(key, "/role");
    return Error{"it is not there", id};
  }

 private:
  std::string name() const { return fmt::format("{}-{}", needs_.plan.user, needs_.token); }
  std::string project() const { return "projects/" + needs_.plan.project; }
  std::string kind() const { return admin_ ? "admin_api_keys" : project() + "/service_accounts"; }
  const Secret& own() const { return needs_.own.find("secret")->second; }

  HttpAnswer call(const char* method, const std::string& path, const std::string& body) {
    HttpRequest request{method, fmt::format("https://{}/v1/organization/{}", kHost, path), {}, body, false};
    request.changes = request.method != "GET";
    request.headers.emplace_back("Authorization", fmt::format("Bearer {}", own().reveal()));
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    return send(needs_.policy.network, request);
  }

  static std::string said(const HttpAnswer& answer) {
    if (answer.outcome != HttpAnswer::Outcome::answered) return answer.why;
    const auto json = parse_json(answer.body);
    return fmt::format("{} {}", answer.status, json ? text_at(*json, "/error/code") : "");
  }

  static Change fate(const HttpAnswer& answer) {
    if (answer.outcome == HttpAnswer::Outcome::not_sent) return {Fate::refused, answer.why};
    if (answer.outcome == HttpAnswer::Outcome::lost || answer.status >= 500) return {Fate::lost, said(answer)};
    if (answer.status == 429) return {Fate::later, "OpenAI asks to wait (429)", 60};
    return {answer.status / 100 == 2 ? Fate::done : Fate::refused, answer.status / 100 == 2 ? "" : said(answer)};
  }

  // Seconds between a key's making and its end; 0 where it has none.
  static std::uint64_t life_of(const Json& key) {
    const std::uint64_t made = number_at(key, "/created_at"), ends = number_at(key, "/expires_at");
    return ends > made ? ends - made : 0;
  }

  std::uint64_t old_life() {
    const auto old = needs_.old.find("secret");
    const auto list = all(kind());
    const auto id = old == needs_.old.end() ? Result<std::string>(Error{}) : with_hint(list, old->second);
    if (id && list)
      for (const Json& key : *list)
        if (text_at(key, "/id") == *id) return life_of(key);
    return 0;
  }

  // All elements of a list, page by page.
  Result<Json> all(const std::string& path) {
    Json list = Json::array();
    std::string after;
    for (std::size_t page = 0; page < kMostPages; ++page) {
      const HttpAnswer answer = call("GET", path + "?limit=100" + (after.empty() ? "" : "&after=" + after), "");
      const auto json = parse_json(answer.body);
      const Json* data = json ? find_at(*json, "/data") : nullptr;
      if (answer.status != 200 || !data || !data->is_array())
        return Error{"the keys cannot be listed: " + said(answer), path};
      for (const Json& each : *data) list.push_back(each);
      if (text_at(*json, "/has_more") != "true" || data->empty()) return list;
      after = text_at(data->back(), "/id");
    }
    return Error{"there are more keys than are looked at", path};
  }

  static Result<std::string> with_hint(const Result<Json>& list, const Secret& secret, const char* id = "/id") {
    if (!list) return list.error();
    Locate locate;
    locate.list = "/data";
    locate.hint = "/redacted_value";
    const Json whole = {{"data", *list}};
    const auto found = find_by_hint(whole, locate, secret.reveal());
    if (!found) return found.error();
    const std::string text = text_at(**found, id);
    if (text.empty()) return Error{"the key that looks like this one is no service account's", ""};
    return text;
  }

  bool is_ours(const Json& key) const {
    const std::string called = text_at(key, "/name");
    return called == needs_.plan.user || called.starts_with(needs_.plan.user + "-");
  }

  static std::string time_at(const Json& key, const char* at) {
    const std::uint64_t seconds = number_at(key, at);
    return seconds ? rfc3339(static_cast<std::int64_t>(seconds)) : "";
  }

  Result<std::vector<KeyFact>> admin_keys() {
    const auto list = all("admin_api_keys");
    if (!list) return list.error();
    std::vector<KeyFact> keys;
    for (const Json& key : *list)
      if (is_ours(key))
        keys.push_back({text_at(key, "/id"), true, time_at(key, "/created_at"), time_at(key, "/last_used_at")});
    return keys;
  }

  // An account's last use is that of its keys.
  Result<std::vector<KeyFact>> accounts() {
    const auto list = all(kind()), held = all(project() + "/api_keys");
    if (!list || !held) return list ? held.error() : list.error();
    std::vector<KeyFact> keys;
    for (const Json& account : *list) {
      if (!is_ours(account)) continue;
      KeyFact key{text_at(account, "/id"), true, time_at(account, "/created_at"), ""};
      for (const Json& each : *held)
        if (text_at(each, "/owner/service_account/id") == key.id)
          key.last_used = std::max(key.last_used, time_at(each, "/last_used_at"));
      keys.push_back(std::move(key));
    }
    return keys;
  }

  MinterNeeds needs_;
  bool admin_;
};

}  // namespace

Result<std::unique_ptr<Minter>> openai_minter(MinterNeeds needs) {
  const auto own = needs.own.find("secret");
  if (own == needs.own.end()) return Error{"our own credential needs 'secret': an admin key", needs.plan.path};
  for (const std::string* word : {&needs.plan.project, &needs.plan.user})
    if (word->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
        std::string::npos)
      return Error{"'project' and 'user' have letters, digits, '-' and '_' only", needs.plan.path};
  return std::unique_ptr<Minter>(std::make_unique<OpenAi>(std::move(needs)));
}

}  // namespace staunch
