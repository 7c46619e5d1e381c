// How likely a value without a format is a secret: a logistic model over what can be said of it in words.
//
// A generic rule (`scored = true`) finds assignments of anything to a name such as password; most of them are names,
// words, placeholders. Each feature is one sentence about the candidate, its weight is learnt (corpus/train) and stands
// in score_weights.inc, and the strongest sentences become the reasons of the finding.
//
// What the path says can only lower the score: the part without it, known while scanning, is an upper bound.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/path_context.h"
#include "rules/rule.h"

namespace staunch {

// The order is that of the table's weights. Shares and flags lie in 0 to 1.
enum Feature : std::uint8_t {
  // clang-format off
  kBias, kLength, kShort, kRarity, kWords, kLeetWords, kEntropy, kDigits, kMixed, kSymbols, kSeparators, kHex, kDigest,
  kName, kDotted, kQuoted, kPasswordKey, kSecretKey, kTokenKey, kOddKey, kPublicKey, kEcho, kSequence, kCode, kSpaces,
  kSentence, kEncodedText, kUuid, kFileEnding, kHuman, kPasswordOfWords, kComment, kUpperOnly, kLowerOnly, kDigitsOnly,
  kChanges, kPasswordUnquoted, kShortToken, kRandom, kRandomTail, kMoment, kPassphrase, kVeryLong, kOddPassword,
  kPlainWord, kCommonPassword, kPasswordHuman, kSecretOfWords,
  kTyped, kTypedPassword,
  kByteFeatures
  // clang-format on
};
using Features = std::array<float, kByteFeatures>;

// `before` ends where the secret begins and `after` begins where it ends; both as much of the text as is at hand
// (kScoreContext bytes are looked at).
struct Candidate {
  std::string_view before, secret, after;
};
inline constexpr std::size_t kScoreContext = 128;

Features features_of(const Candidate& candidate);
// Whether it is text where it stands, and no name of a program: in quotes, or assigned in a comment.
bool stands_as_text(const Candidate& candidate);

// Features of the path, behind those of the bytes; their weights are never above 0.
inline constexpr std::size_t kPathFeatures = 6;
std::array<float, kPathFeatures> path_features(std::string_view path, bool quoted);

// What is kept of a score between the scan and the path.
struct Score {
  double logit = 0;  // of the bytes alone
  bool quoted = false;
  std::vector<std::string> reasons;  // strongest first
};
Score score(const Candidate& candidate);

// The logit's share of the path, 0 or less.
double path_logit(std::string_view path, bool quoted);

// Whether it is worth telling at all, and how sure one is.
bool is_likely(double logit);
Confidence confidence_of(double logit);

}  // namespace staunch
