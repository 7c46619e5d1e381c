// The one redactor: a text in, a decision out. Everything that lets text pass (filter, bodies, server) asks it.
//
// A decision is a function of the catalogue, the policy, the key and the text alone; nothing is read or written here.
// A text is what it is: not opened as an archive, with no path (rules that ask for one find nothing), never "binary".
// Inline tags (gitleaks:allow) have no effect: whoever wrote the text does not decide. Offsets and lengths are bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "engine/result.h"
#include "engine/scan.h"
#include "frontends/stream/policy.h"
#include "rules/diagnostic.h"

namespace staunch {

// An occurrence with its secret, and the rules that its numbers mean.
struct FoundSecret {
  Occurrence occurrence;
  std::shared_ptr<const Database> database;
};

// One thing that was found, and what is to become of it.
struct Ruling {
  std::uint64_t offset = 0, length = 0;  // in the text: of the secret, or of the encoded bytes that hide it
  std::string rule;                      // id
  Severity severity = Severity::high;
  Confidence confidence = Confidence::medium;
  std::string pointer;                       // RFC 6901, by whoever knows the text as a part of JSON; else empty
  std::vector<std::string> decoded;          // through which encodings it was seen, from the outermost inwards
  Action action = Action::redact;            // log, redact or block; in shadow mode what it would have been
  std::string fingerprint;                   // "sf1:" and 32 hex digits, under the redactor's key
  std::shared_ptr<const FoundSecret> found;  // where the policy keeps what was found; null for its terms
};

// Bytes [offset, offset + length) become `replacement`: printable ASCII without quotes, backslash or angle brackets, so
// that it fits a JSON string as it is.
struct Edit {
  std::uint64_t offset = 0, length = 0;
  std::string replacement;
  std::size_t ruling = 0;  // the first of those that it answers
};

enum class Verdict : std::uint8_t { allow, redact, block };

struct Decision {
  Verdict verdict = Verdict::allow;  // block where a ruling says so; redact where there are edits
  bool shadow = false;               // then the verdict is allow and there are no edits
  std::vector<Ruling> rulings;       // by offset; they may overlap
  std::vector<Edit> edits;           // sorted, not overlapping, none empty; of blocked texts too
};

// For whom a text is judged.
struct Occasion {
  std::string_view source = "filter";
  Direction direction = Direction::response;
};

// A rule's id as replacements have it: at most 80 letters, digits and "-_.:/".
std::string shown_id(std::string_view id);

class Redactor {
 public:
  // Checks every reference of the policy; mistakes go to `diagnostics` with their places, and then there is no
  // Redactor. `key` is that of fingerprints and hashes: raw bytes, random_key() where nobody needs to know the names
  // again.
  static Result<std::shared_ptr<const Redactor>> make(std::shared_ptr<const Database> database, Policy policy,
                                                      const std::string& key, std::vector<Diagnostic>& diagnostics);
  static std::string random_key();
  ~Redactor();

  const Policy& policy() const;
  const Database& database() const;

  // Thread-safe. Throws only std::bad_alloc and the like: the caller then does as on_scanner_failure says.
  Decision decide(std::string_view text, const Occasion& occasion) const;

  // The lines of a stream at once (scan_lines of engine/message.h). `text` holds whole lines, and before `begin` the
  // end of the line before them, if any. Offsets count from the text's beginning.
  Decision decide_lines(std::string_view text, std::size_t begin, const Occasion& occasion) const;

  // What happens to a finding that others made (the lines of a private key). Shadow mode is not looked at.
  Action action_for(std::string_view rule, Severity severity, Confidence confidence, const Occasion& occasion) const;

  // Appends `text` with the edits made to `out`.
  static void apply(std::string_view text, const std::vector<Edit>& edits, std::string& out);

 private:
  struct State;
  explicit Redactor(std::unique_ptr<State> state);
  template <typename Scan>
  Decision judge(std::string_view text, std::size_t begin, bool by_line, const Occasion& occasion,
                 const Scan& scan) const;
  std::unique_ptr<State> state_;
};

}  // namespace staunch
