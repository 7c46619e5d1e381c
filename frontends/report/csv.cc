// A row a place, with the columns of gitleaks' CSV report in its order, under a header that is there also where nothing
// was found (gitleaks then writes an empty file, which many readers refuse). Quoting is RFC 4180's, lines end with LF.
//
// Spreadsheets run a cell that begins with = + - @ as a formula, and some skip a tab, CR or LF in front of one; file
// names and commit messages are whoever's who wrote the scanned material. Such a cell gets a single quote in front,
// which spreadsheets take as "this is text" (OWASP, CSV Injection) and which cannot be undone by the quoting. What
// cannot stand in text becomes U+FFFD: bytes that are not UTF-8, and what terminals obey or hide.
//
// The format has no place for what was not read; the exit code and the messages beside the report say it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "frontends/report/gitleaks.h"
#include "frontends/report/utf8.h"

namespace staunch {
namespace {

constexpr std::string_view kHeader =
    "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,"
    "Fingerprint,Tags";

bool is_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

std::string cell(std::string_view text) {
  const bool formula = is_formula(text);
  const bool quoted = formula || text.find_first_of(",\"\r\n") != text.npos || text.substr(0, 1) == " ";
  std::string out = quoted ? "\"" : "";
  if (formula) out += '\'';
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    const bool control = c.code < 0x20 && c.code != '\t' && c.code != '\r' && c.code != '\n';
    if (!c.valid || control || is_invisible(c.code)) out += "\xEF\xBF\xBD";
    else if (c.code == '"') out += "\"\"";
    else out += text.substr(at, c.length);
    at += c.length;
  }
  return quoted ? out += '"' : out;
}

class CsvReport : public GitleaksSink {
 public:
  using GitleaksSink::GitleaksSink;

 private:
  static std::string row(const GitleaksFields& fields) {
    const auto number = [](std::uint64_t value) { return fmt::format("{}", value); };
    const std::array<std::string, 16> cells = {
        cell(fields.rule),           cell(fields.commit),
        cell(fields.file),           "",
        cell(fields.secret),         cell(fields.match),
        number(fields.begin.line),   number(fields.end.line),
        number(fields.begin.column), number(fields.end.column),
        cell(fields.author),         cell(fields.message),
        cell(fields.date),           cell(fields.email),
        cell(fields.fingerprint),    cell(fmt::format("{}", fmt::join(fields.tags, " ")))};
    return fmt::format("{}", fmt::join(cells, ","));
  }

  // Where not every place of a secret is listed, a last column says how many more there are.
  std::string render(const Totals&) override {
    const bool more = std::any_of(findings_.begin(), findings_.end(),
                                  [](const Finding& finding) { return finding.count > finding.places.size(); });
    std::string out(kHeader);
    const bool links =
        std::any_of(places_.begin(), places_.end(), [&](const Occurrence& place) { return !link_of(place).empty(); });
    out += links ? ",Link" : "";
    out += more ? ",MoreOccurrences\n" : "\n";
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const GitleaksFields fields = fields_of(i);
      out += row(fields);
      if (links) out += "," + cell(fields.link);
      if (more) out += fmt::format(",{}", fields.more);
      out += '\n';
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Sink> make_csv_report(ReportOptions options, Writer writer) {
  return std::make_unique<CsvReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
