// Every text case in every format: the report is what the case says, and no secret of the run is in it.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/frontends/report_case.h"

namespace staunch {
namespace {

const std::array<std::pair<const char*, ReportFormat>, 9> kAll = {{{"text", ReportFormat::text},
                                                                   {"jsonl", ReportFormat::jsonl},
                                                                   {"json", ReportFormat::json},
                                                                   {"sarif", ReportFormat::sarif},
                                                                   {"junit", ReportFormat::junit},
                                                                   {"csv", ReportFormat::csv},
                                                                   {"gitlab", ReportFormat::gitlab},
                                                                   {"html", ReportFormat::html},
                                                                   {"markdown", ReportFormat::markdown}}};

// Codings written anew, bit by bit, so that they do not share a mistake with the redactor.
std::string base64_bits(std::string_view bytes, std::size_t skip_bits, bool url) {
  constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string_view digits = url ? kUrl : kStandard;
  std::string out;
  for (std::size_t bit = skip_bits; bit + 6 <= bytes.size() * 8; bit += 6) {
    std::size_t value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i)
      value = value * 2 + ((static_cast<unsigned char>(bytes[i / 8]) >> (7 - i % 8)) & 1u);
    out += digits[value];
  }
  return out;
}

std::string spelt(std::string_view bytes, const char* before, bool all, std::string_view which) {
  std::string out;
  for (const char c : bytes) {
    char code[8];
    std::snprintf(code, sizeof code, "%s%02x", before, static_cast<unsigned char>(c));
    out += all || which.find(c) != which.npos ? code : std::string(1, c);
  }
  return out;
}

std::vector<std::string> codings(const std::string& secret) {
  std::vector<std::string> all = {secret, spelt(secret, "", true, ""), spelt(secret, "%", false, "/+\"&<\n "),
                                  spelt(secret, "\\u00", false, "\"&<")};
  std::string escaped, marked_up, doubled;
  for (const char c : secret) {
    escaped += c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    marked_up += c == '&' || c == '<' || c == '"' ? "&#" + std::to_string(int{c}) + ";" : std::string(1, c);
    doubled += c == '"' ? "\"\"" : std::string(1, c);
  }
  all.insert(all.end(), {escaped, marked_up, doubled});
  for (const std::size_t skip : {0u, 4u, 2u})  // alignment 0, 1 and 2: bits that the neighbour before it takes
    for (const bool url : {false, true}) all.push_back(base64_bits(secret, skip, url));
  return all;
}

void must_hold_no_secret(const std::string& output, const ReportCase& report_case) {
  for (const auto& [name, secret] : report_case.secrets)
    for (const std::string& coding : codings(secret)) {
      INFO(name << " as " << coding);
      CHECK(output.find(coding) == output.npos);
    }
}

// For the schema tests, which read what is left here.
void leave_output(const std::string& file, const char* format, const std::string& output) {
  const char* folder = std::getenv("STAUNCH_REPORT_OUTPUT");
  if (folder == nullptr) return;
  std::filesystem::create_directories(folder);
  std::ofstream(std::filesystem::path(folder) / (std::filesystem::path(file).stem().string() + "." + format)) << output;
}

// With STAUNCH_UPDATE_CASES set: the case again, with what the reports say now.
void update(const std::string& file, const ReportCase& report_case, const std::map<std::string, std::string>& outputs) {
  std::string text = read_whole(file);
  for (const auto& [format, output] : outputs) {
    std::string spelt_output = output;
    for (const auto& [name, secret] : report_case.secrets)
      for (std::size_t at = 0; (at = spelt_output.find(secret, at)) != spelt_output.npos;)
        spelt_output.replace(at, secret.size(), "{{" + name + "}}");
    const std::string head = "-- expect " + format + "\n";
    const std::size_t begin = text.find(head) + head.size();
    const std::size_t end = std::min(text.find("\n-- ", begin - 1), text.size() - 1) + 1;
    text.replace(begin, end - begin, spelt_output);
  }
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("report cases", "[report]") {
  const std::vector<std::string> files = report_case_files();
  REQUIRE(files.size() >= 8);
  for (const std::string& file : files) {
    const ReportCase report_case = parse_report_case(read_whole(file));
    REQUIRE_FALSE(report_case.expected.empty());
    std::map<std::string, std::string> expected_formats;
    for (const auto& [name, format] : kAll) {
      INFO(file << " as " << name);
      const std::string output = run_report_case(report_case, format);
      CHECK(output == run_report_case(report_case, format));
      leave_output(file, name, output);
      if (!report_case.options.show_secrets && report_case.options.redact_percent == 100)
        must_hold_no_secret(output, report_case);
      const auto expected = report_case.expected.find(name);
      if (expected == report_case.expected.end()) continue;
      expected_formats[name] = output;
      if (std::getenv("STAUNCH_UPDATE_CASES") == nullptr) CHECK(output == expected->second);
    }
    if (std::getenv("STAUNCH_UPDATE_CASES") != nullptr) update(file, report_case, expected_formats);
  }
}

TEST_CASE("places that are not listed are counted in every report", "[report]") {
  ReportCase report_case = parse_report_case("-- file a\n[[github-pat:1]]\n");
  report_case.occurrences.resize(kMaxPlacesHeld + 3, report_case.occurrences.at(0));
  const std::string csv = run_report_case(report_case, ReportFormat::csv);
  CHECK(csv.find(",Tags,MoreOccurrences\n") != csv.npos);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + static_cast<int>(kMaxPlacesHeld));
  CHECK(csv.substr(csv.size() - 4) == ",,3\n");
  const std::string gitlab = run_report_case(report_case, ReportFormat::gitlab);
  CHECK(gitlab.find("stands in 3 more places than are listed") != gitlab.npos);
  const std::string junit = run_report_case(report_case, ReportFormat::junit);
  CHECK(junit.find("\"MoreOccurrences\":3") != junit.npos);
  CHECK(junit.find("1 finding in 1003 places") != junit.npos);
}

}  // namespace staunch
