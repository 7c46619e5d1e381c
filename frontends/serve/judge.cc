#include "frontends/serve/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

#include "frontends/serve/history.h"

namespace staunch {
namespace {

// Every part of the view that a decision speaks of.
std::vector<ViewSpan> spans_of(const Decision& decision) {
  std::vector<ViewSpan> spans;
  for (const Ruling& ruling : decision.rulings) spans.push_back({ruling.offset, ruling.offset + ruling.length});
  for (const Edit& edit : decision.edits) spans.push_back({edit.offset, edit.offset + edit.length});
  std::sort(spans.begin(), spans.end(), [](const ViewSpan& a, const ViewSpan& b) { return a.begin < b.begin; });
  return spans;
}

// Where all that would hold the body back stands in its history, it is cut out instead.
void soften(const History& history, JudgedBody& judged) {
  judged.conversation = history.opening;
  if (history.begin == history.end) return;
  bool all = true;
  for (Found& found : judged.found) {
    const std::size_t begin = found.ruling.offset, end = begin + found.ruling.length;
    found.in_history = history.holds(begin, end);
    all &= found.in_history || found.ruling.action != Action::block;
  }
  if (judged.verdict != Verdict::block || !all) return;
  judged.verdict = Verdict::redact;
  for (Found& found : judged.found) found.ruling.action = std::min(found.ruling.action, Action::redact);
}

void place(const BodyView& view, const BodyType& type, Decision decision, const History& history, ViewTools& tools,
           const std::string& prefix, JudgedBody& judged) {
  const std::vector<ViewSpan> spans = spans_of(decision);
  const ViewMap map = map_view(view, type, tools, spans);
  for (Ruling& ruling : decision.rulings) {
    PlaceInBody at = place_in_body(view, map, {ruling.offset, ruling.offset + ruling.length}, spans);
    ruling.offset = at.raw_begin;
    ruling.length = at.raw_end - at.raw_begin;
    ruling.pointer = prefix + at.pointer;
    judged.found.push_back({std::move(ruling), std::move(at.inner), at.in_key});
  }
  soften(history, judged);
  std::vector<BodyEdit> edits;
  for (Edit& edit : decision.edits)
    edits.push_back({edit.offset, edit.offset + edit.length, std::move(edit.replacement)});
  if (raw_edits(view, map, edits, judged.edits)) return;
  judged.verdict = Verdict::block;
  judged.notes.push_back({"body", "what was found cannot be cut out of it"});
}

}  // namespace

JudgedBody judge_body(const Redactor& redactor, std::string_view raw, const BodyType& type, const Occasion& occasion,
                      JudgeTools& tools, const std::string& prefix) {
  JudgedBody judged;
  judged.shadow = redactor.policy().shadow;
  if (!type.readable) return unreadable(redactor.policy(), "body", "multipart without a boundary");
  try {
    BodyView& view = tools.view;
    make_view(raw, type, tools.views, view);
    Decision decision = redactor.decide(view.text, occasion);
    judged.verdict = decision.verdict;
    judged.notes = std::move(view.notes);
    if (view.media > 0)
      judged.notes.push_back(
          {"body", fmt::format("{} pictures, sounds or films left out, {} bytes", view.media, view.media_bytes)});
    const bool chats = redactor.policy().redact_history && type.kind <= BodyForm::json;
    const History history = chats && !decision.rulings.empty() ? history_of(raw, tools.structure) : History();
    if (!decision.rulings.empty()) place(view, type, std::move(decision), history, tools.views, prefix, judged);
  } catch (const std::exception&) {
    judged = {};
    judged.complete = false;
    judged.shadow = redactor.policy().shadow;
    judged.notes.push_back({"body", "could not be scanned"});
    const bool blocks = redactor.policy().on_scanner_failure == Action::block && !judged.shadow;
    judged.verdict = blocks ? Verdict::block : Verdict::allow;
  }
  return judged;
}

JudgedBody unreadable(const Policy& policy, std::string what, std::string why) {
  JudgedBody judged;
  judged.shadow = policy.shadow;
  judged.complete = false;
  if (policy.on_unreadable == Action::block && !policy.shadow) judged.verdict = Verdict::block;
  judged.notes.push_back({std::move(what), std::move(why)});
  return judged;
}

void add_judged(JudgedBody& all, JudgedBody one) {
  all.verdict = std::max(all.verdict, one.verdict);
  all.shadow |= one.shadow;
  all.complete &= one.complete;
  std::move(one.found.begin(), one.found.end(), std::back_inserter(all.found));
  std::move(one.notes.begin(), one.notes.end(), std::back_inserter(all.notes));
}

}  // namespace staunch
