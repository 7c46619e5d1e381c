// Random texts in which pieces of what rules look for stand in the open and encoded, by the encoders of the tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/parts.h"
#include "tests/differential/texts.h"
#include "tests/support/encoders.h"

namespace staunch::test {

// Strings of the languages of texts.h's rules, and of those that expansion_test.cc adds.
inline std::string wanted(Random& random) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  static constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  const auto some = [&](std::string_view set, std::size_t least, std::size_t more) {
    return random_from(random, set, least + (more > 0 ? pick(random, more) : 0));
  };
  switch (pick(random, 18)) {
    case 0: return "ghp_" + some(kLetters, 8, 0);
    case 1: return "sk_live_" + some(kLetters, 6, 7);
    case 2: return "acme_key: '" + some("abcdef0123456789", 10, 0) + "'";
    case 3: return "secret = " + some(kLetters, 6, 15);
    case 4: return "api_key: \"" + some(kLetters, 8, 13) + "\"";
    case 5: return "-----BEGIN RSA KEY-----\n" + some(kLetters, 4, 90) + "\n-----END RSA KEY-----";
    case 6: return "eyJ" + some(kLetters, 4, 9) + ".eyJ" + some(kLetters, 4, 9) + "." + some(kLetters, 4, 9);
    case 7: return "https://me:" + some(kLetters, 3, 10) + "@host.com";
    case 8: return "AKIA" + some("ABCDEFGHIJKLMNOP234567", 8, 0);
    case 9: return "\nstart" + some("0123456789", 2, 3) + "\n";
    case 10: return "line: " + some(kLetters, 3, 6);
    case 11: return "xyzyz needle in " + some(kLower, 3, 5);
    case 12: return "tail_" + some(kLower, 1, 40);
    case 13: return some(kLower, 1, 20) + "_head";
    case 14: return "<k>" + some(kLetters, 0, 31) + "</k>";
    case 15: return "password = " + some(kLetters, 8, 20);
    case 16: return "123-456-" + some(kLower, 4, 0);
    default: return "tok_" + some(kLetters, 16, 0);
  }
}

// Text of at least 12 bytes around something wanted, so that a run of it is seen.
inline std::string secretive(Random& random) {
  std::string text;
  for (std::size_t i = pick(random, 3); i > 0; --i) text += random_text(random, pick(random, 3));
  text += wanted(random);
  if (pick(random, 3) == 0) text += " " + wanted(random);
  while (text.size() < 14) text += ' ';
  return text;
}

// The rules with which large items are cut, and into segments that do not all reach back to the beginning.
inline Catalogue narrow_rules(Catalogue catalogue) {
  std::vector<Diagnostic> diagnostics;
  const auto database = Database::compile(catalogue, diagnostics);
  if (!database) return {};
  std::size_t i = 0;
  std::erase_if(catalogue.rules, [&](const Rule&) {
    const RulePlan& plan = (*database)->parts().plans[i++];
    return plan.approach != Approach::needles || plan.width > 1000;
  });
  return catalogue;
}

inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

inline std::string json_escaped(std::string_view plain) {
  std::string out;
  for (char c : plain) {
    if (c == '"' || c == '\\' || c == '/') out += '\\';
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else out += c;
  }
  return out;
}

// In one of all ways; `most` is how many may stand inside one another.
inline std::string encoded(Random& random, const std::string& plain, int most = 3) {
  std::string text = plain;
  for (std::size_t layers = 1 + pick(random, static_cast<std::size_t>(most)); layers > 0; --layers) {
    if (text.size() > 20'000) break;
    Base64Style style;
    const std::size_t kind = pick(random, is_ascii(text) ? 13 : 9);
    switch (kind) {
      case 0:
      case 1:
        style.url = pick(random, 2) == 0;
        style.padded = pick(random, 2) == 0;
        text = base64(text, style).text;
        break;
      case 2:  // wrapped
        style.width = pick(random, 2) == 0 ? 76 : 64;
        style.line_end = pick(random, 2) == 0 ? "\n" : pick(random, 2) == 0 ? "\r\n" : "\n    ";
        text = base64(text, style).text;
        break;
      case 3:  // behind characters that may be part of it
        text = random_from(random, "abcXYZ019", 1 + pick(random, 3)) + base64(text, style).text;
        break;
      case 4:
        style.escaped = true;
        text = base64(text, style).text;
        break;
      case 5: text = hex(text, pick(random, 2) == 0).text; break;
      case 6: text = percent(text, pick(random, 2) == 0).text; break;
      case 7: text = x_escape(text).text; break;
      case 8: text = json_escaped(text); break;
      case 9: text = unicode_escape(text, pick(random, 4) == 0).text; break;
      case 10: text = entities(text, pick(random, 2) == 0).text; break;
      default: text = utf16(text, kind == 11).text; break;
    }
    // Something around it, in which the next layer may find more.
    if (pick(random, 4) == 0) text = "token: " + text;
    if (pick(random, 5) == 0) text += pick(random, 2) == 0 ? "\n" + wanted(random) : " " + wanted(random);
  }
  return text;
}

inline std::string plain_noise(Random& random, std::size_t size) {
  return random_from(random, "abcdefghijklmnopqrstuvwxyz      \n", size);
}

// About `size` bytes, of which `far` tells how far apart things stand.
inline std::string encoded_text(Random& random, std::size_t size, std::size_t far) {
  static const std::vector<std::string> before = {
      "secret = ", "password = ", "api_key: \"", "data:text/plain;base64,", "\"k\": \"", "x=", "", " "};
  std::string text;
  while (text.size() < size) {
    switch (pick(random, 8)) {
      case 0: text += wanted(random); break;
      case 1: text += random_text(random, pick(random, 12)); break;
      case 2:
      case 3: text += plain_noise(random, pick(random, far)); break;
      default: text += before[pick(random, before.size())] + encoded(random, secretive(random)); break;
    }
    static const std::vector<std::string> behind = {"\n", "\n", "\"\n", " ", "", "; ", "\n\n"};
    text += behind[pick(random, behind.size())];
  }
  return text;
}

}  // namespace staunch::test
