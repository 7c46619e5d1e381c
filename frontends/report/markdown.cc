// Markdown for the comment on a pull request: what was found, where, and what to do, in a table of the gravest first.
//
// GitHub takes at most 65,536 characters a comment and GitLab more; the report stays below kMaxBytes, whatever was
// found, and says how many findings it leaves out. Text from scanned material is escaped so that it makes no markup,
// link, mention or reference: ASCII punctuation is written as entities (GitHub Flavored Markdown 0.29, 6.2: they never
// mean structure), and what GitHub finds in the finished page ("@name", "#1") has a word joiner in it. Paths stand in
// <code>, where GitHub looks for nothing.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/canary.h"
#include "frontends/report/sinks.h"
#include "frontends/report/terminal.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxBytes = 60'000;
constexpr std::size_t kNotesBytes = 6'000;    // of these for what was not read
constexpr std::size_t kMaxTextColumns = 160;  // of a path, a title
constexpr std::size_t kPlacesNamed = 3;

// Harmless in a table's cell, a list or a paragraph. A dot makes a link of "www.x", a colon of "https://x".
std::string entities(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool dot = c == '.' && !out.ends_with('w') && !out.ends_with('W');
    const bool plain = std::string_view(" ,;'/+=()-").find(c) != std::string_view::npos;
    if (letter || dot || plain || static_cast<unsigned char>(c) >= 0x80) out += c;
    else out += fmt::format("&#{};", static_cast<int>(c));
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : entities(text)) {
    out += c;
    if (out.ends_with("&#64;") || out.ends_with("&#35;")) out += "\xE2\x81\xA0";  // U+2060 behind @ and #
  }
  return out;
}

std::string cut(std::string_view text) {
  const std::string shown = visible(text);
  const std::string_view front = fit_front(shown, kMaxTextColumns);
  return std::string(front) + (front.size() < shown.size() ? "…" : "");
}

// In quotes; link.h has percent-encoded what comes from paths, the rest is a web address of a remote.
std::string attribute(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\"&<>|`'*_[]").find(c) != std::string_view::npos)
      out += fmt::format("&#{};", static_cast<int>(c));
    else out += c;
  }
  return out;
}

// As <code>, which holds entities; a code span holds none, so nothing could be escaped in it.
std::string code(std::string_view text) { return "<code>" + entities(cut(text)) + "</code>"; }

std::string_view sign_of(Severity severity) {
  switch (severity) {
    case Severity::critical: return "🔴";
    case Severity::high: return "🟠";
    case Severity::medium: return "🟡";
    case Severity::low: break;
  }
  return "🔵";
}

class MarkdownReport : public FindingSink {
 public:
  using FindingSink::FindingSink;

 private:
  void trim(Occurrence& place) override { place.lines = place.line_before = place.match = Secret(); }

  std::string place_words(const Occurrence& place) const {
    const std::string path = place.path.empty() ? "standard input" : mask_path(place.path);
    std::string text = code(path + (place.begin.line == 0 ? "" : fmt::format(":{}", place.begin.line)));
    if (const std::string link = link_of(place); !link.empty())
      text = fmt::format("<a href=\"{}\">{}</a>", attribute(link), text);
    if (place.commit && !place.commit->id.empty()) text += " in " + code(place.commit->id.substr(0, 10));
    return text;
  }

  // As next_step(), with a link where a person goes.
  std::string next_words(const Rule& rule, const Occurrence& place) const {
    const bool elsewhere = is_path_only(place) || place.derived.count(kCanary) > 0;
    const Provider* provider = elsewhere ? nullptr : provider_of(*run_.catalogue, rule);
    const std::string text = next_step(*run_.catalogue, rule, place);
    if (provider == nullptr || !provider->console.starts_with("https://")) return escaped(cut(text));
    const std::string link =
        fmt::format("<a href=\"{}\">{}</a>", attribute(provider->console), escaped(provider->name));
    return text.ends_with(provider->console) ? "revoke it at " + link
                                             : fmt::format("{} ({})", escaped(cut(text)), link);
  }

  std::string row(const Finding& finding) const {
    const Rule& rule = rule_of(finding.rule);
    const Occurrence& first = places_[finding.places.front()];
    std::string secret = is_path_only(first) ? "" : shown_form(rule, first.secret.reveal());
    std::string places;
    for (std::size_t i = 0; i < std::min(finding.places.size(), kPlacesNamed); ++i)
      places += (i == 0 ? "" : "<br>") + place_words(places_[finding.places[i]]);
    if (finding.count > kPlacesNamed) places += fmt::format("<br>and {} more", finding.count - kPlacesNamed);
    return fmt::format("| {} {} | {}{} | {} | {} |\n", sign_of(finding.severity), word_of(finding.severity),
                       escaped(cut(title_of(rule))), secret.empty() ? "" : "<br>" + code(secret), places,
                       next_words(rule, first));
  }

  std::string note_lines(std::string_view what, const std::vector<Note>& notes, std::size_t room) const {
    std::string out;
    std::size_t listed = 0;
    for (; listed < std::min(notes.size(), kNotesShown); ++listed) {
      const Note& note = notes[listed];
      const std::string line = fmt::format("- {} {}: {}\n", what, code(mask(note.what)), escaped(cut(mask(note.why))));
      if (out.size() + line.size() > room) break;
      out += line;
    }
    if (listed < notes.size()) out += fmt::format("- {} {} more\n", what, notes.size() - listed);
    return out;
  }

  std::string head(const Totals& totals) const {
    const std::size_t n = findings_.size();
    std::string out =
        n == 0 ? (totals.incomplete.empty() ? "### ✅ No leaked credentials\n" : "### ⚠️ Not everything was read\n")
               : fmt::format("### 🔑 {} leaked {}\n", n, n == 1 ? "credential" : "credentials");
    out += "\n" + escaped(summary_line(n, occurrences_, totals, options_.suppressed.get())) + ".\n";
    if (redaction().shows_all() && n != 0) out += "\n**This report holds secrets as they are.**\n";
    return out;
  }

  std::string table(std::size_t room) const {
    if (findings_.empty()) return {};
    std::vector<const Finding*> order;
    for (const Finding& finding : findings_) order.push_back(&finding);
    std::stable_sort(order.begin(), order.end(), [](const Finding* a, const Finding* b) {
      return std::pair(a->severity, a->confidence) > std::pair(b->severity, b->confidence);
    });
    std::string out = "\n| severity | what | where | next |\n| --- | --- | --- | --- |\n";
    std::size_t listed = 0;
    for (const Finding* finding : order) {
      const std::string line = row(*finding);
      if (out.size() + line.size() > room) break;
      out += line;
      ++listed;
    }
    if (listed < order.size()) out += fmt::format("\n…and {} more, which do not fit here.\n", order.size() - listed);
    return out;
  }

  std::string fingerprints(std::size_t room) const {
    static constexpr std::string_view kEnd = "```\n\n</details>\n";
    std::string out =
        "\n<details><summary>It is no secret?</summary>\n\nPut its line into `.staunchignore`, with the reason behind "
        "it:\n\n"
        "```\n";
    bool any = false;
    for (const Finding& finding : findings_) {
      const Occurrence& first = places_[finding.places.front()];
      std::string line = fmt::format("{}  # {}", finding.fingerprint, cut(mask_path(first.path)));
      std::replace(line.begin(), line.end(), '`', '\'');  // no fence ends here
      if (out.size() + line.size() + kEnd.size() >= room) break;
      out += line + "\n";
      any = true;
    }
    return any ? out + std::string(kEnd) : "";
  }

  std::string render(const Totals& totals) override {
    std::string out = head(totals);
    std::string unread = note_lines("not read:", totals.incomplete, kNotesBytes / 2) +
                         note_lines("read in part:", totals.partial, kNotesBytes / 2);
    if (!unread.empty()) unread.insert(0, 1, '\n');
    out += table(kMaxBytes - 1000 - out.size() - unread.size()) + unread;
    return out += fingerprints(kMaxBytes - out.size());
  }
};

}  // namespace

std::unique_ptr<Sink> make_markdown_report(ReportOptions options, Writer writer) {
  return std::make_unique<MarkdownReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
