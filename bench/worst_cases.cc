// Texts made to cost as much as they can: each aims at one stage of the scan. Samples are generated from the rules of
// the catalogue, so that a new rule brings its own worst cases.
#include <algorithm>
#include <random>
#include <string_view>

#include "bench/texts.h"
#include "engine/parts.h"
#include "engine/sample.h"

namespace staunch::bench {
namespace {

constexpr std::size_t kFindingBytes = 10'000;  // as 100,000 findings in a line of 1 GB
constexpr std::size_t kPasswordBytes = 1'000'000;
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string repeated(std::string_view piece, std::uint64_t bytes) {
  std::string text;
  text.reserve(bytes + piece.size());
  while (text.size() < bytes) text += piece;
  return text;
}

void append_random(std::string& text, std::size_t count, std::mt19937& random) {
  for (std::size_t i = 0; i < count; ++i) text.push_back(kBase64Url[random() % kBase64Url.size()]);
}

std::string key_equals(const Database&, std::uint64_t bytes) { return repeated("key=", bytes); }

// Generated samples of one line of all rules that hold no passwords: hashing a guess is slow on purpose, and apart.
std::vector<const Rule*> sampled_rules(const Database& database, bool guessable) {
  std::vector<const Rule*> rules;
  for (const Rule& rule : database.catalogue().rules)
    if (rule.guessable == guessable && !rule.skip_report && generate_secret(rule, 1) &&
        !generate_samples(rule, 1).empty())
      rules.push_back(&rule);
  return rules;
}

std::string sample_line(const Rule& rule, std::uint64_t seed) {
  const auto samples = generate_samples(rule, seed);
  std::string sample = samples[seed % samples.size()];
  std::replace(sample.begin(), sample.end(), '\n', ' ');
  return sample;
}

// One line with a finding every so many bytes.
std::string findings_line(const Database& database, std::uint64_t bytes, std::size_t every, bool guessable) {
  const auto rules = sampled_rules(database, guessable);
  std::string text;
  text.reserve(bytes + every);
  for (std::size_t i = 0; text.size() < bytes && !rules.empty(); ++i) {
    text += ' ' + sample_line(*rules[i % rules.size()], i + 1) + ' ';
    while (text.size() < every * (i + 1)) text += "and so on, ";
  }
  return text;
}

std::string one_line(const Database& database, std::uint64_t bytes) {
  return findings_line(database, bytes, kFindingBytes, false);
}

std::string passwords(const Database& database, std::uint64_t bytes) {
  return findings_line(database, bytes, kPasswordBytes, true);
}

std::string headers_without_end(const Database&, std::uint64_t bytes) {
  std::mt19937 random(2);
  std::string block = std::string("-----BEGIN RSA ") + "PRIVATE KEY-----\n";
  for (int line = 0; line < 25; ++line) {
    append_random(block, 64, random);
    block += '\n';
  }
  return repeated(block, bytes);
}

// One run of letters without an end in which tokens of open length begin again and again.
std::string open_tail(const Database&, std::uint64_t bytes) {
  std::mt19937 random(3);
  std::string text;
  text.reserve(bytes + 1024);
  while (text.size() < bytes) {
    text += "eyJ";
    append_random(text, 1000, random);
  }
  return text;
}

// Hits without end whose guards all refuse: what a hit costs.
std::string callback_flood(const Database& database, std::uint64_t bytes) {
  const auto& needles = database.parts().needles;
  std::mt19937 random(4);
  std::string text;
  text.reserve(bytes + kMaxReach);
  while (text.size() < bytes && !needles.empty()) text += needles[random() % needles.size()].literal + '\x01';
  return text;
}

// The same run together: they complete one another to thousands of findings a megabyte.
std::string needles_only(const Database& database, std::uint64_t bytes) {
  const auto& needles = database.parts().needles;
  std::mt19937 random(4);
  std::string text;
  text.reserve(bytes + kMaxReach);
  while (text.size() < bytes && !needles.empty()) text += needles[random() % needles.size()].literal;
  return text;
}

// Secrets that lack their last character, without the words that would make them somebody else's: guards and RE2 walk
// to the end before they know.
std::string near_misses(const Database& database, std::uint64_t bytes) {
  const auto rules = sampled_rules(database, false);
  constexpr std::size_t kDistinct = 20'000;
  std::string piece;
  for (std::size_t i = 0; i < kDistinct && !rules.empty(); ++i) {
    std::string secret = generate_secret(*rules[i % rules.size()], i + 1).value_or("");
    if (secret.size() > 1) piece += secret.substr(0, secret.size() - 1) + '\n';
  }
  return repeated(piece, bytes);
}

// Assignments that match and are dropped for what they hold.
std::string dropped_assignments(const Database&, std::uint64_t bytes) {
  return repeated(
      "secret_key = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n"
      "api_token: 'changeme_changeme_changeme'\n"
      "DATABASE_PASSWORD=xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
      bytes);
}

}  // namespace

const std::vector<WorstCase>& worst_cases() {
  static const std::vector<WorstCase> cases = {
      {"key=key=key=", key_equals},
      {"one line, 100 findings a MB", one_line},
      {"headers without an end", headers_without_end},
      {"open tail over the file", open_tail},
      {"callback flood", callback_flood},
      {"needles only", needles_only},
      {"near misses", near_misses},
      {"dropped assignments", dropped_assignments},
      {"one line, a password a MB", passwords},
  };
  return cases;
}

}  // namespace staunch::bench
