#include "engine/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/score_key.h"
#include "engine/score_letters.h"
#include "engine/score_value.h"
#include "rules/letters.h"

namespace staunch {
namespace {

// kWeights, kPathWeights, kLeast, kMedium, kHigh (logits).
#include "engine/score_weights.inc"
static_assert(std::size(kWeights) == kByteFeatures && std::size(kPathWeights) == kPathFeatures);

constexpr std::size_t kLookedAt = 128;  // bytes of a value that are looked at

float flag(bool value) { return value ? 1.0f : 0.0f; }

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

std::string squeezed(std::string_view text) {
  std::string out;
  for (char c : text)
    if (is_alnum(c)) out += lower(c);
  return out;
}

// How much of the value is words of its name, or all of it is in the name: `TokenStandardErc721 = "ERC721"`.
float echo_of(const Key& key, std::string_view value) {
  const std::string folded = lower(value), whole = squeezed(value);
  if (whole.size() >= 5 && squeezed(key.name).find(whole) != std::string::npos) return 1.0f;
  std::size_t echoed = 0;
  for (const std::string& word : key.words)
    if (word.size() >= 4 && folded.find(word) != folded.npos) echoed += word.size();
  return std::min(1.0f, static_cast<float>(echoed) / static_cast<float>(std::max<std::size_t>(whole.size(), 1)));
}

// A line that begins as comments do, or as a bullet of a text.
bool is_comment(std::string_view before) {
  const bool cut = before.size() > kScoreContext;
  if (cut) before.remove_prefix(before.size() - kScoreContext);
  const std::size_t newline = before.rfind('\n');
  if (newline == before.npos && cut) return false;
  std::string_view line = before.substr(newline == before.npos ? 0 : newline + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line.starts_with("//") || (line.starts_with("#") && !line.starts_with("#define")) || line.starts_with("* ") ||
         line.starts_with("/*") || line.starts_with("-- ") || line.starts_with(";");
}

// Whether a parameter of a URL begins with the value, which is a text's part then: `?key=`.
bool is_in_query(std::string_view before) {
  if (!before.ends_with('=')) return false;
  before.remove_suffix(1);
  while (!before.empty() && is_identifier(before.back())) before.remove_suffix(1);
  return before.ends_with('?') || before.ends_with('&');
}

// Whether one pair of quotes holds the name, the sign and the value: 'X-Api-Key: …', "DB_PASSWORD=…".
bool is_assigned_in_quotes(const Candidate& candidate) {
  std::string_view before = candidate.before;
  if (candidate.after.empty() || !is_quote(candidate.after.front())) return false;
  if (before.ends_with(' ')) before.remove_suffix(1);
  if (!before.ends_with(':') && !before.ends_with('=')) return false;
  before.remove_suffix(1);
  const std::size_t names = before.size();
  while (!before.empty() && is_identifier(before.back())) before.remove_suffix(1);
  return before.size() < names && before.ends_with(candidate.after.front());
}

// Spring's way to say that a password is not hashed stands between the quote and the password.
bool is_quoted(const Candidate& candidate) {
  constexpr std::string_view kPlain = "{noop}";
  std::string_view before = candidate.before;
  if (before.ends_with(kPlain)) before.remove_suffix(kPlain.size());
  return !before.empty() && (is_quote(before.back()) || is_in_query(before) || is_assigned_in_quotes(candidate));
}

void describe_place(const Candidate& candidate, Features& f) {
  const Key key = key_of(candidate.before, candidate.after);
  const bool quoted = is_quoted(candidate);
  const char next = candidate.after.empty() ? '\n' : candidate.after.front();
  f[kQuoted] = flag(quoted);
  f[kPasswordKey] = flag(key.kind == KeyKind::password);
  f[kSecretKey] = flag(key.kind == KeyKind::secret);
  f[kTokenKey] = flag(key.kind == KeyKind::token);
  f[kOddKey] = flag(is_odd(key));
  f[kPublicKey] = flag(is_public(key));
  f[kEcho] = echo_of(key, candidate.secret);
  f[kCode] = flag(next == '(' || next == '[' || next == '{' || next == '$' || next == '*');
  f[kComment] = flag(is_comment(candidate.before));
  f[kPasswordOfWords] = f[kPasswordKey] * f[kWords];
  f[kPasswordUnquoted] = f[kPasswordKey] * (1.0f - f[kQuoted]);
  f[kShortToken] = (1.0f - f[kPasswordKey]) * f[kShort];
  f[kPassphrase] = flag(is_passphrase(candidate.secret)) * std::max(f[kPasswordKey], f[kSecretKey]);
  f[kOddPassword] = f[kPasswordKey] * f[kOddKey];
  f[kPlainWord] = (1.0f - f[kPasswordKey]) * f[kLowerOnly] * flag(candidate.secret.size() < 16 && f[kSpaces] == 0);
  f[kCommonPassword] = f[kPasswordKey] * flag(is_common_password(candidate.secret));
  f[kPasswordHuman] = f[kPasswordKey] * f[kHuman];
  f[kSecretOfWords] = f[kSecretKey] * f[kWords];
  f[kTypedPassword] = f[kPasswordKey] * f[kTyped];
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
    {"", "it has symbols as expressions have"},
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
    {"many people choose it", ""},
    {"its name says password, and people build them so", ""},
    {"a secret may be made of words", ""},
    {"it has symbols", ""},
    {"it has symbols, as passwords have", ""},
};
static_assert(std::size(kSentences) == kByteFeatures);

// What no sum of likelihoods may outweigh: a value that is one word is no key, whatever letters it has, and a password
// at most; one that is the name of a secret is none; what a comment shows may be made up, and what a call named token
// takes be the name of anything.
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

// Words in one case that are joined: what programs call things.
bool is_joined_name(std::string_view value) {
  bool upper = false, lower = false, joined = false;
  for (const char c : value) {
    const bool joint = c == '_' || c == '.' || c == '-';
    if (!is_letter(c) && !joint) return false;
    joined |= joint;
    (is_upper(c) ? upper : lower) |= is_letter(c);
  }
  return joined && upper != lower && !is_passphrase(value);
}

// Whether a call begins with the value: `token("…`.
bool begins_a_call(std::string_view before) {
  return before.size() >= 2 && is_quote(before.back()) && before[before.size() - 2] == '(';
}

// Whether the value is the first of several arguments: `changePassword("anna", "…")` names a user first.
bool begins_arguments(const Candidate& candidate, const Key& key) {
  const std::string_view before = candidate.before, after = candidate.after;
  return begins_a_call(before) && lower(before.substr(0, before.size() - 2)).ends_with(key.name) && after.size() >= 2 &&
         after[0] == before.back() && after[1] == ',';
}

// Whether a program compares its name with the value: `PASSWORD_ARGON2_PROVIDER === '…'`.
bool is_compared(std::string_view before) {
  if (before.empty() || !is_quote(before.back())) return false;
  before.remove_suffix(1);
  if (before.ends_with(' ')) before.remove_suffix(1);
  return before.ends_with("==") || before.ends_with("!=");
}

Ceiling ceiling_of(const Candidate& candidate, const Features& features) {
  constexpr double kBelow = 0.01;
  constexpr float kMostly = 0.5f;
  constexpr std::size_t kLongName = 24;
  const std::string_view value = candidate.secret;
  const Key key = key_of(candidate.before, candidate.after);
  if (names_a_secret(value)) return {kMedium - kBelow, "though it is the name of a secret"};
  if (features[kPasswordKey] == 0 && is_joined_name(value))
    return {kMedium - kBelow, "though it is a name in a program"};
  if (features[kUuid] > 0 && features[kOddKey] > 0)
    return {kMedium - kBelow, "though it is a UUID that names something"};
  if (features[kOddKey] > 0 && is_compared(candidate.before))
    return {kMedium - kBelow, "though it is a setting that is compared"};
  if (features[kSequence] >= kMostly && features[kCommonPassword] == 0)
    return {kMedium - kBelow, "though it is a sequence or a repetition"};
  if (features[kTokenKey] > 0 && features[kPublicKey] > 0)
    return {kMedium - kBelow, "though its name speaks of something public"};
  if (features[kPasswordKey] == 0 && features[kSpaces] > 0 && candidate.before.ends_with('`'))
    return {kMedium - kBelow, "though it is several words of a command or a text"};
  if (begins_arguments(candidate, key)) return {kMedium - kBelow, "though more arguments follow it"};
  if (is_one_word(value)) return {(features[kPasswordKey] > 0 ? kHigh : kMedium) - kBelow, "though it is one word"};
  if (features[kPasswordKey] == 0 && std::all_of(value.begin(), value.end(), is_letter) && value.size() < kLongName)
    return {kHigh - kBelow, "though it is letters alone"};
  if (features[kCommonPassword] > 0) return {kHigh - kBelow, "though examples show it, too"};
  if (key.name.ends_with("salt")) return {kHigh - kBelow, "though a salt may be known"};
  if (features[kComment] > 0) return {kHigh - kBelow, "though it stands in a comment"};
  if (features[kTokenKey] > 0 && begins_a_call(candidate.before))
    return {kHigh - kBelow, "though calls named token take many things"};
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

bool stands_as_text(const Candidate& candidate) {
  if (is_quoted(candidate)) return true;
  const std::size_t sign = candidate.before.find_last_not_of(" \t");
  return sign != candidate.before.npos && (candidate.before[sign] == ':' || candidate.before[sign] == '=') &&
         is_comment(candidate.before);
}

Score score(const Candidate& candidate) {
  const Features features = features_of(candidate);
  Score out;
  for (std::size_t i = 0; i < kByteFeatures; ++i)
    out.logit += static_cast<double>(kWeights[i]) * static_cast<double>(features[i]);
  out.quoted = stands_as_text(candidate);
  out.reasons = reasons_for(features);
  if (const Ceiling ceiling = ceiling_of(candidate, features); out.logit > ceiling.logit) {
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
