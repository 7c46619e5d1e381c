// The report for people: one block a finding, the most severe first, and a last line that says what was done.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "frontends/report/sinks.h"
#include "frontends/report/snippet.h"
#include "frontends/report/terminal.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxTaken = 1'000'000;  // places remembered for masking neighbours; beyond it only by content

constexpr const char* kBold = "1";
constexpr const char* kDim = "2";
constexpr const char* kRed = "31";

const char* colour_of(Severity severity) {
  switch (severity) {
    case Severity::critical: return "1;31";
    case Severity::high: return "31";
    case Severity::medium: return "33";
    case Severity::low: break;
  }
  return "36";
}

constexpr std::size_t kBranchesShown = 5;
constexpr std::size_t kSubjectColumns = 72;

// What identifies the item: the object where there is one, otherwise the path. Of a commit's message it is the commit.
std::string item_of(const Occurrence& place) {
  if (!place.commit) return place.path;
  return place.commit->blob.empty() ? place.commit->id + place.path : place.commit->blob;
}

std::string short_id(std::string_view id) { return visible(id.substr(0, 12)); }

std::string_view reachable_words(const std::string& reachable) {
  if (reachable.empty()) return "";
  return reachable == "stash"    ? ", which only a stash leads to"
         : reachable == "reflog" ? ", which only a reflog leads to"
                                 : ", which nothing leads to";
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

class TextReport : public FindingSink {
 public:
  using FindingSink::FindingSink;

 private:
  void note(const Occurrence& occurrence) override {
    if (occurrence.begin.line == 0) return;  // it stands in no item
    if (redaction().shows_all() || taken_count_ >= kMaxTaken || run_.live) return;
    ++taken_count_;
    auto& taken = taken_[item_of(occurrence)];
    taken.push_back({occurrence.offset, occurrence.length});
    for (const Part& part : occurrence.parts) taken.push_back({part.offset, part.length});
  }

  void trim(Occurrence& place) override { place.match = place.line_before = Secret(); }

  std::string paint(std::string_view text, const char* colour) const {
    return options_.colour ? fmt::format("\033[{}m{}\033[0m", colour, text) : std::string(text);
  }
  std::string clean(std::string_view text) const { return visible(mask(text)); }

  std::string place_words(const Occurrence& place) const {
    const std::string path = place.path.empty() ? "standard input" : visible(mask_path(place.path));
    std::string text = paint(path, kBold);
    if (place.begin.line != 0) text += fmt::format(":{}:{}", place.begin.line, place.begin.column);
    return place.commit ? text + commit_words(place, *place.commit) : text;
  }

  std::string commit_words(const Occurrence& place, const Commit& commit) const {
    const bool tag = place.path == kTagPath;
    std::string text;
    if (!commit.id.empty())
      text = fmt::format(" {} {}", commit.at_or_before ? "at or before" : "in",
                         tag ? "tag " + short_id(commit.blob) : "commit " + short_id(commit.id));
    else if (is_file(place)) text = " in blob " + short_id(commit.blob);
    if (!commit.commit_date.empty()) text += " of " + visible(std::string_view(commit.commit_date).substr(0, 10));
    if (!commit.author.empty() || !commit.email.empty())
      text += fmt::format(" by {} <{}>", clean(commit.author), clean(commit.email));
    if (!commit.repository.empty()) text += " in repository " + clean(commit.repository);
    return text += reachable_words(commit.reachable);
  }

  // The first line of the message of the commit that brought it in, unless the place stands there.
  std::string subject(const Occurrence& place) const {
    if (!place.commit || !is_file(place)) return {};
    const std::string message = mask(place.commit->message);
    const std::string line = visible(std::string_view(message).substr(0, message.find('\n')));
    const std::string_view shown = fit_front(line, kSubjectColumns);
    return std::string(shown) + (shown.size() < line.size() ? "…" : "");
  }

  // Whether branches still hold it. Of what stands in messages and names nobody asks, and what a hook looks at is in
  // none yet.
  std::string now(const Finding& finding) const {
    if (run_.command.starts_with("hook ")) return {};
    bool asked = false, in_head = false, reached = false;
    std::vector<std::string> branches;
    for (const std::size_t index : finding.places) {
      const Occurrence& place = places_[index];
      if (!place.commit || place.begin.line == 0 || place.path == kMessagePath || place.path == kTagPath) continue;
      asked = true;
      in_head |= place.commit->in_head;
      reached |= place.commit->reachable.empty();
      add_branches(branches, place.commit->branches);
    }
    if (!asked) return {};
    if (!in_head && branches.empty())
      return reached ? "no longer in any branch, but in the history" : "not in any branch";
    const bool more = branches.size() > kBranchesShown;
    if (more) branches.resize(kBranchesShown);
    if (in_head) branches.insert(branches.begin(), "HEAD");
    return "still in " + clean(joined(branches, ", ")) + (more ? " and others" : "");
  }

  void write_snippet(std::string& out, const Occurrence& place) const {
    static const std::vector<Taken> kNone;
    const auto taken = taken_.find(item_of(place));
    const Rule& rule = rule_of(place.rule);
    const std::string_view secret = place.secret.reveal();
    const Snippet snippet = make_snippet(place, shown_form(rule, secret), taken == taken_.end() ? kNone : taken->second,
                                         redactor_, !redaction().shows_all());
    // What stands further on in a long line of a stream may not be known yet.
    const bool unsure = run_.live && place.lines.size() >= kMaxLineBytes / 2;
    if (snippet.text.empty() || unsure) return;
    const std::string number = fmt::format("{:>6}", place.begin.line);
    out += fmt::format("  {} {}\n", paint(number + " |", kDim), snippet.text);
    out += fmt::format("  {} {}{}\n", paint(std::string(number.size(), ' ') + " |", kDim),
                       std::string(snippet.column, ' '), paint(std::string(snippet.width, '^'), kRed));
  }

  void write_places(std::string& out, const Finding& finding) const {
    for (std::size_t i = 0; i < std::min(finding.places.size(), kPlacesShown); ++i) {
      const Occurrence& place = places_[finding.places[i]];
      out += fmt::format("  {}{}\n", i == 0 ? "" : "also ", place_words(place));
      if (i == 0) write_snippet(out, place);
    }
    if (finding.count > kPlacesShown) out += fmt::format("  and {} more\n", finding.count - kPlacesShown);
  }

  std::string why(const Occurrence& place) const {
    std::vector<std::string> parts;
    for (const std::string& reason : place.reasons) parts.push_back(clean(reason));
    if (place.reasons.empty() && place.check == CheckOutcome::passed) parts.push_back("its offline check passed");
    if (place.reasons.empty() && place.check == CheckOutcome::failed) parts.push_back("its offline check failed");
    if (!place.decoded.empty()) parts.push_back("decoded from " + clean(joined(place.decoded, ", then ")));
    for (const Part& part : place.parts)
      parts.push_back(fmt::format("with its {} {} in line {}", clean(title_of(rule_of(part.rule))),
                                  clean(shown_form(rule_of(part.rule), part.secret.reveal())), part.begin.line));
    for (const auto& [name, value] : place.derived) parts.push_back(clean(name) + " " + clean(value));
    return joined(parts, "; ");
  }

  void write_finding(std::string& out, const Finding& finding) const {
    const Rule& rule = rule_of(finding.rule);
    const Occurrence& first = places_[finding.places.front()];
    const std::string what = visible(title_of(rule));
    const std::string rest = fmt::format("{}, {} confidence", visible(rule.id), word_of(finding.confidence));
    out += fmt::format("{}  {}  {}\n", paint(word_of(finding.severity), colour_of(finding.severity)),
                       paint(what, kBold), paint(rest, kDim));
    write_places(out, finding);
    const auto line = [&](std::string_view head, const std::string& text) {
      if (!text.empty()) out += fmt::format("  {:<8}{}\n", head, text);
    };
    line("message", subject(first));
    line("now", now(finding));
    line("why", why(first));
    if (const Verified* verdict = options_.verdict_of(finding.fingerprint))
      line("verdict", clean(verdict_words(*verdict)));
    line("next", visible(next_step(*run_.catalogue, rule, first)));
    out += fmt::format("  ignore  {}\n\n", visible(finding.fingerprint));
  }

  void write_notes(std::string& out, std::string_view what, const std::vector<Note>& notes) const {
    for (std::size_t i = 0; i < std::min(notes.size(), kNotesShown); ++i)
      out += fmt::format("{}: {}: {}\n", what, clean(notes[i].what), clean(notes[i].why));
    if (notes.size() > kNotesShown) out += fmt::format("{}: and {} more\n", what, notes.size() - kNotesShown);
  }

  void write_dead(std::string& out, std::string_view where, const std::vector<std::string>& entries) const {
    std::vector<Note> notes;
    for (const std::string& entry : entries) notes.push_back({entry, "nothing in this scan matches it"});
    write_notes(out, where, notes);
  }

  // A stream's findings as they come; a secret that comes again is a line.
  std::string tell(const News& news) const override {
    const Finding& finding = findings_[news.finding];
    std::string out;
    if (news.fresh) write_finding(out, finding);
    else
      out =
          fmt::format("again  {}  {}\n\n", visible(title_of(rule_of(finding.rule))), place_words(places_[news.place]));
    return out;
  }

  std::string render(const Totals& totals) override {
    std::vector<const Finding*> order;
    if (!run_.live)
      for (const Finding& finding : findings_) order.push_back(&finding);
    std::stable_sort(order.begin(), order.end(), [](const Finding* a, const Finding* b) {
      return std::pair(a->severity, a->confidence) > std::pair(b->severity, b->confidence);
    });
    for (auto& [item, taken] : taken_) tidy(taken);
    std::string out;
    for (const Finding* finding : order) write_finding(out, *finding);
    write_notes(out, "not read", totals.incomplete);
    write_notes(out, "read in part", totals.partial);
    if (options_.suppressed != nullptr) {
      write_dead(out, "dead ignore entry", options_.suppressed->dead_ignores);
      write_dead(out, "dead baseline entry", options_.suppressed->dead_baseline);
    }
    return out + summary_line(findings_.size(), occurrences_, totals, options_.suppressed.get()) + "\n";
  }

  std::unordered_map<std::string, std::vector<Taken>> taken_;
  std::size_t taken_count_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_text_report(ReportOptions options, Writer writer) {
  return std::make_unique<TextReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
