// The scorer of generic secrets: what it must keep apart, whatever its weights were trained on.
#include "engine/score.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace staunch {
namespace {

double logit(std::string_view before, std::string_view secret, std::string_view after = "\"\n") {
  return score({before, secret, after}).logit;
}

}  // namespace

TEST_CASE("what a generator of passwords makes is more likely than what a program calls one", "[score]") {
  const double random = logit("password = \"", "vK9d$2mQw!x7");
  for (const char* name : {"password_field", "user.password", "enter your password", "PASSWORD", "getPassword",
                           "/run/secrets/password", "new_password_confirmation"})
    CHECK(logit("password = \"", name) < random - 2);
  CHECK(is_likely(random));
  CHECK(confidence_of(random) > Confidence::low);
}

TEST_CASE("a value may begin with anything", "[score]") {
  // Builds that look for mistakes end where a byte before the value is read.
  for (const std::string_view value : {"$6$abcdefgh", "....", "-a-b-c-d-", "\xff\xfe\x01\x02\x03"})
    CHECK(std::isfinite(score({"password = \"", value, "\""}).logit));
}

TEST_CASE("the name of the value counts", "[score]") {
  const double named = logit("client_secret: '", "9f3b7c21d8a04e6f", "'\n");
  CHECK(logit("public_key_id: '", "9f3b7c21d8a04e6f", "'\n") < named);
  CHECK(logit("next_page_token: '", "9f3b7c21d8a04e6f", "'\n") < named);
}

TEST_CASE("a value that its name spells is less likely", "[score]") {
  CHECK(logit("TokenStandardErc721 = \"", "ERC721") < logit("TokenStandardAbc = \"", "ERC721"));
  CHECK(logit("token_type_x509_v3 = '", "x509-v3", "'\n") < logit("token_type_y = '", "x509-v3", "'\n"));
}

TEST_CASE("sequences and repetitions are less likely than what they replace", "[score]") {
  const double random = logit("token = \"", "q8Zr0vKe41TnYw");
  CHECK(logit("token = \"", "abcdefghijklmn") < random);
  CHECK(logit("token = \"", "11111111111111") < random);
  CHECK(logit("token = \"", "01234567890123") < random);
}

TEST_CASE("a setting that a program compares with a value holds none", "[score]") {
  CHECK(confidence_of(logit("if (PASSWORD_ARGON2_PROVIDER === '", "libsodium-v2", "') {")) == Confidence::low);
  CHECK(confidence_of(logit("if (password === '", "kV9d2mQw7x", "') {")) > Confidence::low);
}

TEST_CASE("length does not speak against what is random", "[score]") {
  std::string random;
  for (unsigned state = 7; random.size() < 100; state = state * 1103515245 + 12345)
    random += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[(state >> 16) % 62];
  CHECK(confidence_of(logit("ACME_API_KEY=", random, "\n")) > Confidence::low);
}

TEST_CASE("a word is no key, and no certain password", "[score]") {
  for (const char* word : {"WITHCOORD", "NOMKSTREAM", "MAXAGE", "Provisioning", "obfuscated"})
    CHECK(confidence_of(logit("\"token\": \"", word)) == Confidence::low);
  for (const char* word : {"huginn", "netbox", "Swordfish"})
    CHECK(confidence_of(logit("POSTGRES_PASSWORD: \"", word)) < Confidence::high);
  CHECK(confidence_of(logit("POSTGRES_PASSWORD: \"", "y1x2c3T8xtHizyO")) == Confidence::high);
}

TEST_CASE("the name of a secret is none", "[score]") {
  CHECK(confidence_of(logit("consumer_secret: '", "twitter_consumer_secret", "'\n")) == Confidence::low);
  CHECK(confidence_of(logit("'PASSWORD': '", "REDIS_CACHE_PASSWORD", "'\n")) == Confidence::low);
  CHECK(confidence_of(logit("token: '", "hipchat_auth_token", "'\n")) == Confidence::low);
}

TEST_CASE("passwords that many people choose are told, and never for certain", "[score]") {
  for (const char* word : {"123456", "admin", "Passw0rd", "root123"})
    CHECK(confidence_of(logit("spring.datasource.password: \"", word)) == Confidence::medium);
  CHECK(confidence_of(logit("\"api_token\": \"", "123456")) == Confidence::low);
}

TEST_CASE("the first of several arguments is somebody's name", "[score]") {
  CHECK(confidence_of(logit("changePassword(\"", "Kunigunde77", "\", secret)")) == Confidence::low);
  CHECK(confidence_of(logit("setPassword(\"", "Kunigunde77", "\")")) > Confidence::low);
}

TEST_CASE("what is typed into a field is called as the field is", "[score]") {
  CHECK(logit("find(\"password\").sendKeys(\"", "Kunigunde77", "\")") >
        logit("find(\"comment\").sendKeys(\"", "Kunigunde77", "\")"));
}

TEST_CASE("what stands unquoted in a program is a name, but for comments", "[score]") {
  CHECK(stands_as_text({"password = \"", "x", "\""}));
  CHECK(stands_as_text({"# password: ", "x", "\n"}));
  CHECK(stands_as_text({"password(\"{noop}", "x", "\""}));
  CHECK(stands_as_text({"https://a.example/b?key=", "x", "\n"}));
  CHECK_FALSE(stands_as_text({"password = ", "x", "\n"}));
  CHECK_FALSE(stands_as_text({"# a new password ", "x", "\n"}));
}

TEST_CASE("a value that is compared is called as what it is compared with", "[score]") {
  const auto says_password = [](std::string_view before, std::string_view after) {
    const Score said = score({before, "vK9d$2mQw!x7", after});
    return std::find(said.reasons.begin(), said.reasons.end(), "its name says password") != said.reasons.end();
  };
  CHECK(says_password("if (\"", "\" == password) {\n"));
  CHECK(says_password("if (\"", "\".equals(userPwd)) {\n"));
  CHECK(says_password("if ('", "' === req.body.password) {\n"));
  CHECK_FALSE(says_password("if (\"", "\" == colour) { password\n"));
  CHECK_FALSE(says_password("if (\"", "\"; password\n"));
  CHECK(says_password("\xE5\xAF\x86\xE7\xA0\x81: ", "\n"));
}

TEST_CASE("one pair of quotes around a name and its value is text", "[score]") {
  CHECK(stands_as_text({"headers[] = 'X-Api-Key: ", "x", "';"}));
  CHECK(stands_as_text({"putenv(\"DB_PASSWORD=", "x", "\");"}));
  CHECK_FALSE(stands_as_text({"X-Api-Key: ", "x", "';"}));
  CHECK_FALSE(stands_as_text({"'X-Api-Key: ", "x", ";"}));
}

TEST_CASE("tokens that are public, and commands in backquotes, are not told", "[score]") {
  CHECK(confidence_of(logit("\"NextToken\": \"", "eyJ2IjoiMSJ9.Zm9vYmFy12")) == Confidence::low);
  CHECK(confidence_of(logit("it is no secret: `", "staunch git .", "` is")) == Confidence::low);
}

TEST_CASE("a path only ever lowers a score", "[score]") {
  for (const char* path : {"", "src/a.py", "tests/a_test.go", "docs/a.md", "vendor/a/b.js", "yarn.lock", "po/de.po",
                           "locales/de.json", "a.min.js", "x", "/", "a!b!c.txt", "\xff\xfe"})
    for (bool quoted : {false, true}) CHECK(path_logit(path, quoted) <= 0);
  CHECK(path_logit("tests/a.yaml", true) < 0);
  CHECK(path_logit("src/main.py", false) < path_logit("src/main.py", true));
}

TEST_CASE("a score depends on a bounded stretch of text only", "[score]") {
  const std::string far(kScoreContext, ' ');
  const double near = logit("\n" + far + "secret = \"", "q8Zr0vKe41TnYw");
  CHECK(logit("# password: x\nauth" + far + far + "\n" + far + "secret = \"", "q8Zr0vKe41TnYw") == near);
}

TEST_CASE("hostile candidates have a score, too", "[score]") {
  const std::string long_word(1 << 20, 'a');
  for (const std::string& secret : {std::string(), std::string(1, '\0'), std::string("\xff\xff\xff"), long_word})
    CHECK(score({long_word, secret, long_word}).logit == score({long_word, secret, long_word}).logit);
}

TEST_CASE("reasons say what counts, the strongest first", "[score]") {
  const Score said = score({"db_password = \"", "vK9d$2mQw!x7", "\"\n"});
  REQUIRE(!said.reasons.empty());
  CHECK(std::find(said.reasons.begin(), said.reasons.end(), "its name says password") != said.reasons.end());
}

}  // namespace staunch
