#include "frontends/stream/redactor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "engine/fingerprint.h"
#include "engine/keyed_hash.h"
#include "engine/message.h"
#include "frontends/stream/terms.h"

namespace staunch {
namespace {

constexpr std::size_t kHashDigits = 16;

// Whether a text may stand in a replacement as it is.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f && std::strchr("\"'`\\<>&", c) == nullptr; });
}

bool names(const std::string& pattern, std::string_view id) {
  if (pattern.empty() || pattern.back() != '*') return pattern == id;
  return id.substr(0, pattern.size() - 1) == std::string_view(pattern).substr(0, pattern.size() - 1);
}

bool is_run_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '-' || c == '_' || c == '=';
}

// Of base64 and hex the whole run goes: what is left of it would be of no use, and might tell.
void widen_to_run(std::string_view text, Ruling& ruling) {
  const std::string& codec = ruling.decoded.front();
  if (codec != "base64" && codec != "hex") return;
  std::uint64_t begin = ruling.offset, end = ruling.offset + ruling.length;
  while (begin > 0 && is_run_byte(text[begin - 1])) --begin;
  while (end < text.size() && is_run_byte(text[end])) ++end;
  ruling.offset = begin;
  ruling.length = end - begin;
}

}  // namespace

std::string shown_id(std::string_view id) {
  std::string out(id.substr(0, 80));
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::strchr("-_.:/", c) != nullptr;
    if (!plain || c == '\0') c = '-';
  }
  return out;
}

struct Redactor::State {
  State(std::shared_ptr<const Database> given, Policy policy_given, const std::string& key_given,
        std::shared_ptr<const Database> own)
      : policy(std::move(policy_given)),
        fingerprinter(key_given),
        database(given),
        own_database(own),
        scanner(std::move(given), scan_options(key_given)),
        allowed(folded_all(policy.allowed_terms)),
        terms(wanted(policy)) {
    if (own) patterns.emplace(std::move(own), scan_options(key_given));
  }

  static ScanOptions scan_options(const std::string& key) {
    ScanOptions options;
    options.fingerprint_key = key;
    return options;
  }
  static std::vector<std::string> folded_all(const std::vector<std::string>& texts) {
    std::vector<std::string> out;
    for (const std::string& text : texts) out.push_back(folded(text));
    return out;
  }
  static std::vector<TermFinder::Wanted> wanted(const Policy& policy) {
    std::vector<TermFinder::Wanted> out;
    for (const Term& term : policy.terms) out.push_back({term.text, term.max_distance});
    return out;
  }

  const Policy policy;
  const Fingerprinter fingerprinter;
  const std::shared_ptr<const Database> database, own_database;
  mutable Scanner scanner;
  mutable std::optional<Scanner> patterns;
  const std::vector<std::string> allowed;
  const TermFinder terms;
};

namespace {

// One decision in the making: rulings, and for each what its edit would be.
class Judge {
 public:
  Judge(const Policy& policy, const std::vector<std::string>& allowed, std::string_view text, const Occasion& occasion)
      : policy_(policy), allowed_(allowed), text_(text), occasion_(occasion) {}

  void add(Occurrence o, const std::shared_ptr<const Database>& database, const Handling* own) {
    const Rule& rule = database->catalogue().rules[o.rule];
    Ruling ruling;
    ruling.offset = o.offset;
    ruling.length = o.length;
    ruling.rule = rule.id;
    ruling.severity = o.severity;
    ruling.confidence = o.confidence;
    ruling.decoded = o.decoded;
    ruling.fingerprint = o.fingerprint;
    const bool has_prefix = o.decoded.empty() && !rule.format.prefix.empty() && is_plain(rule.format.prefix) &&
                            o.secret.reveal().substr(0, rule.format.prefix.size()) == rule.format.prefix &&
                            o.length == o.secret.size();
    if (!ruling.decoded.empty()) widen_to_run(text_, ruling);
    const std::string_view secret = o.secret.reveal();  // stays where it is when its owner moves
    if (policy_.keep_found) ruling.found = std::make_shared<const FoundSecret>(FoundSecret{std::move(o), database});
    take(std::move(ruling), secret, own, has_prefix ? rule.format.prefix : std::string());
  }

  void add(const TermHit& hit, const Term& term, const Fingerprinter& fingerprinter) {
    Ruling ruling;
    ruling.offset = hit.offset;
    ruling.length = hit.length;
    ruling.rule = term.id;
    ruling.severity = term.severity;
    ruling.confidence = Confidence::high;
    const std::string_view bytes = text_.substr(hit.offset, hit.length);
    ruling.fingerprint = fingerprinter.of(folded(bytes));
    take(std::move(ruling), bytes, &term.handling, {});
  }

  // A pattern or term says itself what happens to it, unless a clause names it.
  Handling handling_of(const Ruling& ruling, const Handling* own) const {
    for (const Clause& clause : policy_.clauses)
      if ((own == nullptr || !clause.rules.empty()) && fits(clause, ruling)) return clause.handling;
    if (own != nullptr) return *own;
    return ruling.confidence == Confidence::low ? policy_.low_confidence : policy_.otherwise;
  }

  Decision decide() {
    std::stable_sort(made_.begin(), made_.end(),
                     [](const Made& a, const Made& b) { return a.ruling.offset < b.ruling.offset; });
    Decision decision;
    decision.shadow = policy_.shadow;
    for (std::size_t i = 0; i < made_.size(); ++i) {
      const Made& made = made_[i];
      if (made.ruling.action == Action::block) decision.verdict = Verdict::block;
      if (made.ruling.action >= Action::redact && made.ruling.length > 0) merge(i, decision.edits);
    }
    if (decision.verdict == Verdict::allow && !decision.edits.empty()) decision.verdict = Verdict::redact;
    for (Edit& edit : decision.edits) edit.replacement = replacement(made_[edit.ruling], edit);
    if (policy_.shadow) {
      decision.verdict = Verdict::allow;
      decision.edits.clear();
    }
    for (Made& made : made_) decision.rulings.push_back(std::move(made.ruling));
    return decision;
  }

 private:
  struct Made {
    Ruling ruling;
    Replace replace;
    std::string prefix;
  };

  void take(Ruling ruling, std::string_view secret, const Handling* own, std::string prefix) {
    if (is_allowed(secret)) return;
    const Handling handling = handling_of(ruling, own);
    if (handling.action == Action::allow) return;
    ruling.action = handling.action;
    made_.push_back({std::move(ruling), handling.replace, std::move(prefix)});
  }

  bool is_allowed(std::string_view secret) const {
    if (allowed_.empty()) return false;
    return std::find(allowed_.begin(), allowed_.end(), folded(secret)) != allowed_.end();
  }

  bool fits(const Clause& clause, const Ruling& ruling) const {
    const auto any = [](const std::vector<std::string>& list, std::string_view word) {
      return list.empty() ||
             std::any_of(list.begin(), list.end(), [&](const std::string& each) { return names(each, word); });
    };
    return any(clause.rules, ruling.rule) && any(clause.sources, occasion_.source) &&
           (!clause.direction || *clause.direction == occasion_.direction) &&
           (!clause.severity || ruling.severity >= *clause.severity) &&
           (!clause.confidence || ruling.confidence >= *clause.confidence);
  }

  // Edits that overlap become one; the strictest ruling, then the first, gives its name.
  void merge(std::size_t index, std::vector<Edit>& edits) {
    const Ruling& ruling = made_[index].ruling;
    if (edits.empty() || edits.back().offset + edits.back().length <= ruling.offset) {
      edits.push_back({ruling.offset, ruling.length, {}, index});
      return;
    }
    Edit& edit = edits.back();
    edit.length = std::max(edit.offset + edit.length, ruling.offset + ruling.length) - edit.offset;
    if (ruling.action > made_[edit.ruling].ruling.action) edit.ruling = index;
  }

  static std::string replacement(const Made& made, const Edit& edit) {
    const std::string id = shown_id(made.ruling.rule);
    const bool exact = made.ruling.offset == edit.offset && made.ruling.length == edit.length;
    if (made.replace == Replace::prefix && exact) return fmt::format("{}[REDACTED:{}]", made.prefix, id);
    if (made.replace == Replace::hash && exact) {
      const std::string_view hex = std::string_view(made.ruling.fingerprint).substr(4, kHashDigits);
      return fmt::format("[REDACTED:{}:{}]", id, hex);
    }
    return fmt::format("[REDACTED:{}]", id);
  }

  const Policy& policy_;
  const std::vector<std::string>& allowed_;
  const std::string_view text_;
  const Occasion& occasion_;
  std::vector<Made> made_;
};

// The policy's own regexes as rules of a database of their own.
Result<std::shared_ptr<const Database>> compile_patterns(const Policy& policy, std::vector<Diagnostic>& diagnostics) {
  Catalogue catalogue;
  for (const Pattern& pattern : policy.patterns) {
    Rule rule;
    rule.id = pattern.id;
    rule.description = "a pattern of the policy";
    rule.regex = "(" + pattern.regex + ")";  // else the first group of it would be the secret
    rule.secret_group = pattern.group + 1;
    rule.severity = pattern.severity;
    rule.confidence = Confidence::high;
    rule.place = pattern.place;
    catalogue.rules.push_back(std::move(rule));
  }
  return Database::compile(std::move(catalogue), diagnostics);
}

void check_terms(const Policy& policy, std::vector<Diagnostic>& diagnostics) {
  for (const Term& term : policy.terms) {
    const std::size_t size = folded(term.text).size(), needed = 4 * (term.max_distance + 1);
    if (term.max_distance > kMaxDistance)
      diagnostics.push_back({Diagnostic::Level::error,
                             term.place,
                             fmt::format("'max_distance' must be between 0 and {}", kMaxDistance),
                             {}});
    else if (size < needed)
      diagnostics.push_back({Diagnostic::Level::error, term.place,
                             fmt::format("the term '{}' has {} letters and digits; at distance {} it needs {}",
                                         term.text, size, term.max_distance, needed),
                             "a shorter one would be found everywhere"});
    else if (size > kMaxTermLetters)
      diagnostics.push_back({Diagnostic::Level::error,
                             term.place,
                             fmt::format("a term has at most {} letters and digits", kMaxTermLetters),
                             {}});
  }
}

// Every id once, and every clause's words name something.
void check_names(const Policy& policy, const Catalogue& catalogue, std::vector<Diagnostic>& diagnostics) {
  std::map<std::string, int> ids;
  for (const Rule& rule : catalogue.rules) ids.emplace(rule.id, 0);
  const auto own = [&](const std::string& id, const Place& place) {
    if (!ids.emplace(id, 0).second)
      diagnostics.push_back({Diagnostic::Level::error, place, fmt::format("there are two rules '{}'", id), {}});
  };
  for (const Pattern& pattern : policy.patterns) own(pattern.id, pattern.place);
  for (const Term& term : policy.terms) own(term.id, term.place);
  for (const Clause& clause : policy.clauses)
    for (const std::string& name : clause.rules)
      if (std::none_of(ids.begin(), ids.end(), [&](const auto& id) { return names(name, id.first); }))
        diagnostics.push_back({Diagnostic::Level::error, clause.place, fmt::format("there is no rule '{}'", name), {}});
}

// Former ids are understood.
void resolve_aliases(Policy& policy, const Catalogue& catalogue) {
  std::map<std::string_view, std::string_view> former;
  for (const Rule& rule : catalogue.rules)
    for (const std::string& alias : rule.aliases) former.emplace(alias, rule.id);
  for (Clause& clause : policy.clauses)
    for (std::string& name : clause.rules)
      if (const auto found = former.find(name); found != former.end()) name = std::string(found->second);
}

}  // namespace

Result<std::shared_ptr<const Redactor>> Redactor::make(std::shared_ptr<const Database> database, Policy policy,
                                                       const std::string& key, std::vector<Diagnostic>& diagnostics) {
  std::vector<Diagnostic> mistakes;
  check_terms(policy, mistakes);
  resolve_aliases(policy, database->catalogue());
  check_names(policy, database->catalogue(), mistakes);
  std::shared_ptr<const Database> own;
  if (!policy.patterns.empty()) {
    auto compiled = compile_patterns(policy, mistakes);
    if (compiled) own = *compiled;
    else if (!has_errors(mistakes)) mistakes.push_back({Diagnostic::Level::error, {}, compiled.error().what, {}});
  }
  const bool wrong = has_errors(mistakes);
  std::move(mistakes.begin(), mistakes.end(), std::back_inserter(diagnostics));
  if (wrong) return Error{"the policy has mistakes", {}};
  auto state = std::make_unique<State>(std::move(database), std::move(policy), key, std::move(own));
  return std::shared_ptr<const Redactor>(new Redactor(std::move(state)));
}

std::string Redactor::random_key() {
  std::string key;
  for (int i = 0; i < 2; ++i) {
    const ShortKey half = random_short_key();
    key.append(reinterpret_cast<const char*>(half.data()), half.size());
  }
  return key;
}

Redactor::Redactor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Redactor::~Redactor() = default;
const Policy& Redactor::policy() const { return state_->policy; }
const Database& Redactor::database() const { return state_->scanner.database(); }

template <typename Scan>
Decision Redactor::judge(std::string_view text, std::size_t begin, bool by_line, const Occasion& occasion,
                         const Scan& scan) const {
  const State& s = *state_;
  Judge judge(s.policy, s.allowed, text, occasion);
  const auto add_all = [&](Scanner& scanner, bool own) {
    std::vector<Occurrence> found;
    {
      Scanner::Lease lease = scanner.lease();
      found = scan(scanner, lease);
    }
    for (Occurrence& o : found) {
      const Handling* handling = own ? &s.policy.patterns[o.rule].handling : nullptr;
      judge.add(std::move(o), own ? s.own_database : s.database, handling);
    }
  };
  add_all(s.scanner, false);
  if (s.patterns) add_all(*s.patterns, true);
  if (!s.policy.terms.empty())
    for (TermHit hit : s.terms.find(text.substr(begin), by_line)) {
      hit.offset += begin;
      judge.add(hit, s.policy.terms[hit.term], s.fingerprinter);
    }
  return judge.decide();
}

Decision Redactor::decide(std::string_view text, const Occasion& occasion) const {
  return judge(text, 0, false, occasion,
               [&](Scanner& scanner, Scanner::Lease& lease) { return scan_message(scanner, lease, text); });
}

Decision Redactor::decide_lines(std::string_view text, std::size_t begin, const Occasion& occasion) const {
  return judge(text, begin, true, occasion,
               [&](Scanner& scanner, Scanner::Lease& lease) { return scan_lines(scanner, lease, text, begin); });
}

Action Redactor::action_for(std::string_view rule, Severity severity, Confidence confidence,
                            const Occasion& occasion) const {
  Ruling ruling;
  ruling.rule = rule;
  ruling.severity = severity;
  ruling.confidence = confidence;
  return Judge(state_->policy, state_->allowed, {}, occasion).handling_of(ruling, nullptr).action;
}

void Redactor::apply(std::string_view text, const std::vector<Edit>& edits, std::string& out) {
  std::uint64_t at = 0;
  for (const Edit& edit : edits) {
    out.append(text, at, edit.offset - at);
    out += edit.replacement;
    at = edit.offset + edit.length;
  }
  out.append(text, at);
}

}  // namespace staunch
