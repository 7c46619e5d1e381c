// Confirmed scanning against a bare scan, as ratios measured in one run, on one thread.
//
//   scan_bench TREE      ordinary text: the files of a real source tree
//
// Texts are scanned without decoding unless their name says otherwise.
//
// For each text the answer is proved first (proof.h); then rounds alternate between bare Hyperscan over the frozen list
// and a Scanner with the whole built-in catalogue. A round is one pass over all of the text, from the bytes to finished
// occurrences (guessable values have no fingerprint yet); clocks count seconds of the processor. Items up to
// kWholeItemBytes are scanned whole and larger ones through Content, as `staunch dir` does it; reading is a copy from
// memory here. Exits with 1 where a target is missed, with 2 where an answer is wrong.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <numeric>

#include "bench/bare_scan.h"
#include "bench/proof.h"
#include "bench/texts.h"
#include "engine/builtin.h"
#include "engine/fingerprint.h"
#include "engine/scan.h"

namespace {

using namespace staunch;
using namespace staunch::bench;

constexpr double kOrdinaryRatio = 0.7, kDenseRatio = 0.4, kDecodedRatio = 0.45;
constexpr double kWorstSpeed = 0.1, kEncodedSpeed = 0.15;  // GB/s
constexpr unsigned kDecodeDepth = 5;                       // the default
constexpr double kDenseShare = 0.05;
constexpr std::uint64_t kPlainBytes = 3u << 20;  // of a tree, proved against the plain scan
constexpr std::uint64_t kWorstPlainBytes = 1u << 18;
constexpr std::uint64_t kSegmentedBytes = 20u << 20;  // more than two segments
constexpr double kCaseSeconds = 20;                   // rounds end after this long

struct Options {
  std::string tree, only;
  std::size_t rounds = 9, costs = 0;
  std::uint64_t tree_bytes = 256, worst_bytes = 128;  // in MB when given
  bool prove = true, name = false, bare_only = false;
};

const char* kUsage =
    "Usage: scan_bench [OPTION...] TREE\n"
    "  --rounds N            rounds of each text (9)\n"
    "  --megabytes N         of the tree at most (256)\n"
    "  --worst-megabytes N   of each worst case (128)\n"
    "  --only WORD           only texts with the word in their name\n"
    "  --costs N             the N rules that took most time, below each text\n"
    "  --no-proof            clocks only\n"
    "  --bare                the bare scan of the tree alone, as a number of GB/s\n"
    "  --naming              names the guessable values of medium confidence too, as a report does after its filters\n";

// What a text has to reach.
struct Target {
  enum { ratio, speed, none } kind;
  double least;
};

struct Round {
  double bare = 0, scan = 0;  // GB/s
};

struct Bench {
  std::shared_ptr<const Database> database;
  BareScan bare;
  Options options;
  bool wrong = false, missed = false;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Seconds of the processor, not of the wall: one thread computes on memory, and a busy machine should not show.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_of(const std::function<void()>& work) {
  const double began = processor_seconds();
  work();
  return processor_seconds() - began;
}

ItemReport scan_file(Scanner& scanner, const File& file) {
  if (file.text.size() > kWholeItemBytes) return scanner.scan(MemoryContent(file.text), file.text.size(), file.path);
  Scanner::Lease lease = scanner.lease();
  return scanner.scan(lease, file.text, file.path);
}

void scan_all(Scanner& scanner, const Text& text, bool name) {
  Fingerprinter names("");
  for (const File& file : text.files) {
    const ItemReport found = scan_file(scanner, file);
    if (!name) continue;
    for (const Occurrence& o : found.occurrences)
      if (o.fingerprint.empty() && o.confidence >= Confidence::medium) names.of_guessable(o.secret.reveal());
  }
}

// Files that together are a part of the text, spread over it, and one long text for the segments.
std::optional<std::string> prove(Scanner& scanner, const Text& text, std::uint64_t plain_bytes, std::string& proof) {
  PlainComparison comparison(scanner);
  std::string joined;
  for (const File& file : text.files) {
    if (joined.size() >= kSegmentedBytes) break;
    joined += file.text.substr(0, kSegmentedBytes - joined.size());
  }
  const std::size_t stride = std::max<std::size_t>(1, text.bytes / plain_bytes);
  std::uint64_t plain = 0;
  for (std::size_t i = 0; i < text.files.size() && plain < plain_bytes; i += stride) {
    const std::string_view part = std::string_view(text.files[i].text).substr(0, plain_bytes - plain);
    plain += part.size();
    if (auto difference = comparison.differs_from_plain(part, text.files[i].path)) return difference;
  }
  const std::uint64_t by_plain = comparison.compared();
  if (auto difference = comparison.differs_in_segments(joined, "joined")) return difference;
  proof = fmt::format("proved: {:.1f} MB against plain RE2 ({} occurrences), {:.1f} MB in segments ({})",
                      static_cast<double>(plain) / 1e6, by_plain, static_cast<double>(joined.size()) / 1e6,
                      comparison.compared() - by_plain);
  return std::nullopt;
}

struct Measured {
  std::vector<Round> rounds;
  EngineStats costs;  // of a round of their own: keeping time takes time
};

ScanOptions scan_options(unsigned decode_depth, bool measure) {
  return {.fingerprint_key = {}, .measure = measure, .max_decode_depth = decode_depth, .max_archive_depth = 0};
}

Measured measure(const Bench& bench, const Text& text, unsigned decode_depth) {
  Measured measured;
  const auto bare_pass = [&] {
    for (const File& file : text.files) bench.bare.scan(file.text);
  };
  const auto scan_pass = [&] {
    Scanner scanner(bench.database, scan_options(decode_depth, false));
    scan_all(scanner, text, bench.options.name);
  };
  const double gigabytes = static_cast<double>(text.bytes) / 1e9;
  std::vector<Round>& out = measured.rounds;
  bare_pass();  // warms the caches; what the first scan builds for itself is warmed by the proof or the first round
  const double began = processor_seconds();
  while (out.empty() || (out.size() < bench.options.rounds && processor_seconds() - began < kCaseSeconds)) {
    Round round;
    if (out.size() % 2 == 0) round.bare = gigabytes / seconds_of(bare_pass);
    round.scan = gigabytes / seconds_of(scan_pass);
    if (out.size() % 2 == 1) round.bare = gigabytes / seconds_of(bare_pass);
    out.push_back(round);
  }
  Scanner scanner(bench.database, scan_options(decode_depth, true));
  scan_all(scanner, text, false);
  measured.costs = scanner.stats();
  return measured;
}

void print_costs(const Database& database, const EngineStats& stats, std::size_t count) {
  const auto& rules = database.catalogue().rules;
  const double megabytes = static_cast<double>(stats.bytes) / 1e6;
  fmt::print("    needles {:.0f} us/MB, the rest {:.0f} us/MB; per MB:  hits passed regions matches confirmed  us\n",
             static_cast<double>(stats.match_ns) / 1e3 / megabytes,
             static_cast<double>(stats.confirm_ns) / 1e3 / megabytes);
  std::vector<std::size_t> order(rules.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(stats.rules[a].nanoseconds, stats.rules[a].hits) >
           std::pair(stats.rules[b].nanoseconds, stats.rules[b].hits);
  });
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
    const RuleCost& cost = stats.rules[order[i]];
    const auto per = [&](std::uint64_t value) { return static_cast<double>(value) / megabytes; };
    fmt::print("    {:40} {:9.1f} {:8.1f} {:8.1f} {:8.2f} {:8.2f} {:7.1f}\n", rules[order[i]].id, per(cost.hits),
               per(cost.passed), per(cost.regions), per(cost.matches), per(cost.confirmed),
               per(cost.nanoseconds) / 1e3);
  }
}

void report(Bench& bench, const std::string& name, const Text& text, const std::vector<Round>& rounds, Target target) {
  std::vector<double> bare, scan, ratio;
  for (const Round& round : rounds) {
    bare.push_back(round.bare);
    scan.push_back(round.scan);
    ratio.push_back(round.scan / round.bare);
  }
  const double reached = target.kind == Target::ratio ? median(ratio) : median(scan);
  const bool held = target.kind == Target::none || reached >= target.least;
  bench.missed |= !held;
  const std::string wanted = target.kind == Target::none    ? "no target"
                             : target.kind == Target::ratio ? fmt::format("ratio >= {:.2f}", target.least)
                                                            : fmt::format("{:.0f} MB/s", target.least * 1e3);
  fmt::print("{:30} {:6.0f} MB  bare {:6.3f} GB/s  scan {:6.3f} GB/s  ratio {:5.3f} ({:.3f}-{:.3f}, n={})  {}: {}\n",
             name, static_cast<double>(text.bytes) / 1e6, median(bare), median(scan), median(ratio),
             *std::min_element(ratio.begin(), ratio.end()), *std::max_element(ratio.begin(), ratio.end()),
             rounds.size(), wanted,
             target.kind == Target::none ? "-"
             : held                      ? "holds"
                                         : "MISSED");
}

void run(Bench& bench, const std::string& name, const Text& text, std::uint64_t plain_bytes, Target target,
         unsigned decode_depth = 0) {
  if (text.bytes == 0) return;
  Scanner prover(bench.database, scan_options(decode_depth, false));
  std::string proof;
  if (const auto difference = bench.options.prove ? prove(prover, text, plain_bytes, proof) : std::nullopt) {
    fmt::print("{:30} WRONG ANSWER: {}\n", name, *difference);
    bench.wrong = true;
    return;
  }
  const Measured measured = measure(bench, text, decode_depth);
  report(bench, name, text, measured.rounds, target);
  if (!proof.empty()) fmt::print("    {}\n", proof);
  if (bench.options.costs > 0) print_costs(*bench.database, measured.costs, bench.options.costs);
  std::fflush(stdout);
}

bool chosen(const Bench& bench, const std::string& name) { return name.find(bench.options.only) != std::string::npos; }

void run_tree(Bench& bench, const Text& tree) {
  const Target dense{Target::ratio, kDenseRatio};
  const auto text = [&](const std::string& name, const auto& make, Target target, unsigned decode_depth = 0) {
    if (!chosen(bench, name)) return;
    const Text made = make();
    fmt::print("{}: {} files, {:.0f} words such as key or token a MB\n", name, made.files.size(),
               dense_words_per_megabyte(made));
    run(bench, name, made, kPlainBytes, target, decode_depth);
  };
  text("ordinary", [&] { return tree; }, {Target::ratio, kOrdinaryRatio});
  text(
      "dense, files", [&] { return densest_of(tree, kDenseShare); }, dense);
  text(
      "ordinary, decoding", [&] { return tree; }, {Target::ratio, kDecodedRatio}, kDecodeDepth);
  text(
      "base64 of text, decoding", [&] { return in_base64(tree, 64'000'000); }, {Target::speed, kEncodedSpeed},
      kDecodeDepth);
  text(
      "base64 of random bytes, decoding", [] { return random_base64(64'000'000); }, {Target::speed, kEncodedSpeed},
      kDecodeDepth);
  text(
      "dense, generated", [&] { return generated_dense(32'000'000); }, dense);
}

void run_worst(Bench& bench) {
  for (const WorstCase& worst : worst_cases()) {
    if (!chosen(bench, "worst: " + worst.name)) continue;
    Text text;
    text.add("worst", worst.make(*bench.database, bench.options.worst_bytes));
    run(bench, "worst: " + worst.name, text, kWorstPlainBytes, {Target::speed, kWorstSpeed});
  }
}

Result<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const auto number = [&](auto& into) {
      if (i + 1 < count) into = std::strtoull(arguments[++i], nullptr, 10);
    };
    if (word == "--rounds") number(options.rounds);
    else if (word == "--megabytes") number(options.tree_bytes);
    else if (word == "--worst-megabytes") number(options.worst_bytes);
    else if (word == "--costs") number(options.costs);
    else if (word == "--only" && i + 1 < count) options.only = arguments[++i];
    else if (word == "--no-proof") options.prove = false;
    else if (word == "--naming") options.name = true;
    else if (word == "--bare") options.bare_only = true;
    else if (word.starts_with("-") || !options.tree.empty()) return Error{"does not belong here", word};
    else options.tree = word;
  }
  if (options.tree.empty() || options.rounds == 0) return Error{"a folder with source text is needed", ""};
  options.tree_bytes *= 1'000'000;
  options.worst_bytes *= 1'000'000;
  return options;
}

// For end_to_end.py, which compares whole processes with it.
int print_bare(const Bench& bench, const Text& text) {
  std::vector<double> speeds;
  for (std::size_t round = 0; round < bench.options.rounds; ++round) {
    const double seconds = seconds_of([&] {
      for (const File& file : text.files) bench.bare.scan(file.text);
    });
    speeds.push_back(static_cast<double>(text.bytes) / 1e9 / seconds);
  }
  fmt::print("{:.3f}\n", median(speeds));
  return 0;
}

int fail(const Error& error) {
  fmt::print(stderr, "scan_bench: {}\n", to_string(error));
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
#if !defined(NDEBUG) || defined(STAUNCH_SANITIZED)
  fmt::print(stderr,
             "scan_bench: this build has assertions or sanitizers in it, and its figures would mean nothing; "
             "build the release preset\n");
  return 2;
#endif
  const auto options = parse(count, arguments);
  if (!options) {
    fmt::print(stderr, "{}", kUsage);
    return fail(options.error());
  }
  auto bare = BareScan::load(STAUNCH_FROZEN_NEEDLES);
  if (!bare) return fail(bare.error());
  const auto database = builtin_database();
  if (!database) return fail(database.error());
  const auto tree = read_tree(options->tree, options->tree_bytes);
  if (!tree) return fail(tree.error());
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  Bench bench{*database, std::move(*bare), *options};
  if (options->bare_only) return print_bare(bench, *tree);
  fmt::print("{} frozen literals; {} rules; one thread; medians of {} rounds\n", bench.bare.size(),
             (*database)->catalogue().rules.size(), options->rounds);
  run_tree(bench, *tree);
  run_worst(bench);
  return bench.wrong ? 2 : bench.missed ? 1 : 0;
}
