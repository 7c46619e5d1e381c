// XML for the test view of CI systems, in the shape of gitleaks' JUnit report: one suite, a failed test case a place,
// its body the place as in the json report.
//
// There is no schema that all readers share. This is valid for the two that are used most, Ant's as windyroad wrote it
// down and Jenkins' junit-10, and therefore has each attribute that either demands: schema/junit.xsd says both at
// once. The host is always "localhost": who ran the scan is nobody's business and would make two runs differ.
//
// A view that is green must mean that all was read and nothing found. So what could not be read is a test case with an
// error, what a limit cut one that was skipped; and a clean scan has one case that passed, because Jenkins takes a
// report without any case for a failure.
//
// XML 1.0 has no way to write most control characters, U+FFFE and U+FFFF. Names show them as \x1b (terminal.h), the
// JSON in the body escapes them; what is left becomes U+FFFD, as do bytes that are not UTF-8.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontends/report/dates.h"
#include "frontends/report/gitleaks.h"
#include "frontends/report/terminal.h"
#include "frontends/report/utf8.h"

namespace staunch {
namespace {

bool is_xml_character(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
}

// `special` is escaped; what XML cannot hold is replaced.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    if (!c.valid || !is_xml_character(c.code)) {
      out += "\xEF\xBF\xBD";
    } else if (c.length == 1 && special.find(text[at]) != special.npos) {
      out += fmt::format("&#{};", static_cast<std::uint32_t>(c.code));
    } else {
      out += text.substr(at, c.length);
    }
    at += c.length;
  }
  return out;
}

// An attribute's value: a tab, CR or LF would be read as a blank otherwise.
std::string value(std::string_view text) { return escaped(text, "&<>\"\t\n\r"); }

// What stands between tags.
std::string content(std::string_view text) { return escaped(text, "&<>\r"); }

class JunitReport : public GitleaksSink {
 public:
  using GitleaksSink::GitleaksSink;

 private:
  static void write_case(std::string& out, std::string_view group, std::string_view name, const std::string& inside) {
    const std::string end = inside.empty() ? "/>" : fmt::format(">\n   {}\n  </testcase>", inside);
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"0\"{}\n", value(visible(group)),
                       value(visible(name)), end);
  }

  static std::string body_of(const GitleaksFields& fields) {
    std::string body;
    JsonText json(body);
    write_gitleaks_object(json, fields);
    return body;
  }

  void write_place(std::string& out, std::size_t index) const {
    const GitleaksFields fields = fields_of(index);
    std::string name = fields.rule + " in " + (fields.file.empty() ? "standard input" : fields.file);
    if (fields.begin.line != 0) name += fmt::format(", line {}", fields.begin.line);
    if (!fields.commit.empty()) name += ", commit " + fields.commit;
    write_case(out, title_of(rule_of(places_[index].rule)), name,
               fmt::format("<failure message=\"{}\" type=\"{}\">{}</failure>", value(visible(name)),
                           value(visible(fields.rule)), content(body_of(fields))));
  }

  // One case a note, the last one for those that are not listed.
  void write_notes(std::string& out, std::string_view what, const std::vector<Note>& notes, bool error) const {
    const auto write = [&](const std::string& name, const std::string& why) {
      write_case(out, "staunch", name,
                 error ? fmt::format("<error message=\"{}\" type=\"{}\"/>", value(visible(why)), what)
                       : fmt::format("<skipped>{}</skipped>", content(visible(why))));
    };
    for (std::size_t i = 0; i < std::min(notes.size(), kNotesListed); ++i)
      write(fmt::format("{}: {}", what, mask(notes[i].what)), mask(notes[i].why));
    if (const std::string more = notes_beyond(notes); !more.empty()) write(std::string(what), more);
  }

  static std::size_t cases(const std::vector<Note>& notes) { return std::min(notes.size(), kNotesListed + 1); }

  std::string render(const Totals& totals) override {
    const std::size_t failures = places_.size(), errors = cases(totals.incomplete), skipped = cases(totals.partial);
    const bool clean = failures + errors + skipped == 0;
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    out += fmt::format(
        " <testsuite id=\"0\" name=\"staunch\" package=\"staunch\" hostname=\"localhost\" timestamp=\"{}\" "
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n",
        date_text(options_.started), clean ? 1 : failures + errors + skipped, failures, errors, skipped,
        totals.seconds);
    out += fmt::format("  <properties>\n   <property name=\"version\" value=\"{}\"/>\n  </properties>\n",
                       value(visible(options_.version)));
    for (std::size_t i = 0; i < places_.size(); ++i) write_place(out, i);
    write_notes(out, "not read", totals.incomplete, true);
    write_notes(out, "read in part", totals.partial, false);
    if (clean) write_case(out, "staunch", "everything was read and nothing found", "");
    out += fmt::format("  <system-out>{}</system-out>\n  <system-err/>\n </testsuite>\n</testsuites>\n",
                       content(summary_line(findings_.size(), occurrences_, totals, options_.suppressed.get())));
    return out;
  }
};

}  // namespace

std::unique_ptr<Sink> make_junit_report(ReportOptions options, Writer writer) {
  return std::make_unique<JunitReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
