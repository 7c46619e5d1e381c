// staunch rules check: every mistake of some rule files at once, then what each rule costs.
//
// Mistakes are also: a sample that the rule does not find, a decoy that it does, a rule whose every sample another rule
// reports in its place, and one that alone slows a scan: it looks at or finds far more places than anything that has
// been seen to be a credential, or takes nearly all of the time.
// The cost is measured over kMeasuredBytes of made-up source text that is the same in every run: names, assignments,
// strings, comments and, now and then, a keyword of the rules themselves.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sample.h"
#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/rule_text.h"
#include "frontends/cli/stats.h"
#include "rules/reader.h"

namespace staunch {
namespace {

constexpr std::size_t kMeasuredBytes = 8 << 20;
constexpr std::size_t kItemBytes = 64 << 10;

// splitmix64 (public domain, Sebastiano Vigna).
struct Numbers {
  std::uint64_t state = 1;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
};

constexpr std::string_view kWords[] = {
    "return", "value",  "const",  "index", "if",     "buffer",  "length", "for",    "config", "user",   "string",
    "name",   "client", "import", "from",  "result", "request", "data",   "status", "type",   "public", "private",
    "int",    "list",   "map",    "self",  "error",  "token",   "key",    "path",   "file",   "else",   "function"};
constexpr std::string_view kJoints[] = {" ",    "_",   ".",  " = ", "(",    ");\n", ", ",
                                        "\n  ", " + ", ": ", "[0]", " // ", "\n"};
constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

void add_string(std::string& text, Numbers& numbers) {
  text += " = \"";
  for (std::size_t left = 4 + numbers.below(40); left-- > 0;) text += kAlphabet[numbers.below(kAlphabet.size())];
  text += "\";\n";
}

std::string source_text(const std::vector<std::string>& keywords, std::uint64_t seed) {
  Numbers numbers{seed};
  std::string text;
  text.reserve(kItemBytes + 64);
  while (text.size() < kItemBytes) {
    const std::size_t kind = numbers.below(1000);
    if (kind < 20) add_string(text, numbers);
    else if (kind < 22 && !keywords.empty()) text += keywords[numbers.below(keywords.size())];
    else text += kWords[numbers.below(std::size(kWords))];
    text += kJoints[numbers.below(std::size(kJoints))];
  }
  return text;
}

// What the scan of one text says of a rule's own secret.
struct Seen {
  bool by_itself = false;
  std::vector<std::uint32_t> by_others;  // rules that report the very secret
};

Seen look(Scanner& scanner, std::uint32_t rule, const std::string& text, std::string_view secret) {
  Seen seen;
  Scanner::Lease lease = scanner.lease();
  for (const Occurrence& o : scanner.scan(lease, text, {}).occurrences) {
    if (o.rule == rule) seen.by_itself = true;
    else if (o.secret.reveal() == secret) seen.by_others.push_back(o.rule);
  }
  return seen;
}

void check_samples(Scanner& scanner, std::uint32_t index, std::vector<Diagnostic>& out) {
  constexpr std::uint64_t kSeeds = 3;
  const Catalogue& catalogue = scanner.database().catalogue();
  const Rule& rule = catalogue.rules[index];
  const auto say = [&](std::string what) {
    out.push_back({Diagnostic::Level::error, rule.place, fmt::format("rule '{}': {}", rule.id, what), {}});
  };
  std::size_t scanned = 0, found = 0, first_missed = 0;
  std::vector<std::size_t> beaten(catalogue.rules.size());
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<std::string> samples = generate_samples(rule, seed);
    const std::string secret = generate_form(rule, seed).value_or("");
    for (std::size_t i = 0; i < samples.size(); ++i, ++scanned) {
      const Seen seen = look(scanner, index, samples[i], secret);
      found += seen.by_itself ? 1 : 0;
      if (!seen.by_itself && first_missed == 0) first_missed = i + 1;
      for (const std::uint32_t other : seen.by_others) ++beaten[other];
    }
  }
  const auto winner = std::find(beaten.begin(), beaten.end(), scanned);
  if (scanned > 0 && found == 0 && winner != beaten.end()) {
    const Rule& other = catalogue.rules[static_cast<std::size_t>(winner - beaten.begin())];
    say(fmt::format("always matches the same bytes as '{}', which is reported in its place", other.id));
  } else if (first_missed > 0) {
    say(fmt::format("its sample {} is not found", first_missed));
  }
  for (std::size_t i = 0; i < rule.decoys.size(); ++i)
    if (look(scanner, index, rule.decoys[i], {}).by_itself) say(fmt::format("its decoy {} is found", i + 1));
}

// Where a user cannot see it from outside, nothing is asked: a part of a composite rule, a rule that wants a path.
std::vector<Diagnostic> check_samples(const std::shared_ptr<const Database>& database) {
  std::vector<Diagnostic> out;
  Scanner scanner(database, {});
  const auto& rules = database->catalogue().rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i)
    if (!rules[i].regex.empty() && rules[i].path.empty() && !rules[i].skip_report && rules[i].required.empty())
      check_samples(scanner, i, out);
  return out;
}

// A regex that ends in a line feed takes it into the match: where the next match wants one before it, it is gone.
std::vector<Diagnostic> check_ends(const Catalogue& catalogue) {
  std::vector<Diagnostic> out;
  for (const Rule& rule : catalogue.rules) {
    const std::string_view regex = rule.regex;
    if (!regex.ends_with('n')) continue;
    const std::size_t last = regex.find_last_not_of('\\', regex.size() - 2);
    const std::size_t backslashes = regex.size() - 1 - (last == regex.npos ? 0 : last + 1);
    if (backslashes % 2 == 0) continue;  // \\n is a backslash and a letter
    out.push_back({Diagnostic::Level::warning, rule.place,
                   fmt::format("the regex of rule '{}' ends in a line feed, which becomes part of the match", rule.id),
                   "end it in (?:\\n|$), so that the last line of a text is found, or leave it out"});
  }
  return out;
}

// Rules that alone slow the scan.
std::vector<Diagnostic> check_costs(const EngineStats& stats, const Catalogue& catalogue) {
  constexpr double kMostPlaces = 20'000;  // a MB; the dearest rule of the catalogue has some hundreds
  constexpr double kLeastSpeed = 10, kNearlyAll = 0.9;
  const double megabytes = std::max(1.0, static_cast<double>(stats.bytes)) / 1e6;
  double all = 0;
  for (const RuleCost& cost : stats.rules) all += static_cast<double>(cost.nanoseconds) / 1e9;
  std::vector<Diagnostic> out;
  for (std::size_t i = 0; i < catalogue.rules.size(); ++i) {
    const RuleCost& cost = stats.rules[i];
    const double seconds = static_cast<double>(cost.nanoseconds) / 1e9;
    const double places = static_cast<double>(std::max(cost.passed, cost.matches)) / megabytes;
    const double speed = seconds > 0 ? megabytes / seconds : HUGE_VAL;
    if (places < kMostPlaces && (speed > kLeastSpeed || seconds < kNearlyAll * all)) continue;
    out.push_back({Diagnostic::Level::error, catalogue.rules[i].place,
                   fmt::format("rule '{}' alone slows a scan: {:.0f} places a MB, {:.0f} ms of {:.0f}, {:.1f} MB/s",
                               catalogue.rules[i].id, places, seconds * 1e3, all * 1e3, speed),
                   "give it a longer literal that every match holds"});
  }
  return out;
}

std::string measured(const std::shared_ptr<const Database>& database, std::vector<Diagnostic>& slow) {
  std::vector<std::string> keywords;
  for (const Rule& rule : database->catalogue().rules)
    keywords.insert(keywords.end(), rule.keywords.begin(), rule.keywords.end());
  Scanner scanner(database, {.fingerprint_key = {}, .measure = true});
  double seconds = 0;
  std::uint64_t found = 0;
  for (std::size_t done = 0, item = 0; done < kMeasuredBytes; done += kItemBytes, ++item) {
    const std::string text = source_text(keywords, item);
    const auto begin = std::chrono::steady_clock::now();
    Scanner::Lease lease = scanner.lease();
    found += scanner.scan(lease, text, {}).occurrences.size();
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const auto& catalogue = database->catalogue();
  slow = check_costs(scanner.stats(), catalogue);
  const double megabytes = static_cast<double>(kMeasuredBytes) / 1e6;
  return fmt::format("{}\nall {} rules: {:.0f} MB/s in one thread over {:.1f} MB of made-up source text, {} found\n",
                     cost_table(scanner.stats(), catalogue, catalogue.rules.size()), catalogue.rules.size(),
                     megabytes / seconds, megabytes, found);
}

// Who vouches for the formats.
std::string proofs(const Catalogue& catalogue) {
  std::string out = "proof:";
  for (const Proof proof : {Proof::vendor, Proof::two_tools, Proof::inferred, Proof::unstated}) {
    const auto count = std::count_if(catalogue.rules.begin(), catalogue.rules.end(),
                                     [&](const Rule& rule) { return rule.proof == proof; });
    if (count > 0) out += fmt::format(" {} {},", count, proof == Proof::unstated ? "unstated" : word_of(proof));
  }
  out.back() = '\n';
  return out;
}

}  // namespace

int run_rules_check(const Options& options) {
  const Messages messages(options);
  std::vector<Diagnostic> diagnostics;
  Catalogue all;
  for (const std::string& path : options.paths) {
    auto catalogue = read_rule_file(path, diagnostics);
    if (!catalogue) {
      diagnostics.push_back({Diagnostic::Level::error, {catalogue.error().where, 0, 0}, catalogue.error().what, {}});
      continue;
    }
    std::move(catalogue->providers.begin(), catalogue->providers.end(), std::back_inserter(all.providers));
    std::move(catalogue->rules.begin(), catalogue->rules.end(), std::back_inserter(all.rules));
    std::move(catalogue->allowlists.begin(), catalogue->allowlists.end(), std::back_inserter(all.allowlists));
  }
  for (Diagnostic& diagnostic : check_catalogue(all)) diagnostics.push_back(std::move(diagnostic));
  for (Diagnostic& diagnostic : check_ends(all)) diagnostics.push_back(std::move(diagnostic));
  const bool readable = !has_errors(diagnostics);
  auto database = Database::compile(std::move(all), diagnostics);  // for its diagnostics too
  messages.diagnostics(diagnostics);
  if (!database && readable && !has_errors(diagnostics)) messages.error(to_string(database.error()));
  if (!database || has_errors(diagnostics)) return kExitUsage;
  std::vector<Diagnostic> wrong = check_samples(*database), slow;
  const std::string answer = measured(*database, slow) + proofs((*database)->catalogue());
  wrong.insert(wrong.end(), slow.begin(), slow.end());
  messages.diagnostics(wrong);
  return print_answer(answer, wrong.empty() ? kExitClean : kExitUsage, messages);
}

}  // namespace staunch
