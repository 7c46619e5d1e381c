// Any bytes as an item, scanned with the built-in catalogue: no crash, every place inside the item and holding what it
// says, and the same matches whether the bytes come at once or in windows.
//
// Random bytes hardly ever become a credential, so the mutator also plants generated ones; the other mutations then
// break, join and move them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/builtin.h"
#include "engine/match.h"
#include "engine/sample.h"
#include "engine/scan.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

const Database& database() {
  static const auto builtin = builtin_database();
  demand(builtin.ok());
  return **builtin;
}

Scanner& scanner() {
  static Scanner scanner(*builtin_database(), {});
  return scanner;
}

void check_places(std::string_view text) {
  Scanner::Lease lease = scanner().lease();
  const ItemReport report = scanner().scan(lease, text, "fuzz.txt");
  demand(report.bytes == text.size() && report.incomplete.empty());
  for (const Occurrence& found : report.occurrences) {
    if (found.path != "fuzz.txt") continue;  // in a member of an archive: its places count from there
    demand(found.match_offset <= found.offset && found.offset <= text.size());
    demand(found.length <= text.size() - found.offset);
    demand(found.match_length <= text.size() - found.match_offset);
    if (found.decoded.empty()) demand(text.substr(found.match_offset, found.match_length) == found.match.reveal());
    if (found.begin.line == 0) continue;
    const std::string_view before = text.substr(0, found.offset);
    demand(found.begin.line == 1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')));
    demand(found.begin.column == before.size() - (before.rfind('\n') + 1) + 1);
  }
}

using Found = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>;

std::vector<Found> matches(std::string_view text, std::size_t window) {
  Worker worker(database().parts());
  Matcher matcher(database().parts(), worker);
  std::vector<RawMatch> raw;
  std::string carried;
  for (std::size_t at = 0;; at += window) {
    const std::size_t kept = carried.size();
    carried += text.substr(std::min(at, text.size()), window);
    const bool last = window >= text.size() - std::min(at, text.size());
    matcher.feed(carried, kept, last, raw);
    if (last) break;
    carried.erase(0, carried.size() - matcher.carry());
  }
  std::vector<Found> out;
  for (const RawMatch& match : raw) out.emplace_back(match.rule, match.begin, match.end);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t window = 1 + data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_places(text);
  demand(matches(text, text.size() + 1) == matches(text, window));
  return 0;
}

// One time in four a sample of some rule is put somewhere, else libFuzzer mutates as it does.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  const auto& rules = database().catalogue().rules;
  if (rules.empty() || random() % 4 != 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::vector<std::string> samples = generate_samples(rules[random() % rules.size()], random());
  if (samples.empty()) return LLVMFuzzerMutate(data, size, max_size);
  const std::string& sample = samples[random() % samples.size()];
  if (sample.size() > max_size - size) return LLVMFuzzerMutate(data, size, max_size);
  const std::size_t at = random() % (size + 1);
  std::copy_backward(data + at, data + size, data + size + sample.size());
  std::copy(sample.begin(), sample.end(), data + at);
  return size + sample.size();
}
