// What one credential format is, as plain data.
//
// A Rule is what a provider file or a gitleaks configuration says about one format: how to find it (regex, keywords,
// path), how to doubt it (entropy, allowlists, check) and how to speak of it (description, severity, confidence).
// Nothing here is compiled and nothing here is checked: `reader.h` makes rules from text and reports what is wrong,
// the engine compiles them. The gitleaks meaning of each field is kept, so that a `.gitleaks.toml` loads as it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace staunch {

enum class Severity : std::uint8_t { low, medium, high, critical };
enum class Confidence : std::uint8_t { low, medium, high };

// Where a thing was written down: `line` and `column` count from 1; 0 means that it is not known.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// What an allowlist's regexes are searched in.
enum class AllowTarget : std::uint8_t { secret, match, line };

// Reasons to drop a match. With `all` (gitleaks: condition AND) every kind that is present must hit, otherwise any
// entry of any kind suffices. `paths` and `regexes` are searched unanchored; `stopwords` are substrings of the secret
// whatever their case; `commits` are full hashes in lower case.
struct Allowlist {
  std::string description;
  bool all = false;
  AllowTarget target = AllowTarget::secret;
  std::vector<std::string> commits;
  std::vector<std::string> paths;
  std::vector<std::string> regexes;
  std::vector<std::string> stopwords;
  std::vector<std::string> target_rules;  // global lists of configurations only: the rules it is for; empty means all
  Place place = {};
};

// What a failed offline check does to a match.
enum class OnFail : std::uint8_t { lower, drop };

// An offline check of a secret's inner structure, named by `kind` (engine/check.h has the list). An empty kind
// means that there is none.
struct Check {
  std::string kind;
  std::uint32_t prefix = 0;  // bytes at the front which the check's arithmetic leaves out
  OnFail on_fail = OnFail::lower;
};

// What the provider says a credential looks like, apart from the regex: prefix, `length` characters of `alphabet`,
// suffix. `check` names the structure that fills the last characters. Samples are generated from it, so that a regex
// that is too narrow fails its own test. `template_` overrides the simple shape: literal text in which `{alphabet:n}`
// stands for n generated characters, for example "xoxb-{digit:12}-{digit:12}-{base62:24}". `forms` are templates of
// what else the regex takes, older tokens and those of other kinds; `check` fills nothing in them.
struct Format {
  std::string prefix;
  std::string alphabet;  // engine/sample.h has the names
  std::uint32_t length = 0;
  std::string suffix;
  std::string check;
  std::string template_;  // key `template`
  std::vector<std::string> forms = {};
};

// A part that must stand near a composite rule's match. Distances are differences of start lines and start columns;
// a negative value means that it does not matter.
struct Required {
  std::string id;
  std::int64_t within_lines = -1;
  std::int64_t within_columns = -1;
  Place place = {};
};

// Who vouches for the format.
enum class Proof : std::uint8_t { unstated, vendor, two_tools, inferred };

struct Rule {
  std::string id;
  std::string provider;  // id of the provider whose file it came from; empty for rules of a gitleaks configuration
  std::string description;
  std::string regex;                  // RE2 syntax, leftmost-first; empty for a path-only rule
  std::string path;                   // regex that the path must match; empty for any path
  std::vector<std::string> keywords;  // lower case; any one of them, anywhere in the item, opens the rule's gate
  std::uint32_t secret_group = 0;     // 0: the first non-empty group, or the whole match
  bool every_group = false;           // each group that takes part in a match is a secret of its own
  double entropy = 0;                 // the secret's Shannon entropy must be above this; 0 is no test
  std::vector<std::string> tags;
  std::vector<Allowlist> allowlists;
  std::vector<Required> required;
  std::vector<Required> half_of;  // this finds ids; the rules of the secrets that one belongs to where it stands near
  bool skip_report = false;       // finds parts for composite rules and is not reported itself

  Severity severity = Severity::high;
  Confidence confidence = Confidence::medium;
  bool severity_stated = false;  // whether the file says so: a rule that extends another overrides only what it states
  bool confidence_stated = false;
  Check check;
  Format format;
  Proof proof = Proof::unstated;
  std::string source;      // where the format is documented
  std::string no_secret;   // why the provider itself does not call it a secret: made for browsers, an id
  bool generic = false;    // a match inside a specific rule's match is dropped; not tried on binary items
  bool guessable = false;  // the secret may be a human password: its fingerprint is made slow to guess
  bool scored = false;     // has no format: engine/score.h says how likely it is, and that is the confidence
  std::string named;       // of a scored one: its name, where no name stands before it (`password` of a column)
  bool self_made = false;  // anybody makes one (a key pair, a password): tests are full of them
  std::vector<std::string> aliases;  // former ids
  std::vector<std::string> samples;  // text with {secret} in it that must be found
  std::vector<std::string> decoys;   // text in which this rule must find nothing
  Place place;
};

}  // namespace staunch
