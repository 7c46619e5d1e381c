// The page for people: one HTML file that needs nothing but a browser.
//
// The page (html/page.html with its style and script) is put together when the program is built; a report is this page
// with its findings as JSON in a data block, which the script shows, groups and filters. So ten thousand findings are
// a few megabytes of data and a hundred rows of markup. Nothing is loaded: the page's Content-Security-Policy forbids
// the network and every script and style but its own two, which it names by their digests.
//
// What comes from scanned material reaches the page as JSON only, in which "<", ">" and "&" are escapes, so that no
// path or message can end the data block; the script makes text nodes of it and never markup.
//
// Limits: of one finding kMaxPlacesListed places are listed, the others are counted.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "frontends/report/dates.h"
#include "frontends/report/sinks.h"
#include "frontends/report/words.h"

// The page, put into the program by html/page_bytes.S.
extern "C" const char staunch_html_page_begin[];
extern "C" const char staunch_html_page_end[];

namespace staunch {
namespace {

constexpr std::size_t kMaxPlacesListed = 100;
constexpr std::size_t kMaxSubjectBytes = 300;

// Where the page takes what this report is made of.
constexpr std::string_view kDataHole = "{{data}}";
constexpr std::string_view kSummaryHole = "{{summary}}";

std::string_view page() {
  return {staunch_html_page_begin, static_cast<std::size_t>(staunch_html_page_end - staunch_html_page_begin)};
}

// JSON that may stand inside a script element: none of its characters begins markup.
std::string inside_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else out += c;
  }
  return out;
}

std::string as_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else out += c;
  }
  return out;
}

std::string with_holes_filled(const std::map<std::string_view, std::string>& fillings) {
  std::string out;
  std::string_view rest = page();
  while (true) {
    const std::size_t at = rest.find("{{"), end = rest.find("}}", at);
    const auto filling = end == rest.npos ? fillings.end() : fillings.find(rest.substr(at, end + 2 - at));
    if (end == rest.npos) return out += rest;
    if (filling == fillings.end()) {  // not a hole
      out += rest.substr(0, at + 2);
      rest.remove_prefix(at + 2);
      continue;
    }
    out += rest.substr(0, at);
    out += filling->second;
    rest.remove_prefix(end + 2);
  }
}

template <typename Entry>  // of the provider, for this rule
const Entry* entry_for(const std::vector<Entry>& entries, const Rule& rule) {
  for (const Entry& entry : entries)
    if (entry.rules.empty() || std::find(entry.rules.begin(), entry.rules.end(), rule.id) != entry.rules.end())
      return &entry;
  return nullptr;
}

class HtmlReport : public FindingSink {
 public:
  using FindingSink::FindingSink;

 private:
  void trim(Occurrence& place) override { place.lines = place.line_before = place.match = Secret(); }

  void write_texts(JsonText& json, std::string_view name, const std::vector<std::string>& texts) const {
    if (texts.empty()) return;
    json.open(name, '[');
    for (const std::string& text : texts) json.text(mask(text));
    json.close();
  }

  void write_notes(JsonText& json, std::string_view name, const std::vector<Note>& notes) const {
    if (notes.empty()) return;
    json.open(name, '[');
    for (std::size_t i = 0; i < std::min(notes.size(), kNotesListed); ++i) {
      json.open('[');
      json.text(mask(notes[i].what));
      json.text(mask(notes[i].why));
      json.close();
    }
    if (notes.size() > kNotesListed) {
      json.open('[');
      json.text(notes_beyond(notes));
      json.text("");
      json.close();
    }
    json.close();
  }

  void write_run(JsonText& json, const Totals& totals) const {
    json.open("run", '{');
    json.text("version", options_.version);
    json.text("started", date_text(options_.started) + "Z");
    json.text("command", run_.command);
    json.open("targets", '[');
    for (const std::string& target : run_.targets) json.text(mask(target));
    json.close();
    json.flag("publicFingerprints", run_.public_fingerprints);
    json.flag("showsSecrets", redaction().shows_all());
    json.text("summary", summary_line(findings_.size(), occurrences_, totals, options_.suppressed.get()));
    json.number("places", occurrences_);
    write_notes(json, "incomplete", totals.incomplete);
    write_notes(json, "partial", totals.partial);
    write_notes(json, "skipped", totals.skipped);
    if (options_.suppressed != nullptr) {
      write_texts(json, "deadIgnores", options_.suppressed->dead_ignores);
      write_texts(json, "deadBaseline", options_.suppressed->dead_baseline);
    }
    json.close();
  }

  // What the rules of this report have in common with their providers, written once and named by number.
  void write_rules(JsonText& json, const std::map<std::uint32_t, std::size_t>& rules) const {
    json.open("rules", '[');
    for (const auto& [index, number] : rules) write_rule(json, rule_of(index));
    json.close();
  }

  void write_rule(JsonText& json, const Rule& rule) const {
    const Provider* provider = provider_of(*run_.catalogue, rule);
    json.open('{');
    json.text("id", rule.id);
    json.text("title", title_of(rule));
    json.text("provider", provider != nullptr ? provider->name : rule.provider);
    if (provider != nullptr) {
      json.text("console", provider->console);
      if (entry_for(provider->verify, rule) != nullptr) json.flag("verify", true);
      if (const Revoke* revoke = entry_for(provider->revoke, rule); revoke != nullptr) write_revoke(json, *revoke);
    }
    json.close();
  }

  static void write_revoke(JsonText& json, const Revoke& revoke) {
    if (revoke.kind != "console" && !revoke.request.url.empty()) json.flag("revoke", true);
    if (revoke.irreversible) json.flag("irreversible", true);
    if (!revoke.collateral.empty()) json.text("collateral", revoke.collateral);
    if (!revoke.instruction.empty()) json.text("instruction", revoke.instruction);
  }

  void write_place(JsonText& json, const Occurrence& place) const {
    json.open('{');
    json.text("path", mask_path(place.path));
    if (place.begin.line != 0) {
      json.number("line", place.begin.line);
      json.number("column", place.begin.column);
    }
    if (!is_file(place)) json.flag("noFile", true);
    if (place.commit) write_commit(json, *place.commit, link_of(place));
    json.close();
  }

  void write_commit(JsonText& json, const Commit& commit, const std::string& link) const {
    if (!commit.id.empty()) {
      json.text("commit", commit.id);
      json.text("author", mask(commit.author));
      json.text("email", mask(commit.email));
      const std::string message = mask(commit.message);
      json.text("subject", std::string_view(message).substr(0, std::min(message.find('\n'), kMaxSubjectBytes)));
    } else {
      json.text("blob", commit.blob);
    }
    if (!commit.commit_date.empty()) json.text("date", commit.commit_date);
    if (commit.at_or_before) json.flag("atOrBefore", true);
    if (!commit.reachable.empty()) json.text("reachable", commit.reachable);
    if (!commit.repository.empty()) json.text("repository", mask(commit.repository));
    if (!link.empty()) json.text("link", link);
  }

  // Where it stands now: "head", "branch", "history", "loose" (no ref leads there), "here" outside of a history.
  void write_now(JsonText& json, const Finding& finding) const {
    bool in_history = false, in_head = false, reached = false;
    std::vector<std::string> branches;
    for (const std::size_t index : finding.places) {
      const Occurrence& place = places_[index];
      if (!place.commit) continue;
      in_history = true;
      in_head |= place.commit->in_head;
      reached |= place.commit->reachable.empty();
      add_branches(branches, place.commit->branches);
    }
    json.text("now", !in_history         ? "here"
                     : in_head           ? "head"
                     : !branches.empty() ? "branch"
                     : reached           ? "history"
                                         : "loose");
    write_texts(json, "branches", branches);
  }

  void write_why(JsonText& json, const Occurrence& place) const {
    std::vector<std::string> why = place.reasons;
    if (why.empty() && place.check == CheckOutcome::passed) why.emplace_back("its offline check passed");
    if (why.empty() && place.check == CheckOutcome::failed) why.emplace_back("its offline check failed");
    if (!place.decoded.empty()) why.push_back(fmt::format("decoded from {}", fmt::join(place.decoded, ", then ")));
    for (const Part& part : place.parts)
      why.push_back(fmt::format("with its {} {} in line {}", title_of(rule_of(part.rule)),
                                shown_form(rule_of(part.rule), part.secret.reveal()), part.begin.line));
    for (const auto& [name, value] : place.derived) why.push_back(name + " " + value);
    write_texts(json, "why", why);
  }

  void write_finding(JsonText& json, const Finding& finding, std::size_t rule) const {
    const Occurrence& first = places_[finding.places.front()];
    const bool path_only = is_path_only(first);
    json.open('{');
    json.text("id", finding.fingerprint);
    json.number("rule", rule);
    json.number("severity", static_cast<std::uint64_t>(finding.severity));
    json.number("confidence", static_cast<std::uint64_t>(finding.confidence));
    if (path_only) json.flag("pathOnly", true);
    else json.text("secret", shown_form(rule_of(finding.rule), first.secret.reveal()));
    write_now(json, finding);
    write_why(json, first);
    if (const Verified* verdict = options_.verdict_of(finding.fingerprint))
      write_verdict(json, "verdict", *verdict, [this](std::string_view text) { return mask(text); });
    json.number("count", finding.count);
    json.open("places", '[');
    for (std::size_t i = 0; i < std::min(finding.places.size(), kMaxPlacesListed); ++i)
      write_place(json, places_[finding.places[i]]);
    json.close();
    json.close();
  }

  std::string render(const Totals& totals) override {
    std::map<std::uint32_t, std::size_t> rules;
    for (const Finding& finding : findings_) rules.emplace(finding.rule, 0);
    std::size_t next = 0;
    for (auto& [rule, number] : rules) number = next++;
    std::vector<const Finding*> order;
    for (const Finding& finding : findings_) order.push_back(&finding);
    std::stable_sort(order.begin(), order.end(), [](const Finding* a, const Finding* b) {
      return std::pair(a->severity, a->confidence) > std::pair(b->severity, b->confidence);
    });

    std::string data;
    JsonText json(data);
    json.open('{');
    write_run(json, totals);
    write_rules(json, rules);
    json.open("findings", '[');
    for (const Finding* finding : order) write_finding(json, *finding, rules[finding->rule]);
    json.close();
    json.close();
    const std::string summary = summary_line(findings_.size(), occurrences_, totals, options_.suppressed.get());
    return with_holes_filled({{kDataHole, inside_script(data)}, {kSummaryHole, as_text(summary)}});
  }
};

}  // namespace

std::unique_ptr<Sink> make_html_report(ReportOptions options, Writer writer) {
  return std::make_unique<HtmlReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
