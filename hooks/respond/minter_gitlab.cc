// GitLab tokens that rotate themselves (scope api or self_rotate): the new one comes once and the old one dies at once.
//
// Sending an old token to the rotate endpoint again revokes its whole family, so what was lost is never asked for
// again: whether the old one still lives decides, and where it does not, a person makes a new one. Without an expiry
// GitLab gives a week; the old token's own length of life is asked for, from now. Source: GitLab's documentation of the
// personal access tokens API.
#include "hooks/respond/json.h"
#include "hooks/respond/minter.h"
#include "hooks/respond/moment.h"

#include <fmt/format.h>

#include <algorithm>

namespace staunch {
namespace {

constexpr std::int64_t kDay = 86400, kLongestLife = 364 * kDay, kShortestLife = 7 * kDay;

class Gitlab : public SuccessorMinter {
 public:
  using SuccessorMinter::SuccessorMinter;

  std::string steps() const override {
    return fmt::format(
        "make a token with the same name and scopes at https://{}/-/user_settings/personal_access_tokens, "
        "or as an administrator, and revoke the one that nobody has",
        host_);
  }

  Result<std::pair<std::string, std::string>> who_are_we() override {
    const auto about = about_token(old());
    if (!about)
      return Error{about.error().what == "dead" ? "the old token is dead already" : about.error().what, host_};
    return std::pair(text_at(*about, "/user_id"), "token/" + text_at(*about, "/id"));
  }

  Change mint(Minted& minted) override {
    const auto about = about_token(old());
    if (!about) return {Fate::refused, about.error().what};
    HttpRequest request{"POST",
                        url("self/rotate"),
                        {{"Content-Type", "application/json"}},
                        to_line({{"expires_at", expiry(*about)}}),
                        true};
    request.headers.emplace_back("PRIVATE-TOKEN", old().reveal());
    const HttpAnswer answer = send(needs_.policy.network, request);
    if (answer.outcome == HttpAnswer::Outcome::not_sent) return {Fate::refused, answer.why};
    if (answer.outcome == HttpAnswer::Outcome::lost) return {Fate::lost, answer.why};
    if (answer.status == 429) return {Fate::later, "GitLab asks to wait (429)", 60};
    if (answer.status >= 500) return {Fate::lost, fmt::format("GitLab fails ({})", answer.status)};
    const auto json = parse_json(answer.body);
    if (answer.status / 100 != 2) return {Fate::refused, fmt::format("GitLab refuses ({})", answer.status)};
    if (!json || text_at(*json, "/token").empty()) return {Fate::lost, "the answer holds no token"};
    minted.id = text_at(*json, "/id");
    minted.secret = Secret(text_at(*json, "/token"));
    return {Fate::done, ""};
  }

  Result<std::string> try_pair(const std::string&, const Secret& secret) override {
    const auto about = about_token(secret);
    if (!about) return about.error();
    return text_at(*about, "/user_id");
  }

  Result<std::string> id_of(const Secret& secret) override {
    const auto about = about_token(secret);
    if (!about) return about.error();
    return text_at(*about, "/id");
  }

  Result<std::string> rights_of(const std::string&, const Secret& secret) override {
    const auto about = about_token(secret);
    if (!about) return about.error();
    std::vector<std::string> scopes;
    if (const Json* list = find_at(*about, "/scopes"); list && list->is_array())
      for (const Json& scope : *list) scopes.push_back(text_at(scope, ""));
    std::sort(scopes.begin(), scopes.end());
    return fmt::format("{}: {}", text_at(*about, "/name"), fmt::join(scopes, " "));
  }

 private:
  const Secret& old() const {
    static const Secret none;
    const auto at = needs_.old.find("secret");
    return at == needs_.old.end() ? none : at->second;
  }

  std::string url(std::string_view what) const {
    return fmt::format("https://{}/api/v4/personal_access_tokens/{}", host_, what);
  }

  // What GitLab says of a token that is asked with it; "dead" where it does not know it.
  Result<Json> about_token(const Secret& token) {
    if (token.empty()) return Error{"the token's value is not known", host_};
    HttpRequest request{"GET", url("self"), {}, "", false};
    request.headers.emplace_back("PRIVATE-TOKEN", token.reveal());
    const HttpAnswer answer = send(needs_.policy.network, request);
    const auto json = parse_json(answer.body);
    if (answer.status == 401 && json) return Error{"dead", ""};
    if (answer.outcome != HttpAnswer::Outcome::answered) return Error{answer.why, host_};
    if (answer.status != 200 || !json) return Error{fmt::format("GitLab answers {}", answer.status), host_};
    if (text_at(*json, "/revoked") == "true" || text_at(*json, "/active") == "false") return Error{"dead", ""};
    return *json;
  }

  static std::string expiry(const Json& about) {
    const std::string made = text_at(about, "/created_at"), ends = text_at(about, "/expires_at");
    const std::int64_t from = made.size() < 10 ? -1 : rfc3339_seconds(made.substr(0, 10) + "T00:00:00Z");
    const std::int64_t to = rfc3339_seconds(ends + "T00:00:00Z");
    const std::int64_t life =
        from < 0 || to <= from ? kShortestLife : std::clamp(to - from, kShortestLife, kLongestLife);
    return rfc3339(now_seconds() + life).substr(0, 10);
  }
};

}  // namespace

Result<std::unique_ptr<Minter>> gitlab_minter(MinterNeeds needs) {
  const std::string host = needs.plan.server.empty() ? "gitlab.com" : host_of(needs.plan.server + "/");
  if (host.empty()) return Error{"'server' of a GitLab plan is https://HOST", needs.plan.path};
  return std::unique_ptr<Minter>(std::make_unique<Gitlab>(std::move(needs), host));
}

}  // namespace staunch
