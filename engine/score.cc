#include "engine/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "engine/codings.h"
#include "engine/entropy.h"
#include "rules/letters.h"

namespace staunch {
namespace {

// kWeights, kPathWeights, kLeast, kMedium, kHigh (logits), kBigrams (surprisal of a letter behind another, in
// sixteenths of a bit), kWordList (sorted, each with a newline behind it).
#include "engine/score_table.inc"
static_assert(std::size(kWeights) == kByteFeatures && std::size(kPathWeights) == kPathFeatures);

constexpr std::size_t kLongestWord = 14;
constexpr std::size_t kLookedAt = 128;  // bytes of a value that are looked at

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_letter(c) || is_digit(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_separator(char c) { return c == '-' || c == '_' || c == '.' || c == '/' || c == ':'; }
bool is_identifier(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }
float flag(bool value) { return value ? 1.0f : 0.0f; }
float share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0f : static_cast<float>(part) / static_cast<float>(whole);
}

// Of three lower-case letters.
constexpr std::size_t number_of(const char* letters) {
  std::size_t number = 0;
  for (int i = 0; i < 3; ++i) number = number * 26 + static_cast<std::size_t>(letters[i] - 'a');
  return number;
}

// By the number of three letters: where in the list the words begin that have them first, or others behind.
constexpr auto kFirstWord = [] {
  std::array<std::uint16_t, 26 * 26 * 26 + 1> first{};
  static_assert(kWordList.size() <= 0xffff);
  std::size_t next = 0;
  for (std::size_t at = 0; at < kWordList.size(); ++at) {
    for (const std::size_t number = number_of(&kWordList[at]); next <= number; ++next)
      first[next] = static_cast<std::uint16_t>(at);
    while (kWordList[at] != '\n') ++at;
  }
  for (; next < first.size(); ++next) first[next] = static_cast<std::uint16_t>(kWordList.size());
  return first;
}();

// `word` has three letters or more, all of them lower case.
bool is_word(std::string_view word) {
  const std::size_t number = number_of(word.data());
  std::string_view near = kWordList.substr(kFirstWord[number], kFirstWord[number + 1] - kFirstWord[number]);
  for (; !near.empty(); near.remove_prefix(near.find('\n') + 1))
    if (near.starts_with(word) && near[word.size()] == '\n') return true;
  return false;
}

// The letters of a run (lower case) that words cover at best: words of four letters or more, or of three that are
// all of a part between other bytes.
std::size_t covered(std::string_view run) {
  if (run.size() == 3) return is_word(run) ? 3 : 0;
  std::vector<std::size_t> best(run.size() + 1);
  for (std::size_t end = 1; end <= run.size(); ++end) {
    best[end] = best[end - 1];
    for (std::size_t length = 4; length <= std::min(end, kLongestWord); ++length)
      if (best[end - length] + length > best[end] && is_word(run.substr(end - length, length)))
        best[end] = best[end - length] + length;
  }
  return best.back();
}

char from_leet(char c) {
  // clang-format off
  switch (c) {
    case '0': return 'o';
    case '1': case '!': return 'i';
    case '3': return 'e';
    case '4': case '@': return 'a';
    case '5': case '$': return 's';
    case '7': return 't';
    default: return lower(c);
  }
  // clang-format on
}

// Calls `visit` with each run of letters of `value`, in lower case; camel case is one run, for words are looked for
// inside it.
template <typename Fold, typename Visit>
void for_each_run(std::string_view value, Fold fold, Visit visit) {
  std::string run;
  for (char c : value) {
    const char folded = fold(c);
    if (is_letter(folded)) {
      run += folded;
    } else if (!run.empty()) {
      visit(run);
      run.clear();
    }
  }
  if (!run.empty()) visit(run);
}

std::size_t covered_of(std::string_view value, char (*fold)(char)) {
  std::size_t sum = 0;
  for_each_run(value, fold, [&](const std::string& run) { sum += covered(run); });
  return sum;
}

// Mean surprisal of letters behind letters, in bits; what a person would call unpronounceable is above 5.
float rarity_of(std::string_view value) {
  std::size_t pairs = 0, sum = 0;
  for (std::size_t i = 1; i < value.size(); ++i) {
    const char a = lower(value[i - 1]), b = lower(value[i]);
    if (!is_lower(a) || !is_lower(b)) continue;
    ++pairs;
    sum += kBigrams[a - 'a'][b - 'a'];
  }
  return pairs == 0 ? 4.0f : static_cast<float>(sum) / 16.0f / static_cast<float>(pairs);
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
  return longest < 3 ? 0.0f : share(longest, value.size());
}

// A word, then digits, then perhaps a symbol or two: what people choose.
bool is_human(std::string_view value) {
  std::size_t i = 0;
  while (i < value.size() && is_letter(value[i])) ++i;
  const std::size_t letters = i;
  while (i < value.size() &&
         (is_digit(value[i]) || value[i] == '_' || value[i] == '@' || value[i] == '-' || value[i] == '#'))
    ++i;
  const std::size_t digits = i - letters;
  return letters >= 3 && digits >= 1 && digits <= 6 && value.size() - i <= 3 && value.size() <= 20;
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

// Counts of byte classes in a value.
struct Classes {
  std::size_t lower = 0, upper = 0, digits = 0, separators = 0, spaces = 0, symbols = 0, changes = 0;
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
         covered_of(value, lower) * 5 < letters * 2;
}

// Seconds or milliseconds since 1970, in this century.
bool is_moment(std::string_view value) {
  return (value.size() == 10 || value.size() == 13) && std::all_of(value.begin(), value.end(), is_digit) &&
         value[0] == '1';
}

// Four words or more with the same separator between them.
bool is_passphrase(std::string_view value) {
  const std::size_t at = value.find_first_of("-_. ");
  if (at == value.npos) return false;
  std::size_t parts = 1, letters = 0;
  for (char c : value) {
    if (c == value[at]) ++parts;
    else if (is_lower(c)) ++letters;
    else if (!is_digit(c)) return false;
  }
  return parts >= 4 && letters >= 3 * parts && covered_of(value, lower) * 2 >= letters;
}

// What the name of the value says.
enum class KeyKind : std::uint8_t { key, token, secret, password };
struct Key {
  KeyKind kind = KeyKind::key;
  std::string name;                // in lower case
  std::vector<std::string> words;  // of the name
};

std::vector<std::string> words_in(std::string_view name) {
  std::vector<std::string> words;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_letter(c)) {
      open = false;
      continue;
    }
    const bool begins = is_upper(c) && i > 0 && is_lower(name[i - 1]);
    if (!open || begins) words.emplace_back();
    words.back() += lower(c);
    open = true;
  }
  return words;
}

bool holds_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return text.find(part) != text.npos; });
}

bool speaks_of_secrets(std::string_view name) {
  return name != "private" && name != "secretkeyref" &&
         holds_any(name, {"pass", "pwd", "secret", "token", "key", "auth", "cred", "identified", "private", "salt"});
}

// Functions whose second or third argument is a password, in lower case; what they are called says so of nothing else.
bool takes_a_password(std::string_view name) {
  static constexpr std::string_view kEnds[] = {
      "getconnection", "connect",    "login",     "networkcredential", "basicauth",     "basic_auth", "mysqli",
      "pdo",           "digestauth", "ldap_bind", "imap_open",         "auth_password", "wifi.begin"};
  return std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return name.ends_with(end); });
}

// The nearest identifier before the value that speaks of a secret.
Key key_before(std::string_view before) {
  before = before.substr(before.size() - std::min(before.size(), kScoreContext));
  Key key;
  for (std::size_t end = before.size(); end > 0;) {
    if (!is_identifier(before[end - 1])) {
      --end;
      continue;
    }
    std::size_t begin = end;
    while (begin > 0 && is_identifier(before[begin - 1])) --begin;
    const std::string_view name = before.substr(begin, end - begin);
    const std::string folded = lower(name);
    if (end < before.size() && before[end] == '(' && takes_a_password(folded)) {
      key.kind = KeyKind::password;
      return key;
    }
    if (speaks_of_secrets(folded)) {
      key.name = folded;
      key.words = words_in(name);
      break;
    }
    end = begin;
  }
  if (holds_any(key.name, {"passw", "passphrase", "passcode", "pwd", "identified"}) || key.name.ends_with("pass"))
    key.kind = KeyKind::password;
  else if (holds_any(key.name, {"secret", "cred", "private", "salt"})) key.kind = KeyKind::secret;
  else if (holds_any(key.name, {"token", "auth"})) key.kind = KeyKind::token;
  return key;
}

constexpr std::string_view kOddEnds[] = {
    "id",        "ids",      "name",        "names",     "url",       "uri",      "path",        "file",
    "filename",  "type",     "field",       "label",     "title",     "hint",     "length",      "len",
    "size",      "count",    "min",         "max",       "hash",      "digest",   "prefix",      "suffix",
    "header",    "cookie",   "param",       "parameter", "env",       "var",      "column",      "table",
    "message",   "msg",      "error",       "text",      "help",      "format",   "pattern",     "regex",
    "policy",    "rule",     "class",       "style",     "icon",      "index",    "position",    "number",
    "version",   "expiry",   "expires",     "ttl",       "timeout",   "age",      "date",        "time",
    "strength",  "manager",  "provider",    "service",   "store",     "reset",    "kind",        "method",
    "algorithm", "alg",      "encoding",    "state",     "status",    "enabled",  "required",    "valid",
    "endpoint",  "template", "ref",         "arn",       "alias",     "usage",    "placeholder", "description",
    "map",       "list",     "link",        "page",      "form",      "input",    "attribute",   "property",
    "argument",  "option",   "fingerprint", "checksum",  "signature", "callback", "handler",     "source",
    "scheme",    "mode",     "level",       "code",      "value",     "request",  "response",    "info",
    "data",      "config",   "length_",     "domain",    "host",      "scope"};
constexpr std::string_view kPublicWords[] = {
    "public",       "next",       "page", "cursor", "primary", "foreign",  "sort",        "partition", "cache",
    "continuation", "pagination", "csrf", "xsrf",   "sync",    "marker",   "idempotency", "site",      "publishable",
    "shortcut",     "hash",       "row",  "event",  "hot",     "registry", "translation", "i18n"};

template <std::size_t N>
bool is_listed(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

void describe_value(std::string_view value, Features& f) {
  const std::size_t size = value.size();
  const Classes classes = classes_of(value);
  const std::size_t letters = classes.lower + classes.upper;
  const std::size_t words = covered_of(value, lower);
  const std::size_t leet = covered_of(value, from_leet);
  const bool hex = size >= 16 && std::all_of(value.begin(), value.end(), is_hex) && classes.digits > 0;
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
  f[kSeparators] = share(classes.separators, size);
  f[kHex] = flag(hex);
  f[kDigest] = flag(hex && (size == 40 || size == 64 || size == 128));
  f[kName] = flag(letters > 0 && is_letter(value[0]) && classes.symbols == 0 && classes.spaces == 0 &&
                  static_cast<double>(words) >= 0.8 * static_cast<double>(letters) && classes.digits <= 2);
  f[kDotted] = flag(value.find('.') != value.npos && is_letter(value[0]) && classes.symbols == 0 &&
                    static_cast<double>(words) >= 0.5 * static_cast<double>(letters));
  f[kSequence] = sequence_of(value);
  f[kSpaces] = std::min(1.0f, 5.0f * share(classes.spaces, size));
  f[kSentence] = flag(classes.spaces >= 1 && f[kWords] > 0.5f && (is_upper(value[0]) || classes.spaces >= 3));
  f[kEncodedText] = flag(is_encoded_text(value));
  f[kUuid] = flag(is_uuid(value));
  f[kFileEnding] = flag(has_file_ending(value));
  f[kHuman] = flag(is_human(value));
  f[kUpperOnly] = flag(classes.lower == 0 && classes.upper > 0);
  f[kLowerOnly] = flag(classes.upper == 0 && classes.digits == 0 && classes.symbols == 0);
  f[kDigitsOnly] = flag(classes.digits == size);
  f[kChanges] = share(classes.changes, size);
  f[kRandom] = flag(is_random(value));
  const std::size_t tail = value.find_last_of("_-.:/");
  f[kRandomTail] = flag(f[kRandom] == 0 && tail != value.npos && is_random(value.substr(tail + 1)));
  f[kMoment] = flag(is_moment(value));
  f[kVeryLong] = size > 64 ? static_cast<float>(size - 64) / 64.0f : 0.0f;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (char c : text)
    if (is_alnum(c)) out += lower(c);
  return out;
}

// Words of the name in the value, or all of the value in the name: `TokenStandardErc721 = "ERC721"`.
bool echoes(const Key& key, std::string_view value) {
  const std::string folded = lower(value), whole = squeezed(value);
  if (whole.size() >= 5 && squeezed(key.name).find(whole) != std::string::npos) return true;
  return std::any_of(key.words.begin(), key.words.end(),
                     [&](const std::string& word) { return word.size() >= 4 && folded.find(word) != folded.npos; });
}

// A line that begins as comments do, or as a bullet of a text.
bool is_comment(std::string_view before) {
  const bool cut = before.size() > kScoreContext;
  if (cut) before.remove_prefix(before.size() - kScoreContext);
  const std::size_t newline = before.rfind('\n');
  if (newline == before.npos && cut) return false;
  std::string_view line = before.substr(newline == before.npos ? 0 : newline + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line.starts_with("//") || line.starts_with("#") || line.starts_with("* ") || line.starts_with("/*") ||
         line.starts_with("--") || line.starts_with(";");
}

void describe_place(const Candidate& candidate, Features& f) {
  const Key key = key_before(candidate.before);
  const bool quoted = !candidate.before.empty() && is_quote(candidate.before.back());
  const char next = candidate.after.empty() ? '\n' : candidate.after.front();
  f[kQuoted] = flag(quoted);
  f[kPasswordKey] = flag(key.kind == KeyKind::password);
  f[kSecretKey] = flag(key.kind == KeyKind::secret);
  f[kTokenKey] = flag(key.kind == KeyKind::token);
  f[kOddKey] = flag(!key.words.empty() && is_listed(key.words.back(), kOddEnds));
  f[kPublicKey] = flag(std::any_of(key.words.begin(), key.words.end(),
                                   [](const std::string& word) { return is_listed(word, kPublicWords); }));
  f[kEcho] = flag(echoes(key, candidate.secret));
  f[kCode] = flag(next == '(' || next == '[' || next == '{' || next == '$' || next == '*');
  f[kComment] = flag(is_comment(candidate.before));
  f[kPasswordOfWords] = f[kPasswordKey] * f[kWords];
  f[kPasswordUnquoted] = f[kPasswordKey] * (1.0f - f[kQuoted]);
  f[kShortToken] = (1.0f - f[kPasswordKey]) * f[kShort];
  f[kPassphrase] = flag(is_passphrase(candidate.secret)) * std::max(f[kPasswordKey], f[kSecretKey]);
  f[kOddPassword] = f[kPasswordKey] * f[kOddKey];
  f[kPlainWord] = (1.0f - f[kPasswordKey]) * f[kLowerOnly] * flag(candidate.secret.size() < 16);
}

// What a feature says for people: where it speaks for a secret, and where it speaks against one. Empty: nothing that
// helps them.
struct Sentence {
  std::string_view with, against;
};
constexpr Sentence kSentences[] = {
    {"", ""},
    {"it is long", ""},
    {"", "it is short"},
    {"its letters follow no language", "it can be pronounced"},
    {"", "it is made of words"},
    {"it is a word with digits for letters", ""},
    {"it looks random", "it does not look random"},
    {"it has many digits", "it is mostly digits"},
    {"it mixes letters of both cases and digits", ""},
    {"it has symbols", "it has symbols as expressions have"},
    {"", "it is parts joined by separators"},
    {"it is hexadecimal", "it is hexadecimal, as hashes are"},
    {"", "it has the length of a hash"},
    {"", "it looks like a name in a program"},
    {"", "it looks like a name with dots"},
    {"it is quoted", ""},
    {"its name says password", ""},
    {"its name says secret", ""},
    {"its name says token", "its name says token"},
    {"", "its name speaks of something about a secret"},
    {"", "its name speaks of something public"},
    {"", "it repeats its name"},
    {"", "it is a sequence or a repetition"},
    {"", "what follows is code"},
    {"", "it has spaces"},
    {"", "it is a sentence"},
    {"", "it is encoded text"},
    {"", "it is a UUID"},
    {"", "it ends as file names do"},
    {"it is built as people build passwords", ""},
    {"a password may be made of words", ""},
    {"", "it stands in a comment"},
    {"", "it is all capitals"},
    {"", "it is lower-case letters alone"},
    {"", "it is a number"},
    {"it changes between kinds of characters", ""},
    {"", "it is not quoted"},
    {"", "it is short for a key"},
    {"it is random letters and digits", ""},
    {"it ends in random letters and digits", ""},
    {"", "it is a moment in time"},
    {"it is a phrase", ""},
    {"", "it is very long"},
    {"", "its name speaks of something about a password"},
    {"", "it is a plain word, and no password"},
};
static_assert(std::size(kSentences) == kByteFeatures);

// What no sum of likelihoods may outweigh: a value that is one word is no key, whatever letters it has, and a password
// at most; one that is the name of a secret is none.
struct Ceiling {
  double logit;
  std::string_view reason;
};

// Letters that are written as a word is: in lower case, in capitals, or with a capital before.
bool is_one_word(std::string_view value) {
  constexpr std::size_t kLongest = 16;
  if (value.size() < 2 || value.size() > kLongest || !std::all_of(value.begin(), value.end(), is_letter)) return false;
  const bool upper = is_upper(value[1]);
  if (upper && !is_upper(value[0])) return false;
  return std::all_of(value.begin() + 1, value.end(), [&](char c) { return is_upper(c) == upper; });
}

// Words in one case that are joined by underscores or hyphens, the last of which says what such names are for.
bool names_a_secret(std::string_view value) {
  static constexpr std::string_view kLast[] = {"key",    "token",      "secret",     "password",
                                               "passwd", "passphrase", "credential", "pass"};
  const auto joint = value.find_last_of("_-");
  if (joint == value.npos || joint == 0) return false;
  bool upper = false, lower = false;
  for (const char c : value) {
    if (!is_letter(c) && c != '_' && c != '-') return false;
    (is_upper(c) ? upper : lower) |= is_letter(c);
  }
  if (upper && lower) return false;
  std::string last(value.substr(joint + 1));
  for (char& c : last) c = static_cast<char>(c | 0x20);
  return std::find(std::begin(kLast), std::end(kLast), last) != std::end(kLast);
}

Ceiling ceiling_of(std::string_view value, const Features& features) {
  constexpr double kBelow = 0.01;
  if (names_a_secret(value)) return {kMedium - kBelow, "though it is the name of a secret"};
  if (is_one_word(value)) return {(features[kPasswordKey] > 0 ? kHigh : kMedium) - kBelow, "though it is one word"};
  return {HUGE_VAL, {}};
}

std::vector<std::string> reasons_for(const Features& f) {
  constexpr std::size_t kTold = 3;
  constexpr double kWeak = 0.3;
  std::vector<std::pair<double, std::string>> said;
  for (std::size_t i = 0; i < kByteFeatures; ++i) {
    const double weight = static_cast<double>(kWeights[i]) * static_cast<double>(f[i]);
    const std::string_view sentence = weight > 0 ? kSentences[i].with : kSentences[i].against;
    if (sentence.empty() || std::abs(weight) < kWeak) continue;
    said.emplace_back(-std::abs(weight), weight > 0 ? std::string(sentence) : fmt::format("though {}", sentence));
  }
  std::sort(said.begin(), said.end());
  std::vector<std::string> reasons;
  for (auto& [weight, sentence] : said)
    if (reasons.size() < kTold) reasons.push_back(std::move(sentence));
  return reasons;
}

}  // namespace

Features features_of(const Candidate& candidate) {
  Features features{};
  if (candidate.secret.empty()) return features;
  describe_value(candidate.secret.substr(0, kLookedAt), features);
  describe_place(candidate, features);
  return features;
}

std::array<float, kPathFeatures> path_features(std::string_view path, bool quoted) {
  const PathContext context = path_context(path);
  return {flag(context == PathContext::test),        flag(context == PathContext::documentation),
          flag(context == PathContext::foreign),     flag(context == PathContext::made),
          flag(context == PathContext::translation), flag(!quoted && is_program(path))};
}

Score score(const Candidate& candidate) {
  const Features features = features_of(candidate);
  Score out;
  for (std::size_t i = 0; i < kByteFeatures; ++i)
    out.logit += static_cast<double>(kWeights[i]) * static_cast<double>(features[i]);
  out.quoted = features[kQuoted] > 0;
  out.reasons = reasons_for(features);
  if (const Ceiling ceiling = ceiling_of(candidate.secret, features); out.logit > ceiling.logit) {
    out.logit = ceiling.logit;
    out.reasons.emplace_back(ceiling.reason);
  }
  return out;
}

double path_logit(std::string_view path, bool quoted) {
  const auto features = path_features(path, quoted);
  double logit = 0;
  for (std::size_t i = 0; i < kPathFeatures; ++i)
    logit += static_cast<double>(kPathWeights[i]) * static_cast<double>(features[i]);
  return logit;
}

bool is_likely(double logit) { return logit >= kLeast; }

Confidence confidence_of(double logit) {
  return logit >= kHigh ? Confidence::high : logit >= kMedium ? Confidence::medium : Confidence::low;
}

}  // namespace staunch
