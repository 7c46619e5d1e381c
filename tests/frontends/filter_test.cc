// The filter against an oracle that knows nothing of blocks: the lines of the whole input are judged one by one with
// Scanner::scan, and the replacements are spliced in. However the input is cut into writes and whatever the threads,
// the same bytes come out.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/database.h"
#include "frontends/stream/blocks.h"
#include "frontends/stream/filter.h"
#include "frontends/stream/policy_reader.h"
#include "frontends/stream/redactor.h"
#include "tests/support/encoders.h"
#include "tests/support/line_oracle.h"
#include "tests/support/lines_of.h"

namespace staunch {
namespace {

using test::filtered_one_by_one;
using test::lines_of;

using Random = std::mt19937;

// Two formats that cannot be mistaken, one pair over lines, and a key that needs its keyword in the same place.
std::shared_ptr<const Database> rules() {
  static const std::shared_ptr<const Database> database = [] {
    Catalogue catalogue;
    const auto add = [&](const char* id, const char* regex, const char* keyword) {
      Rule rule;
      rule.id = id;
      rule.regex = regex;
      rule.keywords = {keyword};
      rule.confidence = Confidence::high;
      catalogue.rules.push_back(rule);
    };
    add("mark", R"(mark_([0-9a-f]{8}))", "mark_");
    add("pair", R"(left:\s*right=([0-9a-z]{12}))", "left");
    add("wide", R"(wide\[([^\]]{10,900})\])", "wide");
    std::vector<Diagnostic> diagnostics;
    auto compiled = Database::compile(std::move(catalogue), diagnostics);
    for (const Diagnostic& each : diagnostics) throw std::runtime_error(to_string(each));
    if (!compiled) throw std::runtime_error(to_string(compiled.error()));
    return *compiled;
  }();
  return database;
}

std::shared_ptr<const Redactor> redactor_of(Policy policy) {
  std::vector<Diagnostic> diagnostics;
  auto made = Redactor::make(rules(), std::move(policy), "key", diagnostics);
  for (const Diagnostic& each : diagnostics) INFO(to_string(each));
  REQUIRE(made.ok());
  return *made;
}

Judge judge_of(const std::shared_ptr<const Redactor>& redactor) {
  Judge judge;
  judge.decide = [redactor](std::string_view text, std::size_t begin) {
    return redactor->decide_lines(text, begin, Occasion());
  };
  return judge;
}

struct Run {
  std::string out;
  FilterTotals totals;
  std::vector<Ruling> rulings;
};

// Writes `input` in pieces of the sizes that `cut` gives, 0 for a pause.
template <typename Cut>
Run filtered(const std::string& input, const Judge& judge, unsigned threads, Cut cut) {
  int in[2], out[2];
  REQUIRE(pipe(in) == 0);
  REQUIRE(pipe(out) == 0);
  Run run;
  std::thread writer([&] {
    for (std::size_t at = 0; at < input.size();) {
      const std::size_t size = std::min<std::size_t>(cut(), input.size() - at);
      if (size == 0) std::this_thread::yield();
      const ssize_t wrote = write(in[1], input.data() + at, size);
      if (wrote < 0) break;
      at += static_cast<std::size_t>(wrote);
    }
    close(in[1]);
  });
  std::thread reader([&] {
    std::vector<char> bytes(1 << 16);
    for (ssize_t got; (got = read(out[0], bytes.data(), bytes.size())) > 0;)
      run.out.append(bytes.data(), static_cast<std::size_t>(got));
  });
  FilterOptions options;
  options.in = in[0];
  options.out = out[1];
  options.threads = threads;
  run.totals = run_filter(options, judge, [&](const Ruling& ruling) { run.rulings.push_back(ruling); });
  close(out[1]);
  writer.join();
  reader.join();
  close(in[0]);
  close(out[0]);
  return run;
}

Run filtered_whole(const std::string& input, const Judge& judge, unsigned threads = 2) {
  return filtered(input, judge, threads, [] { return std::size_t{1} << 20; });
}

std::string hex8(Random& random) { return test::hex_of(static_cast<unsigned>(random()), 8, false); }

// Lines as logs have them, and as they should not be.
std::string some_line(Random& random) {
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  switch (pick(12)) {
    case 0: return "user=17 mark_" + hex8(random) + " end";
    case 1: return "mark_" + hex8(random);
    case 2: return "left:";
    case 3: return "right=" + hex8(random) + "zzzz";
    case 4: return test::base64("a token mark_" + hex8(random) + " stands here", {}).text;
    case 5: return std::string("a\0b\xff\xfe\r", 6) + "mark_" + hex8(random);
    case 6: return std::string(pick(5000), 'x') + " wide[" + std::string(pick(900), 'y') + "]";
    case 7: return "{\"text\":\"one\\nmark_" + hex8(random) + "\\ntwo\"}";
    case 8: return "";
    case 9: {
      std::string bytes;
      for (unsigned i = pick(300); i > 0; --i) bytes += static_cast<char>(random());
      for (char& c : bytes) c = c == '\n' ? ' ' : c;
      return bytes;
    }
    default: return "GET /index.html 200 " + std::to_string(random());
  }
}

std::string some_text(Random& random, std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += some_line(random) + "\n";
  if (random() % 2 == 0) text += some_line(random);
  return text;
}

TEST_CASE("the filter's output does not depend on cuts and threads", "[filter]") {
  const auto redactor = redactor_of({});
  const Judge judge = judge_of(redactor);
  for (unsigned seed = 0; seed < 12; ++seed) {
    Random random(seed);
    const std::string input = some_text(random, 400);
    const std::string wanted = filtered_one_by_one(input, *redactor);
    const auto cut = [&] { return std::size_t{1} + (random() % 3 == 0 ? random() % 70000 : random() % 50); };
    for (unsigned threads : {1u, 2u, 3u}) {
      INFO("seed " << seed << ", threads " << threads);
      CHECK(filtered(input, judge, threads, cut).out == wanted);
      CHECK(filtered_whole(input, judge, threads).out == wanted);
    }
  }
}

// The engine's own answer for one line, by its other way in.
TEST_CASE("what a whole scan finds within a line never leaves", "[filter]") {
  const auto redactor = redactor_of({});
  Scanner scanner(rules(), {});
  std::size_t found = 0;
  for (unsigned seed = 100; seed < 108; ++seed) {
    Random random(seed);
    const std::string input = some_text(random, 300);
    const std::string out = filtered_whole(input, judge_of(redactor)).out;
    for (const std::string_view line : lines_of(input)) {
      Scanner::Lease lease = scanner.lease();
      for (const Occurrence& o : scanner.scan(lease, line, "").occurrences) {
        ++found;
        CHECK(out.find(o.secret.reveal()) == std::string::npos);
      }
    }
  }
  CHECK(found > 100);
}

TEST_CASE("bytes that hold no secret pass as they are", "[filter]") {
  const Judge judge = judge_of(redactor_of({}));
  Random random(7);
  for (std::size_t size : {0, 1, 2, 4096, 300000, 3000000}) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CHECK(filtered_whole(bytes, judge).out == bytes);
  }
  for (const char* text : {"\n", "\n\n", "no end", "a\n", "\r\n\r\n"}) CHECK(filtered_whole(text, judge).out == text);
}

TEST_CASE("a pair over lines loses its second part, whatever the cuts", "[filter]") {
  const Judge judge = judge_of(redactor_of({}));
  const std::string input = "left:\n  right=abcdefgh1234\nleft:\n\nright=abcdefgh1234\n";
  const std::string wanted = "left:\n  right=[REDACTED:pair]\nleft:\n\nright=abcdefgh1234\n";
  CHECK(filtered_whole(input, judge).out == wanted);
  CHECK(filtered(input, judge, 2, [] { return std::size_t{1}; }).out == wanted);
}

TEST_CASE("lines longer than what is held are judged in parts", "[filter]") {
  const auto redactor = redactor_of({});
  const Judge judge = judge_of(redactor);
  // Secrets at all places around the cuts.
  for (const std::size_t length : {kMaxLine - 1, kMaxLine, kMaxLine + 1, 3 * kSegment + 17}) {
    std::string line(length, '.');
    std::size_t marks = 0;
    for (std::size_t at = 5; at + 20 < length; at += 65521, ++marks) line.replace(at, 13, "mark_0123abcd");
    for (std::size_t k = 1; k * kSegment + 20 < length; ++k) line.replace(k * kSegment - 6, 13, "mark_4567abcd");
    const std::string input = "before\n" + line + "\nmark_89abcdef after";
    const Run whole = filtered_whole(input, judge);
    CHECK(whole.out.find("mark_0123abcd") == std::string::npos);
    CHECK(whole.out.find("mark_4567abcd") == std::string::npos);
    CHECK(whole.out.find("4567") == std::string::npos);
    CHECK(whole.out.find("\nmark_[REDACTED:mark] after") != std::string::npos);
    Random random(3);
    CHECK(filtered(input, judge, 2, [&] { return 1 + random() % 200000; }).out == whole.out);
    const std::size_t all = length + 1;
    CHECK(whole.totals.long_parts == (all > kMaxLine ? (all - kMaxLine + kSegment - 1) / kSegment + 1 : 0));
  }
}

std::string key_text(Random& random, std::size_t lines) {
  std::string body;
  for (std::size_t i = 0; i < 48 * lines - 7; ++i) body += static_cast<char>(random());
  return test::base64(body, {.width = 64}).text;
}

TEST_CASE("the lines of a private key go at once", "[filter]") {
  const Judge judge = judge_of(redactor_of({}));
  Random random(11);
  const std::string key = key_text(random, 20);
  const std::string begin =
                        "-----BEGIN RSA PRIVATE"
                        " KEY-----",
                    end =
                        "-----END RSA PRIVATE"
                        " KEY-----";
  SECTION("as it is, cut off before its end, or with a logger's words in front") {
    for (const std::string& front : {std::string(), std::string("Nov 21 11:00:00 host app[7]: ")})
      for (const bool ends : {true, false}) {
        std::string input = front + begin + "\n";
        for (const std::string_view line : lines_of(key)) input += front + std::string(line);
        input += "\n" + (ends ? front + end + "\n" : std::string()) + "plain words follow\n";
        const Run run = filtered(input, judge, 2, [&] { return 1 + random() % 300; });
        for (const std::string_view line : lines_of(key)) {
          const std::string bare(line.substr(0, line.find('\n')));
          INFO(bare);
          CHECK(run.out.find(bare) == std::string::npos);
        }
        CHECK(run.out.find("plain words follow\n") != std::string::npos);
        CHECK(run.totals.keys == 1);
        CHECK(filtered_whole(input, judge).out == run.out);
      }
  }
  SECTION("nothing is held back for ever") {
    std::string input = begin + "\n";
    for (int i = 0; i < 60; ++i) input += "an ordinary line\n";
    const std::string later(64, 'Q');
    CHECK(filtered_whole(input + later + "\n", judge).out == input + later + "\n");
  }
}

TEST_CASE("what cannot be judged does not leave", "[filter]") {
  Judge judge;
  judge.decide = [](std::string_view, std::size_t) -> Decision { throw std::bad_alloc(); };
  const Run closed = filtered_whole("one\n\ntwo", judge);
  CHECK(closed.out == "[REDACTED:could-not-be-scanned]\n\n[REDACTED:could-not-be-scanned]");
  CHECK(closed.totals.not_judged > 0);
  judge.fails_open = [] { return true; };
  CHECK(filtered_whole("one\n\ntwo", judge).out == "one\n\ntwo");
}

Policy policy_of(const std::string& text) {
  std::vector<Diagnostic> diagnostics;
  Policy policy = read_policy(text, "policy.toml", diagnostics);
  for (const Diagnostic& each : diagnostics) FAIL_CHECK(to_string(each));
  return policy;
}

std::string with_policy(const std::string& policy, const std::string& input) {
  return filtered_whole(input, judge_of(redactor_of(policy_of(policy)))).out;
}

TEST_CASE("a policy decides by rule, source and bounds; the first clause that fits does", "[filter][policy]") {
  const std::string text = "a mark_0123abcd b\nleft: right=abcdefgh1234\n";
  CHECK(with_policy("shadow = true", text) == text);
  CHECK(with_policy("[default]\naction = 'log'", text) == text);
  CHECK(with_policy("[[when]]\nrules = ['ma*']\naction = 'allow'\n", text) ==
        "a mark_0123abcd b\nleft: right=[REDACTED:pair]\n");
  CHECK(with_policy("[[when]]\nrules = ['mark']\naction = 'block'\n", text) ==
        "[BLOCKED:mark]\nleft: right=[REDACTED:pair]\n");
  CHECK(with_policy("[[when]]\nsources = ['serve']\naction = 'allow'\n", text) ==
        "a mark_[REDACTED:mark] b\nleft: right=[REDACTED:pair]\n");
  CHECK(with_policy("[[when]]\ndirection = 'request'\naction = 'allow'\n[[when]]\nconfidence = 'high'\n"
                    "severity = 'low'\naction = 'log'\n",
                    text) == text);
  const std::string hashed = with_policy("[default]\nreplace = 'hash'", "mark_0123abcd mark_0123abcd mark_4567abcd\n");
  const std::size_t first = hashed.find("[REDACTED:mark:"), second = hashed.find("[REDACTED:mark:", first + 1);
  const std::size_t third = hashed.find("[REDACTED:mark:", second + 1);
  REQUIRE(third != std::string::npos);
  CHECK(hashed.substr(first, 32) == hashed.substr(second, 32));
  CHECK(hashed.substr(first, 32) != hashed.substr(third, 32));
}

TEST_CASE("own patterns, blocked and allowed terms", "[filter][policy]") {
  const std::string policy =
      "[[dlp]]\ndetect_patterns = ['ACME-([0-9]{6})', { id = 'badge', regex = 'B-([0-9]{8})', action = 'block' }]\n"
      "blocked_terms = ['Project Falcon']\nallowed_terms = ['ACME-000000', 'project falcoln']\n"
      "fuzzy_matching = true\nmax_distance = 2\n";
  CHECK(with_policy(policy, "x ACME-123456 ACME-000000\n") == "x [REDACTED:policy-pattern-1] ACME-000000\n");
  CHECK(with_policy(policy, "y B-12345678\n") == "[BLOCKED:badge]\n");
  for (const char* said : {"Project Falcon", "PROJECT-FALCON", "p r o j e c t   f.a.l.c.o.n", "projct falcon",
                           "Projekt Falkon", "project_falcn", "Praject Falcn", "Pro jekt Falcon",
                           "P.r.o.j.e.k.t F a l k o n", "projectfalcon", "PROJEKTFALCON"}) {
    INFO(said);
    CHECK(with_policy(policy, std::string("about ") + said + " today\n") == "about [REDACTED:policy-term-1] today\n");
  }
  // Exact ones also within words; misspelt ones are words of their own, of names in code too.
  CHECK(with_policy(policy, "subproject falconry\n") == "sub[REDACTED:policy-term-1]ry\n");
  CHECK(with_policy(policy, "ourProjektFalkon2 = \"\\nprojekt_falkon\"\n") ==
        "our[REDACTED:policy-term-1]2 = \"\\n[REDACTED:policy-term-1]\"\n");
  for (const char* said : {"project folder", "prject flcn", "Project Falcoln", "falcon project", "subprojekt falkonry",
                           "Pro jekt Fal kon", "projektfalkon", "projektfalconry"}) {
    INFO(said);
    CHECK(with_policy(policy, std::string("about ") + said + " today\n") == std::string("about ") + said + " today\n");
  }
}

}  // namespace
}  // namespace staunch
