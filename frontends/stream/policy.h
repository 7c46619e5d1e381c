// What happens to what is found: a policy as plain data, made from a file by policy_reader.h.
//
// A policy is a list of clauses, of which the first that fits a finding decides, and an answer for findings that none
// fits. Own patterns and blocked terms are rules of the policy's own; clauses name them as they name the catalogue's.
// A policy never comes from what is scanned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace staunch {

// allow: nothing happens and nothing is told. log: told, and nothing happens. redact: its bytes are replaced.
// block: the whole text shall not go on; whoever cannot hold a text back (a filter) replaces all of the line.
enum class Action : std::uint8_t { allow, log, redact, block };
enum class Replace : std::uint8_t {
  whole,   // "[REDACTED:rule]"
  prefix,  // the prefix that all secrets of the rule have, then "[REDACTED:rule]"
  hash,    // "[REDACTED:rule:0123456789abcdef]": keyed, so that one secret can be followed through a log
};
enum class Direction : std::uint8_t { request, response };  // a log counts as a response

struct Handling {
  Action action = Action::redact;
  Replace replace = Replace::whole;
};

// Fits where everything that it names fits; what it does not name always does.
struct Clause {
  std::vector<std::string> rules;    // ids; "github-*" is all that begin so
  std::vector<std::string> sources;  // "filter", "serve", or a route's name
  std::optional<Direction> direction;
  std::optional<Severity> severity;      // at least
  std::optional<Confidence> confidence;  // at least
  Handling handling;
  Place place = {};
};

// A regex of the user's own (RE2). What all of it matches is what is found, or one of its groups.
struct Pattern {
  std::string id;  // "policy-pattern-1" where the file gives none
  std::string regex;
  unsigned group = 0;
  Severity severity = Severity::high;
  Handling handling;  // where no clause names the id
  Place place = {};
};

// Words that shall not be said: found whatever their case and whatever white space and punctuation stands in them, and
// with up to `max_distance` letters inserted, left out or replaced.
struct Term {
  std::string id;    // "policy-term-1"
  std::string text;  // at least 4 * (max_distance + 1) letters and digits
  unsigned max_distance = 0;
  Severity severity = Severity::high;
  Handling handling;  // where no clause names the id
  Place place = {};
};
inline constexpr unsigned kMaxDistance = 3;
inline constexpr unsigned kMaxTermLetters = 200;

struct Policy {
  std::vector<Clause> clauses;
  Handling otherwise;                                       // of findings of medium confidence or more
  Handling low_confidence = {Action::log, Replace::whole};  // of the others
  std::vector<Pattern> patterns;                            // detect_patterns
  std::vector<Term> terms;                                  // blocked_terms
  std::vector<std::string> allowed_terms;     // a finding that is one of these, whatever its case, is none
  Action on_scanner_failure = Action::block;  // allow or block: what happens to a text that could not be scanned
  Action on_unreadable = Action::block;       // allow, log or block: content of a kind that cannot be looked into
  bool shadow = false;                        // decide and tell, but change nothing and hold nothing back
  // In a chat's old turns, what would hold the request back is cut out instead, and told once a conversation (serve).
  bool redact_history = false;
  bool keep_found = false;         // rulings hold what was found, for a response (--respond)
  std::string digest = "default";  // 16 hex digits over the policy's text, where it was read from one
};

}  // namespace staunch
