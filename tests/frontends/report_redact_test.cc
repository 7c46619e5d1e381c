// The redactor against a slow and obvious one, and JSON text against another parser.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <random>

#include "frontends/report/json_text.h"
#include "frontends/report/redact.h"
#include "frontends/report/terminal.h"
#include "frontends/report/utf8.h"
#include "tests/frontends/report_case.h"

namespace staunch {
namespace {

std::string random_text(std::mt19937& random, std::size_t n, std::string_view alphabet) {
  std::string text;
  while (text.size() < n) text += alphabet[random() % alphabet.size()];
  return text;
}

// Marks every byte of every occurrence of every secret.
std::vector<bool> slow_marks(std::string_view text, const std::vector<std::string>& secrets) {
  std::vector<bool> marks(text.size());
  for (const std::string& secret : secrets)
    for (std::size_t at = text.find(secret); at != text.npos; at = text.find(secret, at + 1))
      for (std::size_t i = 0; i < secret.size(); ++i) marks[at + i] = true;
  return marks;
}

}  // namespace

TEST_CASE("the redactor finds every secret that a slow search finds", "[report]") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    ReportRedactor redactor;
    std::vector<std::string> secrets;
    for (std::size_t i = 0; i < 1 + random() % 30; ++i) {
      // From few letters, so that secrets overlap, contain each other and share their first bytes.
      secrets.push_back(random_text(random, 4 + random() % 90, round % 2 == 0 ? "ab" : "abcdefgh"));
      redactor.add(secrets.back(), "#");
    }
    std::string text;
    for (int i = 0; i < 20; ++i)
      text +=
          random_text(random, random() % 9, "abxyz") + secrets[random() % secrets.size()].substr(0, 4 + random() % 90);
    const std::vector<bool> marks = slow_marks(text, secrets);
    std::vector<bool> found(text.size());
    for (const ReportRedactor::Span& span : redactor.find(text))
      for (std::size_t i = span.begin; i < span.end; ++i) found[i] = true;
    for (std::size_t i = 0; i < text.size(); ++i)
      if (marks[i] && !found[i]) FAIL("byte " << i << " of " << text << " shows");
  }
}

TEST_CASE("text without a secret is left as it is", "[report]") {
  std::mt19937 random(8);
  ReportRedactor redactor;
  for (int i = 0; i < 2000; ++i) redactor.add(random_text(random, 20, "0123456789"), "#");
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_text(random, 500, "ghijklmnop qrst/uvw");
    CHECK(redactor.mask(text) == text);
  }
}

TEST_CASE("secrets that are too short to be hunted do not blank out words", "[report]") {
  ReportRedactor redactor;
  redactor.add("abc", "#");
  redactor.add("abcd", "#");
  CHECK(redactor.mask("abc abcd") == "abc #");
}

TEST_CASE("a part of a long secret is masked", "[report]") {
  std::mt19937 random(9);
  const std::string secret = random_text(random, 500, "0123456789abcdef");
  ReportRedactor redactor;
  redactor.add(secret, "#");
  const std::string masked = redactor.mask("cut: " + secret.substr(0, 320));
  CHECK(masked == "cut: #");
}

TEST_CASE("redacted forms", "[report]") {
  const auto form = [](const char* id, const Redaction& redaction) {
    return redacted_form(report_catalogue().rules[report_rule(id)], report_secret(id, 3), redaction);
  };
  CHECK(form("github-pat", {}) ==
        "gh"
        "p_…");
  CHECK(form("slack-bot", {}) ==
        "xo"
        "xb-…");
  CHECK(form("generic-secret", {}) == "…");
  CHECK(form("github-pat", {true, 100}) == report_secret("github-pat", 3));
  CHECK(form("github-pat", {false, 0}) == report_secret("github-pat", 3));
  CHECK(form("github-pat", {false, 90}) ==
        "gh"
        "p_...");
  CHECK(partly_hidden("ééé", 50) == "é...");  // 3 bytes would cut the second character
  CHECK(redacted_form(report_catalogue().rules[report_rule("github-pat")], "something else", {}) == "…");
}

TEST_CASE("lengths are told only of formats that have one", "[report]") {
  const auto format = [](const char* id) { return report_catalogue().rules[report_rule(id)].format; };
  CHECK(has_fixed_length(format("github-pat"), 40));
  CHECK_FALSE(has_fixed_length(format("github-pat"), 41));
  CHECK(has_fixed_length(format("slack-bot"), 40));
  CHECK_FALSE(has_fixed_length(format("generic-secret"), 0));
  CHECK_FALSE(has_fixed_length(format("generic-secret"), 17));
}

TEST_CASE("any bytes become JSON that reads back", "[report]") {
  std::mt19937 random(10);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (std::size_t i = 0; i < random() % 12; ++i) {
      if (random() % 2 == 0) bytes += static_cast<char>(random());
      else bytes += std::string_view("é\xE2\x80\xAE😀\xF3\xA0\x80\x81\"\\\n\x7F").substr(random() % 12, 4);
    }
    std::string json;
    append_json_string(json, bytes);
    const nlohmann::json back = nlohmann::json::parse(json, nullptr, false);
    REQUIRE(back.is_string());
    if (valid_utf8(bytes)) CHECK(back.get<std::string>() == bytes);
    CHECK(json.find_first_of("\x1b\n\x7f") == json.npos);
  }
}

TEST_CASE("a path keeps a word of it that is a secret too, and nothing else", "[report]") {
  ReportRedactor redactor;
  redactor.add("huginn", "…");
  redactor.add("tr0ub4dor", "…");
  CHECK(redactor.mask_path("huginn/compose.yaml") == "huginn/compose.yaml");
  CHECK(redactor.mask_path("src/huginn") == "src/huginn");
  CHECK(redactor.mask_path("dehuginned/compose.yaml") == "dehuginned/compose.yaml");
  CHECK(redactor.mask_path("src/7huginn") == "src/7…");
  CHECK(redactor.mask_path("longerhuginnname/a") == "longer…name/a");
  CHECK(redactor.mask_path("huginn/tr0ub4dor.txt") == "huginn/….txt");
  CHECK(redactor.mask("huginn/compose.yaml") == "…/compose.yaml");
}

TEST_CASE("base64 of RFC 4648", "[report]") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xFF\xFE\xFD") == "//79");
}

TEST_CASE("strict UTF-8", "[report]") {
  CHECK(valid_utf8("aé漢😀"));
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5", "\xE2\x82"})
    CHECK_FALSE(valid_utf8(bad));
}

TEST_CASE("nothing that a terminal obeys is left visible", "[report]") {
  CHECK(visible("a\x1b[31m\r\n\tb") == "a\\x1b[31m\\x0d\\n b");
  CHECK(visible("\xC2\x9B\xE2\x80\xAE\xFF") == "\\u{9b}\\u{202e}\\xff");
  CHECK(visible("é漢") == "é漢");
  CHECK(display_width("é漢") == 3);
  CHECK(fit_front("漢漢", 3) == "漢");
  CHECK(fit_back("漢漢", 3) == "漢");
}

}  // namespace staunch
