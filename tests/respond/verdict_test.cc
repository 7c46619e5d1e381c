// What answers mean, rule by rule.
#include <catch2/catch.hpp>

#include "hooks/respond/moment.h"
#include "hooks/respond/verdict.h"

using namespace staunch;

namespace {

HttpAnswer answered(long status, std::string body = "{}",
                    std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpAnswer answer;
  answer.outcome = HttpAnswer::Outcome::answered;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  answer.sent = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
  return answer;
}

Verify entry() {
  Verify verify;
  verify.live = {{200, "", "", ""}};
  verify.dead = {{401, "", "", ""}};
  verify.restricted = {{403, "", "", ""}};
  return verify;
}

State state(const Verify& verify, const HttpAnswer& answer) { return judge(verify, answer, "h").state; }

}  // namespace

TEST_CASE("3.3 tables decide: status, body, member", "[respond]") {
  CHECK(state(entry(), answered(200)) == State::live);
  CHECK(state(entry(), answered(401)) == State::dead);
  CHECK(state(entry(), answered(403)) == State::restricted);
  CHECK(state(entry(), answered(404)) == State::unknown);
  Verify slack = entry();
  slack.live = {{200, "", "/ok", "true"}};
  slack.dead = {{200, "", "/error", "invalid_auth"}};
  CHECK(state(slack, answered(200, R"({"ok": true})")) == State::live);
  CHECK(state(slack, answered(200, R"({"ok":false,"error":"invalid_auth"})")) == State::dead);
  CHECK(state(slack, answered(200, R"({"ok":false,"error":"ratelimited"})")) == State::unknown);
}

TEST_CASE("3.1 not live here is not dead where it may be good elsewhere", "[respond]") {
  Verify verify = entry();
  verify.elsewhere = "a server of your own";
  const Verdict verdict = judge(verify, answered(401), "gitlab.com");
  CHECK(verdict.state == State::unknown);
  CHECK(verdict.host == "gitlab.com");
  CHECK(verdict.why.find("not live at gitlab.com") != std::string::npos);
  CHECK(judge(verify, answered(401), "gitlab.com", true).state == State::dead);  // it was live there before
}

TEST_CASE("3.2 answers from which nothing follows", "[respond]") {
  for (const long status : {429L, 500L, 503L, 407L, 302L}) CHECK(state(entry(), answered(status)) == State::unknown);
  CHECK(state(entry(), answered(200, "<html>log in</html>")) == State::unknown);
  CHECK(state(entry(), answered(401, "<html>log in</html>")) == State::unknown);
  CHECK(state(entry(), answered(200, "")) == State::unknown);
  HttpAnswer none;
  none.why = "timeout";
  CHECK(state(entry(), none) == State::unknown);
  CHECK(state(entry(), answered(401, "{}", {{"date", "Sun, 06 Nov 1994 08:50:37 GMT"}})) == State::dead);
  CHECK(state(entry(), answered(401, "{}", {{"date", "Sun, 06 Nov 1994 08:50:38 GMT"}})) == State::unknown);
  CHECK(state(entry(), answered(200, "{}", {{"date", "Sat, 05 Nov 1994 08:49:37 GMT"}})) == State::unknown);
}

TEST_CASE("3.3 what live answers tell", "[respond]") {
  Verify verify = entry();
  verify.tells = {{"account", "/login"}, {"scopes", "header:x-oauth-scopes"}, {"none", "/x"}};
  const Verdict verdict = judge(verify, answered(200, R"({"login":"mona"})", {{"x-oauth-scopes", "repo"}}), "h");
  CHECK(verdict.told == std::map<std::string, std::string>{{"account", "mona"}, {"scopes", "repo"}});
  verify.body = BodyKind::xml;
  verify.tells = {{"account", "xml:Account"}};
  CHECK(judge(verify, answered(200, "<R><Account>123</Account></R>"), "h").told.at("account") == "123");
}

TEST_CASE("durations and dates", "[respond]") {
  CHECK(duration_seconds("24h") == 86400);
  CHECK(duration_seconds("90d") == 7776000);
  CHECK(duration_seconds("24") < 0);
  CHECK(duration_seconds("-1h") < 0);
  CHECK(rfc3339(784111777) == "1994-11-06T08:49:37Z");
  CHECK(http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
}
