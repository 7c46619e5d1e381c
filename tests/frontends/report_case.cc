#include "tests/frontends/report_case.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "frontends/report/filter.h"
#include "frontends/report/json_text.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

Rule make_rule(const char* id, const char* description, Severity severity, Confidence confidence) {
  Rule rule;
  rule.id = id;
  rule.description = description;
  rule.severity = severity;
  rule.confidence = confidence;
  return rule;
}

Catalogue make_catalogue() {
  Catalogue catalogue;
  Provider github{"github", "GitHub", "https://github.com/settings/tokens", {}, {}, {}};
  Provider slack{"slack", "Slack", "", {}, {}, {}};
  Revoke by_hand;
  by_hand.kind = "console";
  by_hand.instruction = "in the app's settings, press Revoke Tokens";
  slack.revoke.push_back(by_hand);
  catalogue.providers = {github, slack};

  Rule env = make_rule("env-file", "Environment file", Severity::low, Confidence::high);
  Rule generic = make_rule("generic-secret", "Generic secret", Severity::medium, Confidence::medium);
  generic.generic = true;
  generic.tags = {"generic"};
  Rule pat = make_rule("github-pat", "GitHub personal access token (classic)", Severity::critical, Confidence::high);
  pat.provider = "github";
  pat.source = "https://docs.github.com/en/authentication";
  pat.format = {
      "gh"
      "p_",
      "base62",
      36,
      "",
      "",
      ""};
  pat.aliases = {"github-token"};
  Rule pem = make_rule("pem-key", "Private key", Severity::high, Confidence::high);
  Rule bot = make_rule("slack-bot", "Slack bot token", Severity::high, Confidence::medium);
  bot.provider = "slack";
  bot.format.template_ =
      "xo"
      "xb-{digit:10}-{base62:24}";
  catalogue.rules = {env, generic, pat, pem, bot};
  return catalogue;
}

std::string characters(std::uint64_t& state, std::size_t n, std::string_view alphabet) {
  std::string text;
  while (text.size() < n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text += alphabet[(state >> 33) % alphabet.size()];
  }
  return text;
}

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string hex_of(std::string_view bytes) {
  std::ostringstream out;
  for (const char c : bytes) {
    const int byte = static_cast<unsigned char>(c);
    out << "0123456789abcdef"[byte / 16] << "0123456789abcdef"[byte % 16];
  }
  return out.str();
}

std::string fingerprint_of(std::string_view secret) {
  std::uint64_t state = 14695981039346656037u;
  for (const char c : secret) state = (state ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return "sf1:" + characters(state, 32, "0123456789abcdef");
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n' || next == 't' || next == 'r') {
      out += next == 'n' ? '\n' : next == 't' ? '\t' : '\r';
      ++i;
    } else if (next == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> split(std::string_view text, std::string_view between) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(between);
    parts.emplace_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + between.size());
  }
}

class Reader {
 public:
  ReportCase read(std::string_view text) {
    std::string head, body;
    for (const std::string& line : split(text, "\n")) {
      if (line.substr(0, 3) == "-- ") {
        section(head, body);
        head = line.substr(3);
        body.clear();
      } else {
        body += line + "\n";
      }
    }
    section(head, body.empty() ? body : body.substr(0, body.size() - 1));
    return std::move(case_);
  }

 private:
  std::string secret(const std::string& name) {
    const std::vector<std::string> parts = split(name, ":");
    return case_.secrets[name] = report_secret(parts.at(0), std::stoull(parts.at(1)));
  }

  static std::string coded(const std::string& bytes, const std::string& coding) {
    if (coding == "hex") return hex_of(bytes);
    if (coding == "base64") return base64(bytes);
    if (coding == "base64+1") return base64("x" + bytes + "yz");
    if (coding == "base64+2") return base64("xy" + bytes + "z");
    if (coding == "line") return split(bytes, "\n").at(1);
    std::string out;
    for (const char c : bytes) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
      if (coding == "percent" && !plain) out += "%" + hex_of(std::string(1, c));
      else if (coding == "json" && (c == '"' || c == '/')) out += std::string("\\") + c;
      else out += c;
    }
    return out;
  }

  // {{…}} filled in.
  std::string filled(std::string_view text) {
    std::string out;
    while (true) {
      const std::size_t open = text.find("{{"), close = open == text.npos ? open : text.find("}}", open);
      if (open == text.npos || close == text.npos) return out + std::string(text);
      out += text.substr(0, open);
      const std::vector<std::string> words = split(text.substr(open + 2, close - open - 2), " ");
      out += coded(secret(words[0]), words.size() > 1 ? words[1] : "");
      text.remove_prefix(close + 2);
    }
  }

  void section(const std::string& head, const std::string& body) {
    const std::size_t blank = head.find(' ');
    const std::string word = head.substr(0, blank), rest = blank == head.npos ? "" : head.substr(blank + 1);
    if (word == "option") option(rest);
    else if (word == "note") note(rest);
    else if (word == "commit") commit(filled(unescape(rest)));
    else if (word == "file") file(filled(unescape(rest)), filled(unescape(body)));
    else if (word == "path-only") path_only(filled(unescape(rest)));
    else if (word == "name") name(rest);
    else if (word == "repository") repository(filled(unescape(rest)));
    else if (word == "totals") totals(rest);
    else if (word == "ignore") case_.ignore = body;
    else if (word == "baseline") case_.baseline = body;
    else if (word == "expect") case_.expected[rest] = filled(body);
    else if (!word.empty()) FAIL("unknown section " << word);
  }

  void option(const std::string& text) {
    const std::vector<std::string> words = split(text, " ");
    if (words[0] == "show_secrets") case_.options.show_secrets = true;
    else if (words[0] == "colour") case_.options.colour = true;
    else if (words[0] == "redact") case_.options.redact_percent = std::stoi(words.at(1));
    else if (words[0] == "tags") case_.tags = true;
    else if (words[0] == "least") case_.least = *confidence_of_word(words.at(1));
    else FAIL("unknown option " << text);
  }

  void note(const std::string& text) {
    const std::size_t blank = text.find(' ');
    const std::vector<std::string> parts = split(filled(unescape(text.substr(blank + 1))), " | ");
    const std::string kind = text.substr(0, blank);
    auto& notes = kind == "skipped"   ? case_.totals.skipped
                  : kind == "partial" ? case_.totals.partial
                                      : case_.totals.incomplete;
    notes.push_back({parts.at(0), parts.at(1)});
  }

  void commit(const std::string& text) {
    const std::vector<std::string> parts = split(text, " | ");
    Commit made;
    if (parts.at(0) != "-") made.id = parts[0];
    made.author = parts.at(1);
    made.email = parts.at(2);
    made.author_date = made.commit_date = parts.at(3);
    made.message = parts.at(4);
    made.blob = std::string(38, 'b') + std::to_string(10 + case_.totals.commits);
    made.versions = 2;
    made.in_head = true;
    for (std::size_t i = 5; i < parts.size(); ++i) commit_word(made, parts[i]);
    commit_ = made;
    ++case_.totals.commits;
  }

  static void commit_word(Commit& commit, const std::string& text) {
    const std::size_t blank = text.find(' ');
    const std::string word = text.substr(0, blank), rest = blank == text.npos ? "" : text.substr(blank + 1);
    if (word == "gone") commit.in_head = false;
    else if (word == "at_or_before") commit.at_or_before = true;
    else if (word == "no_blob") commit.blob.clear();
    else if (word == "reachable") commit.reachable = rest;
    else if (word == "branch") commit.branches.push_back(rest);
    else if (word == "repository") commit.repository = rest;
    else FAIL("unknown word of a commit: " << text);
  }

  void repository(const std::string& text) {
    const std::vector<std::string> parts = split(text, " | ");
    CoveredRepository covered{parts.at(0), parts.at(1), std::stoull(parts.at(2)), {}, {}, {}};
    if (parts.at(3) != "-") covered.head = parts[3];
    for (std::size_t i = 4; i < parts.size(); ++i) {
      const std::vector<std::string> tip = split(parts[i], " ");
      covered.tips.push_back({tip.at(0), tip.at(1)});
    }
    case_.repositories.push_back(std::move(covered));
  }

  void totals(const std::string& text) {
    const std::vector<std::string> numbers = split(text, " ");
    case_.totals.merges = std::stoull(numbers.at(0));
    case_.totals.missing = std::stoull(numbers.at(1));
  }

  void name(const std::string& path) {
    file(path.substr(0, path.find("[[")), path);
    Occurrence& found = case_.occurrences.back();
    found.path = found.lines.reveal();
    found.begin = found.end = found.match_begin = found.match_end = {};
    found.reasons.push_back("it stands in the name of a file");
  }

  void path_only(const std::string& path) {
    Occurrence found;
    found.rule = report_rule("env-file");
    found.fingerprint = fingerprint_of(path);
    found.severity = Severity::low;
    found.confidence = Confidence::high;
    found.path = path;
    case_.occurrences.push_back(std::move(found));
  }

  struct Mark {
    std::string name, coding;
    std::size_t offset = 0, length = 0;
  };

  void file(const std::string& path, std::string_view body) {
    std::string content;
    std::vector<Mark> marks;
    while (true) {
      const std::size_t open = body.find("[["), close = open == body.npos ? open : body.find("]]", open);
      if (open == body.npos || close == body.npos) break;
      content += body.substr(0, open);
      const std::vector<std::string> words = split(body.substr(open + 2, close - open - 2), " ");
      const std::string bytes = secret(words[0]);
      const std::string coding = words.size() > 1 ? words[1] : "";
      const std::string spelt = coding == "hex" ? hex_of(bytes) : coding == "hex-hex" ? hex_of(hex_of(bytes)) : bytes;
      marks.push_back({words[0], coding, content.size(), spelt.size()});
      content += spelt;
      body.remove_prefix(close + 2);
    }
    content += body;
    ++case_.totals.items;
    if (commit_) ++case_.totals.blobs;
    case_.totals.bytes += content.size();
    for (const Mark& mark : marks) case_.occurrences.push_back(occurrence(path, content, mark));
  }

  static Position position(std::string_view content, std::size_t at) {
    Position place{1, 1};
    for (std::size_t i = 0; i < at; ++i) {
      ++place.column;
      if (content[i] == '\n') ++place.line, place.column = 1;
    }
    return place;
  }

  Occurrence occurrence(const std::string& path, std::string_view content, const Mark& mark) {
    const std::string& bytes = case_.secrets[mark.name];
    Occurrence found;
    found.rule = report_rule(split(mark.name, ":")[0]);
    const Rule& rule = report_catalogue().rules[found.rule];
    found.fingerprint = fingerprint_of(bytes);
    found.secret = Secret(bytes);
    found.severity = rule.severity;
    found.confidence = rule.confidence;
    found.check = rule.id == "github-pat" ? CheckOutcome::passed : CheckOutcome::none;
    if (rule.id == "github-pat") found.reasons = {"its checksum is right"};
    found.entropy = 4.5;
    if (!mark.coding.empty()) found.decoded = split(mark.coding, "-");
    found.path = path;
    found.offset = mark.offset;
    found.length = mark.length;
    found.begin = position(content, mark.offset);
    found.end = position(content, mark.offset + mark.length - 1);

    // The match reaches back to the last blank: `KEY=secret`.
    found.match_offset = mark.offset == 0 ? 0 : content.find_last_of(" \n", mark.offset - 1) + 1;
    found.match_length = mark.offset + mark.length - found.match_offset;
    found.match_begin = position(content, found.match_offset);
    found.match_end = found.end;
    const std::string front(content.substr(found.match_offset, mark.offset - found.match_offset));
    found.match = Secret(front + bytes);

    std::size_t first = found.match_offset == 0 ? 0 : content.rfind('\n', found.match_offset - 1) + 1;
    const std::size_t line_start = first;
    std::size_t last = std::min(content.find('\n', mark.offset + mark.length - 1), content.size());
    if (last - first > kMaxLineBytes) first = std::max(first, mark.offset > 1000 ? mark.offset - 1000 : 0);
    last = std::min(last, first + kMaxLineBytes);
    found.lines = Secret(content.substr(first, last - first));
    found.lines_offset = first;
    if (line_start != 0) {
      const std::size_t previous = line_start == 1 ? 0 : content.rfind('\n', line_start - 2) + 1;
      found.line_before = Secret(content.substr(previous, line_start - 1 - previous));
    }
    found.commit = commit_;
    return found;
  }

  ReportCase case_;
  std::optional<Commit> commit_;
};

}  // namespace

const Catalogue& report_catalogue() {
  static const Catalogue catalogue = make_catalogue();
  return catalogue;
}

std::uint32_t report_rule(std::string_view id) {
  const auto& rules = report_catalogue().rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i)
    if (rules[i].id == id) return i;
  FAIL("no rule " << id);
  return 0;
}

std::string report_secret(std::string_view rule, std::uint64_t seed) {
  std::uint64_t state = seed * 977 + rule.size();
  const auto base62 = [&](std::size_t n) { return characters(state, n, kBase62); };
  // One statement a draw: the order of draws inside an expression is the compiler's.
  std::string made;
  if (rule == "github-pat") {
    made =
        "gh"
        "p_";
    made += base62(36);
  } else if (rule == "slack-bot") {
    made =
        "xo"
        "xb-";
    made += characters(state, 10, "0123456789") + "-";
    made += base62(24);
  } else if (rule == "pem-key") {
    made =
        "-----BEGIN "
        "PRIVATE KEY-----\n";
    for (const std::size_t length : {64u, 64u, 20u}) made += base62(length) + "\n";
    made +=
        "-----END "
        "PRIVATE KEY-----";
  } else {
    made = base62(6);
    made += "/+\"&<";  // characters that codings treat differently
    made += base62(6);
  }
  return made;
}

ReportCase parse_report_case(std::string_view text) {
  ReportCase report_case = Reader().read(text);
  report_case.options.version = "1.2.3";
  report_case.options.started = 1'767'323'045;  // 2026-01-02T03:04:05
  report_case.totals.seconds = 0.25;
  return report_case;
}

std::string run_report_case(const ReportCase& report_case, ReportFormat format) {
  const TestFolder folder;
  auto suppressed = std::make_shared<Suppressed>();
  ReportOptions options = report_case.options;
  options.suppressed = suppressed;
  Result<Writer> writer = Writer::open(folder.path("report"));
  REQUIRE(writer.ok());
  std::unique_ptr<Sink> sink = make_report(format, options, std::move(*writer));
  sink = at_least(report_case.least, suppressed, std::move(sink));
  if (!report_case.baseline.empty()) {
    Result<Baseline> baseline = parse_baseline(report_case.baseline, "baseline");
    REQUIRE(baseline.ok());
    sink = hold_back_baseline(*std::move(baseline), suppressed, std::move(sink));
  }
  if (!report_case.ignore.empty())
    sink = ignore_listed(parse_ignore_list(report_case.ignore, "ignore"), suppressed, std::move(sink));
  if (report_case.tags) sink = allow_inline_tags(suppressed, std::move(sink));

  RunInfo run;
  run.command = "dir";
  run.targets = {"."};
  run.repositories = report_case.repositories;
  run.catalogue_digest = std::string(32, 'c');
  run.catalogue = &report_catalogue();
  sink->start(run);
  for (const Occurrence& occurrence : report_case.occurrences) sink->occurrence(occurrence);
  const Status status = sink->finish(report_case.totals);
  REQUIRE(status.ok());
  return read_whole(folder.path("report"));
}

std::vector<std::string> report_case_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(STAUNCH_SOURCE_DIR "/tests/cases/report"))
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TestFolder::TestFolder() {
  std::string name = std::filesystem::temp_directory_path() / "staunch-test-XXXXXX";
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace staunch
