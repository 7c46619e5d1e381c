#include "engine/score_value.h"

#include <algorithm>

#include "engine/codings.h"
#include "engine/entropy.h"
#include "engine/score_letters.h"
#include "engine/score_words.h"
#include "rules/letters.h"

namespace staunch {
namespace {

float flag(bool value) { return value ? 1.0f : 0.0f; }
float share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0f : static_cast<float>(part) / static_cast<float>(whole);
}

// The longest stretch that counts up, counts down or repeats, as a share: 123456, abcdef, aaaa.
float sequence_of(std::string_view value) {
  std::size_t longest = 0, length = 1;
  int step = 2;
  for (std::size_t i = 1; i < value.size(); ++i) {
    const int now = value[i] - value[i - 1];
    if (now == step && now >= -1 && now <= 1) ++length;
    else length = now >= -1 && now <= 1 ? 2 : 1;
    step = now;
    longest = std::max(longest, length);
  }
  constexpr std::size_t kLong = 16;  // where three in a row are chance
  return longest < (value.size() < kLong ? 3 : 4) ? 0.0f : share(longest, value.size());
}

// The letters that a value begins with.
std::size_t word_of(std::string_view value) {
  return static_cast<std::size_t>(std::find_if_not(value.begin(), value.end(), is_letter) - value.begin());
}

// A word, then digits, then perhaps a symbol or two or another word: what people choose.
bool is_human(std::string_view value) {
  const std::size_t letters = word_of(value);
  std::size_t i = letters;
  while (i < value.size() &&
         (is_digit(value[i]) || value[i] == '_' || value[i] == '@' || value[i] == '-' || value[i] == '#'))
    ++i;
  const std::size_t digits = i - letters;
  const std::string_view rest = value.substr(i);
  const bool ends =
      rest.size() <= 3 || (digits > 0 && is_digit(value[i - 1]) && std::all_of(rest.begin(), rest.end(), is_letter));
  return letters >= 3 && digits >= 1 && digits <= 6 && ends && value.size() <= 20;
}

bool is_uuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? value[i] != '-' : !is_hex(value[i])) return false;
  }
  return true;
}

bool is_encoded_text(std::string_view value) {
  if (value.size() < 8) return false;
  const auto decoded = decode_base64(value);
  return decoded && decoded->size() >= 6 &&
         std::all_of(decoded->begin(), decoded->end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

bool has_file_ending(std::string_view value) {
  const std::size_t dot = value.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || value.size() - dot > 6 || value.size() - dot < 3) return false;
  const std::string_view ending = value.substr(dot + 1);
  return std::all_of(ending.begin(), ending.end(), is_lower);
}

// Symbols that people put into passwords, and generators into keys.
bool is_typed(char c) { return std::string_view("!@#$%^&*?~+=|;,").find(c) != std::string_view::npos; }

// Counts of byte classes in a value.
struct Classes {
  std::size_t lower = 0, upper = 0, digits = 0, separators = 0, spaces = 0, typed = 0, symbols = 0, changes = 0;
};

Classes classes_of(std::string_view value) {
  Classes classes;
  int before = -1;
  for (char c : value) {
    int kind = 5;
    if (is_lower(c)) ++classes.lower, kind = 0;
    else if (is_upper(c)) ++classes.upper, kind = 1;
    else if (is_digit(c)) ++classes.digits, kind = 2;
    else if (is_separator(c)) ++classes.separators, kind = 3;
    else if (c == ' ' || c == '\t') ++classes.spaces, kind = 4;
    else if (is_typed(c)) ++classes.typed;
    else ++classes.symbols;
    classes.changes += kind != before && before != -1;
    before = kind;
  }
  return classes;
}

// Letters and digits of no language: what a generator of keys makes.
bool is_random(std::string_view value) {
  if (value.size() < 16) return false;
  const Classes classes = classes_of(value);
  const std::size_t letters = classes.lower + classes.upper;
  return classes.digits >= 1 && letters >= 2 && classes.spaces == 0 && classes.separators * 8 <= value.size() &&
         letters_in_words(value) * 5 < letters * 2;
}

// Seconds or milliseconds since 1970, in this century.
bool is_moment(std::string_view value) {
  return (value.size() == 10 || value.size() == 13) && std::all_of(value.begin(), value.end(), is_digit) &&
         value[0] == '1';
}

}  // namespace

bool is_common_password(std::string_view value) {
  static constexpr std::string_view kCommon[] = {
      "0000",       "000000",        "1111",      "111111",    "11111111",   "123123",    "1234",        "12345",
      "123456",     "1234567",       "12345678",  "123456789", "1234567890", "123qwe",    "1q2w3e",      "1q2w3e4r",
      "1qaz2wsx",   "654321",        "abc123",    "abcd1234",  "admin",      "admin!23",  "admin123",    "admin1234",
      "admin@123",  "administrator", "asdf1234",  "changeit",  "demo123",    "guest",     "hunter2",     "iloveyou",
      "letmein",    "letmein1",      "master123", "p4ssw0rd",  "p@ssw0rd",   "p@ssw0rd1", "p@ssw0rd123", "p@ssword",
      "p@ssword1",  "pa$$w0rd",      "pass123",   "pass1234",  "passw0rd",   "passw0rd1", "passwd123",   "password1",
      "password12", "password123",   "q1w2e3r4",  "qwe123",    "qwer1234",   "qwerty",    "qwerty1",     "qwerty123",
      "root",       "root123",       "root1234",  "s3cr3t",    "s3cret",     "secr3t",    "secret123",   "superman",
      "t0ps3cr3t",  "t0ps3cret",     "test123",   "test1234",  "toor",       "user123",   "welcome",     "welcome1",
      "welcome123", "zaq12wsx"};
  const std::string folded = lower(value);
  return std::find(std::begin(kCommon), std::end(kCommon), folded) != std::end(kCommon);
}

bool is_passphrase(std::string_view value) {
  const std::size_t at = value.find_first_of("-_. ");
  if (at == value.npos) return false;
  std::size_t parts = 1, letters = 0;
  for (char c : value) {
    if (c == value[at]) ++parts;
    else if (is_lower(c)) ++letters;
    else if (!is_digit(c)) return false;
  }
  return parts >= 4 && letters >= 3 * parts && letters_in_words(value) * 2 >= letters;
}

void describe_value(std::string_view value, Features& f) {
  const std::size_t size = value.size();
  const Classes classes = classes_of(value);
  const std::size_t letters = classes.lower + classes.upper;
  const bool hex = size >= 16 && std::all_of(value.begin(), value.end(), is_hex) && classes.digits > 0;
  const std::size_t words = hex ? 0 : letters_in_words(value);  // words of hexadecimal letters are chance
  const std::size_t leet = hex ? 0 : letters_in_leet_words(value);
  f[kBias] = 1;
  f[kLength] = static_cast<float>(std::min<std::size_t>(size, 64)) / 64.0f;
  f[kShort] = size < 12 ? static_cast<float>(12 - size) / 12.0f : 0.0f;
  f[kRarity] = std::clamp((rarity_of(value) - 4.0f) / 4.0f, -1.0f, 1.0f);
  f[kWords] = share(words, std::max<std::size_t>(letters, 1));
  f[kLeetWords] = share(leet > words ? leet - words : 0, size);
  f[kEntropy] = static_cast<float>(shannon_entropy(value)) / 6.0f;
  f[kDigits] = share(classes.digits, size);
  f[kMixed] = flag(classes.lower > 0 && classes.upper > 0 && classes.digits > 0);
  f[kSymbols] = std::min(1.0f, 3.0f * share(classes.symbols, size));
  f[kTyped] = flag(classes.typed > 0 && classes.typed <= 4);
  f[kSeparators] = share(classes.separators, size);
  f[kHex] = flag(hex);
  f[kDigest] = flag(hex && (size == 40 || size == 64 || size == 128));
  f[kName] = flag(letters > 0 && is_letter(value[0]) && classes.symbols + classes.typed + classes.spaces == 0 &&
                  static_cast<double>(words) >= 0.8 * static_cast<double>(letters) && classes.digits <= 2);
  f[kDotted] = flag(value.find('.') != value.npos && is_letter(value[0]) && classes.symbols + classes.typed == 0 &&
                    static_cast<double>(words) >= 0.5 * static_cast<double>(letters));
  f[kSequence] = sequence_of(is_human(value) ? value.substr(0, word_of(value)) : value);
  f[kSpaces] = std::min(1.0f, 5.0f * share(classes.spaces, size));
  f[kSentence] = flag(classes.spaces >= 1 && (is_upper(value[0]) || (f[kWords] > 0.5f && classes.spaces >= 3)));
  f[kEncodedText] = flag(is_encoded_text(value));
  f[kUuid] = flag(is_uuid(value));
  f[kFileEnding] = flag(has_file_ending(value));
  f[kHuman] = flag(is_human(value));
  f[kUpperOnly] = flag(classes.lower == 0 && classes.upper > 0);
  f[kLowerOnly] = flag(classes.upper == 0 && classes.digits == 0 && classes.symbols + classes.typed == 0);
  f[kDigitsOnly] = flag(classes.digits == size);
  f[kChanges] = share(classes.changes, size);
  f[kRandom] = flag(is_random(value));
  const std::size_t tail = value.find_last_of("_-.:/");
  f[kRandomTail] = flag(f[kRandom] == 0 && tail != value.npos && is_random(value.substr(tail + 1)));
  f[kMoment] = flag(is_moment(value));
  f[kVeryLong] =
      size > 64 && (f[kRandom] == 0 || value.find('.') != value.npos) ? static_cast<float>(size - 64) / 64.0f : 0.0f;
}

}  // namespace staunch
