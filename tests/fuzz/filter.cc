// Any bytes through the filter, cut anyhow: the same comes out as when each line is judged alone; all that is not
// replaced is as it was; what is JSON stays JSON; terms are found where a plain search of the folded text finds them.
#include <simdjson.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "frontends/stream/filter.h"
#include "frontends/stream/json_line.h"
#include "frontends/stream/key_lines.h"
#include "frontends/stream/redactor.h"
#include "frontends/stream/terms.h"
#include "tests/fuzz/target.h"
#include "tests/support/line_oracle.h"

namespace {

using namespace staunch;

std::shared_ptr<const Redactor> make_redactor() {
  Catalogue catalogue;
  for (const char* regex : {"mark_([0-9a-f]{4})", "key:\\s*=([a-z]{3,9})", "a[^b]{2,20}b"}) {
    Rule rule;
    rule.id = "r" + std::to_string(catalogue.rules.size());
    rule.regex = regex;
    rule.confidence = Confidence::high;
    catalogue.rules.push_back(rule);
  }
  std::vector<Diagnostic> diagnostics;
  auto database = Database::compile(std::move(catalogue), diagnostics);
  demand(database.ok());
  Policy policy;
  Term term;
  term.id = "term";
  term.text = "falcon heavy";
  term.max_distance = 1;
  policy.terms.push_back(term);
  auto made = Redactor::make(*database, policy, "key", diagnostics);
  demand(made.ok());
  return *made;
}

const Redactor& redactor() {
  static const std::shared_ptr<const Redactor> made = make_redactor();
  return *made;
}

// Both fit into a pipe, so no second thread is needed.
std::string filtered(std::string_view text, FilterMode mode, std::size_t cut) {
  int in[2], out[2];
  demand(pipe(in) == 0 && pipe(out) == 0);
  std::thread writer([&] {
    for (std::size_t at = 0; at < text.size(); at += cut) {
      const std::string_view piece = text.substr(at, cut);
      demand(write(in[1], piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()));
    }
    close(in[1]);
  });
  std::string result;
  std::thread reader([&] {
    char bytes[4096];
    for (ssize_t got; (got = read(out[0], bytes, sizeof bytes)) > 0;)
      result.append(bytes, static_cast<std::size_t>(got));
  });
  Judge judge;
  judge.decide = [](std::string_view lines, std::size_t begin) {
    return redactor().decide_lines(lines, begin, Occasion());
  };
  FilterOptions options;
  options.mode = mode;
  options.in = in[0];
  options.out = out[1];
  options.threads = 1;
  const FilterTotals totals = run_filter(options, judge, [](const Ruling&) {});
  demand(totals.not_judged == 0);
  close(out[1]);
  writer.join();
  reader.join();
  close(in[0]);
  close(out[0]);
  return result;
}

// Whether it is JSON to somebody else, no deeper than the filter follows.
bool is_json(std::string_view line) {
  simdjson::dom::parser parser;
  demand(parser.allocate(line.size() + 1, kMaxLineJsonDepth / 2) == simdjson::SUCCESS);
  return parser.parse(line.data(), line.size()).error() == simdjson::SUCCESS;
}

// An exact term stands wherever the folded text has it.
void check_terms(std::string_view text) {
  const TermFinder finder({{"falcon heavy", 1}});
  const std::string letters = folded(text);
  const auto hits = finder.find(text, false);
  demand((letters.find("falconheavy") == std::string::npos) || !hits.empty());
  for (const TermHit& hit : hits) {
    const std::string found = folded(text.substr(hit.offset, hit.length));
    demand(found.size() >= 10 && found.size() <= 12);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t cut = 1 + data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_terms(text);
  // The lines of private keys are the filter's own affair.
  if (KeyLines::may_begin(text)) {
    demand(filtered(text, FilterMode::plain, cut) == filtered(text, FilterMode::plain, 100000));
    return 0;
  }
  demand(filtered(text, FilterMode::plain, cut) == test::filtered_one_by_one(text, redactor()));

  const std::string json = filtered(text, FilterMode::ndjson, cut);
  const auto before = test::lines_of(text), after = test::lines_of(json);
  demand(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    if (is_json(before[i])) demand(is_json(after[i]));
  return 0;
}
