// staunch rules check: every mistake of some rule files at once, then what each rule costs.
//
// The cost is measured over kMeasuredBytes of made-up source text that is the same in every run: names, assignments,
// strings, comments and, now and then, a keyword of the rules themselves.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
constexpr std::string_view kJoints[] = {" ",     "_",   ".",  " = ", "(",    ");\n", ", ",
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

std::string measured(const std::shared_ptr<const Database>& database) {
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
  const bool readable = !has_errors(diagnostics);
  auto database = Database::compile(std::move(all), diagnostics);  // for its diagnostics too
  messages.diagnostics(diagnostics);
  if (!database && readable && !has_errors(diagnostics)) messages.error(to_string(database.error()));
  if (!database || has_errors(diagnostics)) return kExitUsage;
  return print_answer(measured(*database) + proofs((*database)->catalogue()), kExitClean, messages);
}

}  // namespace staunch
