// Random rule sets and random texts that are made to trouble a scanner: pieces of what the rules look for, whole, cut
// and run together, between noise and runs of one byte.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "rules/catalogue.h"

namespace staunch::test {

// Regexes of every shape that the engine tells apart.
inline const std::vector<std::string>& regex_pool() {
  static const std::vector<std::string> pool = {
      R"(\b(ghp_[0-9A-Za-z]{8})\b)",
      R"(\b((?:sk|rk)_(?:live|test)_[0-9a-zA-Z]{6,12})\b)",
      R"((?i)\bacme[\w.-]{0,12}['"\s]{0,3}(?:=|:{1,2}|=>)[\x60'"\s=]{0,5}([a-z0-9]{10})(?:[\x60'"\s;]|$))",
      R"((?i)(?:secret|token|api[_-]?key)[\w.-]{0,10}\s{0,2}[=:]\s{0,2}['"]?([\w.=+/-]{6,20}))",
      R"(-----BEGIN [A-Z ]{0,20}KEY-----[\s\S]{4,}?-----END [A-Z ]{0,20}KEY-----)",
      R"(eyJ[A-Za-z0-9_-]{4,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,})",
      R"([a-z]{2,6}://[^\s:@/]{1,10}:([^\s:@/]{3,12})@[a-z.]{3,12})",
      R"(key)",
      R"((?i)KeY=)",
      R"((?:AKIA|ASIA|A3T[A-Z0-9])[A-Z2-7]{8})",
      R"(^start[0-9]{2,4}$)",
      R"((?m)^line:[ \t]*(\w{3,8})$)",
      R"([a-f0-9]{6}-us[0-9]{1,2})",
      R"(\d{3}-\d{3}-[a-z]{4})",
      R"(x(?:yz|y|z){2,5}w?)",
      R"((?:ab[0-9]){2,3}c)",
      R"([^\n]{0,8}needle[^\n]{0,8})",
      R"(tail_[a-z]+)",
      R"(\w+_head)",
      R"((a|ab)(c|bcd)(d*)zz)",
      R"(pässwort=(\w{4,8}))",
      R"((?i)ſtraße\d+)",
      R"([\x80-\xff]{2}raw)",
      R"(\B_in\B)",
      R"((?s)<k>.{0,30}?</k>)",
      R"([a-z]{4}\d{4})",
      R"(\b[a-z]{2}aaaaaa[a-z]{2,30}(?:;|$))",
      R"(AAAA[A-Z]{20,40}=)",
  };
  return pool;
}

inline Catalogue random_catalogue(std::mt19937& random) {
  Catalogue catalogue;
  const auto& pool = regex_pool();
  const std::size_t count = 1 + random() % pool.size();
  for (std::size_t i = 0; i < count; ++i) {
    Rule rule;
    rule.id = "r" + std::to_string(i);
    rule.regex = pool[random() % pool.size()];
    catalogue.rules.push_back(rule);
  }
  return catalogue;
}

inline std::string random_text(std::mt19937& random, std::size_t pieces) {
  // clang-format off
  static const std::vector<std::string> words = {
      "ghp_",   "sk_live_", "rk_test_", "acme",  "secret", "token",   "api_key", "api-key", "key",    "KEY=",
      "=",      ": ",       "=>",       "\"",    "'",      "\n",      " ",       "\t",      "-----BEGIN RSA KEY-----",
      "-----END RSA KEY-----", "eyJ",   ".eyJ",  ".",      "https://", "ab:",    "@host.x", "AKIA",   "ASIA",
      "A3TX",   "start",    "line: ",   "-us",   "123-456-", "xyz",   "yzw",     "ab1",     "ab2",    "c",
      "needle", "tail_",    "_head",    "abcd",  "zz",     "pässwort=", "ſtraße", "STRASSE", "\xff\xfe", "raw",
      "_in",    "<k>",      "</k>",     "key=",  "0",      "_",       "-",       "\r\n",    "é"};
  // clang-format on
  static const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/=";
  std::string text;
  for (std::size_t i = 0; i < pieces; ++i) {
    if (random() % 30 == 0) {
      const std::size_t length = random() % 120;
      text.append(length, "aA"[random() % 2]);
      text += ";="[random() % 2];
    }
    if (random() % 3 != 0) {
      text += words[random() % words.size()];
      continue;
    }
    const bool hex = random() % 3 == 0;
    for (std::size_t n = random() % 14; n > 0; --n)
      text += hex ? "0123456789abcdef"[random() % 16] : letters[random() % letters.size()];
  }
  return text;
}

}  // namespace staunch::test
