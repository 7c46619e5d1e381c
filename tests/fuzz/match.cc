// Rules of the pool and one regex of the input's own over the rest of the input, in the input's own cuts: windows must
// find what the whole text gives, and both what RE2 finds by itself.
//
//   number of rules, one byte for each | length of the regex, regex | number of cuts, one byte for each | text
#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "engine/match.h"
#include "tests/differential/oracle.h"
#include "tests/differential/texts.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;
using namespace staunch::test;

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  std::string_view take(std::size_t size) {
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(out.size());
    return out;
  }
  std::size_t number() {
    const std::string_view byte = take(1);
    return byte.empty() ? 0 : static_cast<unsigned char>(byte[0]);
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

Catalogue choose_rules(Input& input) {
  Catalogue catalogue;
  const auto& pool = regex_pool();
  for (const char c : std::string(input.take(input.number() % 8)))
    catalogue.rules.emplace_back().regex = pool[static_cast<unsigned char>(c) % pool.size()];
  const std::string own(input.take(input.number()));
  if (!own.empty() && RE2(own, re2_options(own)).ok()) catalogue.rules.emplace_back().regex = own;
  for (std::size_t i = 0; i < catalogue.rules.size(); ++i) catalogue.rules[i].id = "r" + std::to_string(i);
  return catalogue;
}

std::vector<Found> in_windows(const Database& database, std::string_view text, std::string_view cuts) {
  Worker worker(database.parts());
  Matcher matcher(database.parts(), worker);
  std::vector<RawMatch> raw;
  std::string window;
  for (std::size_t at = 0, cut = 0;; ++cut) {
    const std::size_t size = cut < cuts.size() ? static_cast<unsigned char>(cuts[cut]) : text.size();
    const std::string_view fresh = text.substr(at, size);
    const std::size_t carried = window.size();
    window += fresh;
    at += fresh.size();
    const bool last = cut >= cuts.size();
    matcher.feed(window, carried, last, raw);
    if (last) break;
    window.erase(0, window.size() - matcher.carry());
  }
  std::vector<Found> out;
  for (const RawMatch& match : raw) out.push_back({match.rule, match.begin, match.end});
  std::sort(out.begin(), out.end());
  return out;
}

void demand_same(const char* what, const std::vector<Found>& actual, const std::vector<Found>& expected,
                 const Catalogue& catalogue) {
  if (actual == expected) return;
  std::fprintf(stderr, "%s:\n", what);
  for (const Found& found : expected)
    if (std::find(actual.begin(), actual.end(), found) == actual.end())
      std::fprintf(stderr, "  missing [%zu, %zu) %s\n", std::size_t{found.begin}, std::size_t{found.end},
                   catalogue.rules[found.rule].regex.c_str());
  for (const Found& found : actual)
    if (std::find(expected.begin(), expected.end(), found) == expected.end())
      std::fprintf(stderr, "  not there [%zu, %zu) %s\n", std::size_t{found.begin}, std::size_t{found.end},
                   catalogue.rules[found.rule].regex.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({reinterpret_cast<const char*>(data), size});
  const Catalogue catalogue = choose_rules(input);
  if (catalogue.rules.empty()) return 0;
  const std::string cuts(input.take(input.number() % 16));
  std::vector<Diagnostic> diagnostics;
  const auto database = Database::compile(catalogue, diagnostics);
  if (!database) return 0;
  const std::vector<Found> expected = oracle(catalogue, input.rest());
  demand_same("the whole text", in_windows(**database, input.rest(), {}), expected, catalogue);
  demand_same("windows", in_windows(**database, input.rest(), cuts), expected, catalogue);
  return 0;
}
