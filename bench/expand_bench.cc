// What it costs to look for encoded runs, and how much of ordinary text is copied because of them.
//
//   expand_bench FOLDER...
//
// For each folder, and for some texts that are dense in one encoding: GB/s of the pass that marks (find_runs), GB/s of
// the Expander with its copy, the copy as a share of the source, and what begins in it, in pieces a megabyte. Every
// instruction set that the machine has is measured; clocks count seconds of the processor, the best of some rounds.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>

#include "bench/texts.h"
#include "engine/codings.h"
#include "engine/expand/expander.h"

namespace {

using namespace staunch;
using namespace staunch::bench;

constexpr int kRounds = 7;
constexpr std::uint64_t kTreeBytes = 64u << 20, kDenseBytes = 16u << 20;
constexpr std::size_t kWindow = 256u << 10;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double speed(std::uint64_t bytes, const std::function<void()>& pass) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = processor_seconds();
    pass();
    best = std::min(best, processor_seconds() - begin);
  }
  return static_cast<double>(bytes) / best / 1e9;
}

// In windows, as a scan feeds it; the copy is looked at and forgotten after each.
template <typename See>
void expand(std::string_view text, Simd simd, Expansion& copy, const See& see) {
  Expander expander(simd);
  copy.base = 0;
  copy.text.clear();
  copy.pieces.clear();
  for (std::uint64_t end = 0; end < text.size();) {
    const std::uint64_t begin = expander.keep_from();
    end = std::min<std::uint64_t>(text.size(), end + kWindow);
    expander.feed(text.substr(begin, end - begin), begin, end == text.size(), copy);
    see(copy);
    copy.text.clear();
    copy.pieces.clear();
  }
}

void measure(const std::string& name, const Text& text) {
  const auto megabytes = static_cast<double>(text.bytes) / 1e6;
  fmt::print("{}: {:.1f} MB in {} files\n", name, megabytes, text.files.size());
  std::uint64_t copied = 0, pieces[9] = {}, bytes[9] = {};
  Expansion copy;
  for (const File& file : text.files)
    expand(file.text, best_simd(), copy, [&](const Expansion& part) {
      copied += part.text.size();
      for (std::size_t i = 0; i < part.pieces.size(); ++i) {
        const auto codec = static_cast<std::size_t>(part.pieces[i].codec);
        ++pieces[codec];
        bytes[codec] +=
            (i + 1 < part.pieces.size() ? part.pieces[i + 1].at : part.base + part.text.size()) - part.pieces[i].at;
      }
    });
  fmt::print("  copy/source {:.4f}", static_cast<double>(copied) / static_cast<double>(text.bytes));
  for (std::size_t codec = 0; codec < 9; ++codec)
    if (pieces[codec] > 0)
      fmt::print("; {} {:.0f} pieces, {:.0f} bytes", codec_name(static_cast<Codec>(codec)),
                 static_cast<double>(pieces[codec]) / megabytes, static_cast<double>(bytes[codec]) / megabytes);
  fmt::print(" (in a megabyte)\n");
  for (const auto& [simd, word] : {std::pair{Simd::portable, "portable"}, {Simd::avx2, "avx2"}, {Simd::vbmi, "vbmi"}}) {
    if (!has_simd(simd)) continue;
    std::uint64_t sum = 0;
    const double find = speed(text.bytes, [&, simd = simd] {
      Marks marks;
      for (const File& file : text.files)
        for (std::size_t at = 0; at < file.text.size(); at += Marks::kBytes) {
          find_runs(file.text, at, simd, marks);
          sum += marks.triggers[0];
        }
    });
    const double all = speed(text.bytes, [&, simd = simd] {
      for (const File& file : text.files)
        expand(file.text, simd, copy, [&](const Expansion& part) { sum += part.text.size(); });
    });
    fmt::print("  {:8}  find_runs {:6.2f} GB/s   Expander {:6.2f} GB/s{}\n", word, find, all, sum == 1 ? "." : "");
  }
}

// A text of one file made of what `next` gives, again and again.
Text dense(const std::function<std::string(std::minstd_rand&)>& next) {
  std::minstd_rand random(1);
  std::string all;
  while (all.size() < kDenseBytes) all += next(random);
  Text text;
  text.add("dense", std::move(all));
  return text;
}

std::string words(std::minstd_rand& random, std::size_t count) {
  static const char* const kWords[] = {
      "return", "value",     "the", "config", "{\"name\": ", "https://example.com/path",
      "id",     "function",  "=",   "token",  "of",          "\n",
      "42",     "user_name", "(x)", ";"};
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += std::string(kWords[random() % std::size(kWords)]) + " ";
  return out;
}

std::string escaped(const std::string& text, std::string_view set, const char* format) {
  std::string out;
  for (const char c : text)
    if (set.find(c) == std::string_view::npos) out += c;
    else out += fmt::format(fmt::runtime(format), static_cast<unsigned>(static_cast<unsigned char>(c)), c);
  return out;
}

void measure_dense() {
  measure("base64 of text, one line",
          dense([](auto& random) { return encode_base64(words(random, 30), Base64::url); }));
  measure("base64 of text, wrapped", dense([](auto& random) {
            std::string all = encode_base64(words(random, 300), Base64::url), out;
            for (std::size_t i = 0; i < all.size(); i += 76) out += all.substr(i, 76) + "\n";
            return out + "\n";
          }));
  measure("base64 of noise", dense([](auto& random) {
            std::string noise(48, ' ');
            for (char& c : noise) c = static_cast<char>(random() >> 7);
            return encode_base64(noise, Base64::standard) + "\n";
          }));
  measure("JSON in JSON", dense([](auto& random) {
            return "{\\\"name\\\":\\\"" + std::to_string(random()) +
                   "\\\",\\\"url\\\":\\\"https:\\/\\/example.com\\/a\\\"}\\n";
          }));
  measure("URLs",
          dense([](auto& random) { return "GET /?u=" + escaped(words(random, 9), " /=:{}\"", "%{:02X}") + "\n"; }));
  measure("entities", dense([](auto& random) { return "<p>" + escaped(words(random, 9), "\"'/={", "&#{};") + "\n"; }));
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const auto tree = read_tree(argv[i], kTreeBytes);
    if (!tree.ok()) {
      fmt::print(stderr, "cannot read {}\n", argv[i]);
      return 2;
    }
    measure(argv[i], *tree);
  }
  measure_dense();
  return 0;
}
