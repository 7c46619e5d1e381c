// Any bytes as an item, with decoding on: a stream finds what the whole text gives however it is cut, and tells no less
// where it pauses; so do segments. Some inputs are stretched by what crosses the borders of segments and of windows.
//
// Random bytes hardly ever decode to a match, so the mutator also plants encoded ones.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/locate.h"
#include "engine/scan.h"
#include "engine/stream.h"
#include "tests/differential/encoded.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;
using namespace staunch::test;

Rule rule(std::string id, std::string regex) {
  Rule out;
  out.id = std::move(id);
  out.regex = std::move(regex);
  return out;
}

std::shared_ptr<const Database> database(bool narrow) {
  Catalogue catalogue;
  for (const std::string& regex : regex_pool())
    catalogue.rules.push_back(rule("r" + std::to_string(catalogue.rules.size()), regex));
  catalogue.rules.push_back(rule("token", R"(\b(tok_[A-Za-z0-9]{16})\b)"));
  catalogue.rules.push_back(
      rule("value", R"((?i)(?:secret|password|token)["']?[ \t]*[=:][ \t]*["']?([\w+/=.-]{8,80}))"));
  catalogue.rules.back().generic = true;
  if (narrow) catalogue = narrow_rules(std::move(catalogue));
  demand(catalogue.rules.size() > 10);
  std::vector<Diagnostic> diagnostics;
  auto compiled = Database::compile(std::move(catalogue), diagnostics);
  demand(compiled.ok());
  return *compiled;
}

Scanner& scanner(bool narrow) {
  static const ScanOptions options{.fingerprint_key = {}, .segment_bytes = 4 * kLineBlock, .max_archive_depth = 0};
  static Scanner all(database(false), options), few(database(true), options);
  return narrow ? few : all;
}

using Seen = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                        std::uint64_t, std::string, std::string, std::vector<std::string>>;

std::vector<Seen> seen(const std::vector<Occurrence>& occurrences, std::string_view text) {
  std::vector<Seen> out;
  for (const Occurrence& o : occurrences) {
    demand(o.match_offset <= o.offset && o.offset + o.length <= o.match_offset + o.match_length);
    demand(o.match_offset + o.match_length <= text.size());
    if (o.decoded.empty()) demand(text.substr(o.match_offset, o.match_length) == o.match.reveal());
    out.emplace_back(o.rule, o.offset, o.length, o.match_offset, o.match_length, o.begin.line, o.begin.column,
                     std::string(o.secret.reveal()), std::string(o.lines.reveal()), o.decoded);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// A pause may have told the same secret when less stood around it.
using Bare = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, std::string>;
std::set<Bare> secrets(const std::vector<Seen>& all) {
  std::set<Bare> out;
  for (const Seen& each : all) out.emplace(std::get<0>(each), std::get<1>(each), std::get<2>(each), std::get<7>(each));
  return out;
}

std::vector<Seen> streamed(Scanner& scanner, std::string_view text, unsigned seed, bool pauses) {
  std::minstd_rand random(seed);
  std::vector<Occurrence> found;
  ItemStream stream(scanner, "item", [&](Occurrence o) { found.push_back(std::move(o)); });
  const std::size_t most = seed % 3 == 0 ? 20'000 : seed % 3 == 1 ? 600 : 40;
  for (std::size_t at = 0; at < text.size();) {
    const std::span<char> space = stream.space();
    const std::size_t size = std::min({space.size(), text.size() - at, 1 + random() % (text.size() / 100 + most)});
    std::memcpy(space.data(), text.data() + at, size);
    stream.took(size);
    at += size;
    if (pauses && random() % 3 == 0) stream.pause();
    else if (random() % 2 == 0) stream.scan();
  }
  std::vector<Note> partial;
  stream.finish(partial);
  return seen(found, text);
}

// Puts so much of one kind between the halves that they stand in different segments.
std::string stretched(std::string_view text, unsigned how) {
  static const std::vector<std::string> fillers = {" ",      "x y\n",  "QUJD", "4a4B", "%41", std::string("A\0", 2),
                                                   "a=b;\t", "\\u0041"};
  const std::string& filler = fillers[how % fillers.size()];
  const std::size_t middle = text.size() / 2, size = kLineBlock / 2 + how * 500;
  std::string out(text.substr(0, middle));
  while (out.size() < size) out += filler;
  out += text.substr(middle);
  if (how % 3 == 0) {
    while (out.size() < size + 4 * kLineBlock) out += filler;
    out += text;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view given(reinterpret_cast<const char*>(data) + 2, size - 2);
  Scanner& scan = scanner(data[0] % 16 < 8);
  const std::string text = data[0] % 8 == 0 ? stretched(given, data[1]) : std::string(given);
  std::vector<Seen> whole;
  {
    Scanner::Lease lease = scan.lease();
    whole = seen(scan.scan(lease, text, "item").occurrences, text);
  }
  demand(streamed(scan, text, data[1], false) == whole);
  const auto expected = secrets(whole), paused = secrets(streamed(scan, text, data[1] + 1u, true));
  demand(std::includes(paused.begin(), paused.end(), expected.begin(), expected.end()));
  if (text.size() > 4 * kLineBlock)
    demand(seen(scan.scan(MemoryContent(text), text.size(), "item").occurrences, text) == whole);
  return 0;
}

// One time in four something encoded is put somewhere, else libFuzzer mutates as it does.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  Random random(seed);
  if (random() % 4 != 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string piece = encoded(random, secretive(random));
  if (random() % 2 == 0) piece = "\n" + piece + "\n";
  if (piece.size() > max_size - size) return LLVMFuzzerMutate(data, size, max_size);
  const std::size_t at = random() % (size + 1);
  std::copy_backward(data + at, data + size, data + size + piece.size());
  std::copy(piece.begin(), piece.end(), data + at);
  return size + piece.size();
}
