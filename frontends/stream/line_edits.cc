#include "frontends/stream/line_edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/expand/expansion.h"
#include "frontends/stream/json_line.h"

namespace staunch {
namespace {

// The content of the lines that [begin, end) touches, without the last one's newline.
Span lines_around(std::string_view text, std::uint64_t begin, std::uint64_t end) {
  const std::size_t before = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  const std::size_t behind = text.find('\n', std::max(begin, end > 0 ? end - 1 : 0));
  return {before == std::string_view::npos ? 0 : before + 1, behind == std::string_view::npos ? text.size() : behind};
}

// Only lines of which something was said are looked at.
void fit_json(std::string_view own, Judged& judged) {
  std::vector<Edit> fitted;
  std::size_t edit = 0, ruling = 0;
  while (edit < judged.edits.size() || ruling < judged.rulings.size()) {
    std::uint64_t next = own.size();
    if (edit < judged.edits.size()) next = judged.edits[edit].offset;
    if (ruling < judged.rulings.size()) next = std::min(next, judged.rulings[ruling].offset);
    const Span line = lines_around(own, next, next);
    std::vector<Edit> edits;
    std::vector<Ruling*> rulings;
    for (; edit < judged.edits.size() && judged.edits[edit].offset <= line.end; ++edit) {
      edits.push_back(judged.edits[edit]);
      edits.back().offset -= line.begin;
    }
    for (; ruling < judged.rulings.size() && judged.rulings[ruling].offset <= line.end; ++ruling) {
      rulings.push_back(&judged.rulings[ruling]);
      rulings.back()->offset -= line.begin;
    }
    fit_json_line(own.substr(line.begin, line.end - line.begin), edits, rulings);
    for (Edit& each : edits) {
      each.offset += line.begin;
      fitted.push_back(std::move(each));
    }
    for (Ruling* each : rulings) each->offset += line.begin;
  }
  judged.edits = std::move(fitted);
}

}  // namespace

Judged judged_block(Decision decision, const Block& block, bool json) {
  Judged judged;
  const auto own_edit = [&](Edit edit) {
    const std::uint64_t begin = std::max<std::uint64_t>(edit.offset, block.begin);
    const std::uint64_t end = std::min<std::uint64_t>(edit.offset + edit.length, block.end);
    if (begin >= end) return;
    edit.offset = begin - block.begin;
    edit.length = end - begin;
    judged.edits.push_back(std::move(edit));
  };
  for (Edit& edit : decision.edits) own_edit(std::move(edit));
  std::vector<Edit> blocked;
  for (Ruling& ruling : decision.rulings) {
    if (ruling.action == Action::block && !decision.shadow) {
      const Span lines = lines_around(block.text, ruling.offset, ruling.offset + ruling.length);
      const std::string id = shown_id(ruling.rule);
      std::string replacement = json ? fmt::format("{{\"blocked\":\"{}\"}}", id) : fmt::format("[BLOCKED:{}]", id);
      blocked.push_back({lines.begin, lines.end - lines.begin, std::move(replacement), 0});
    }
    if (ruling.offset < block.begin || ruling.offset >= block.end) continue;
    ruling.offset -= block.begin;
    judged.rulings.push_back(std::move(ruling));
  }
  if (json && !block.part) fit_json(block.own(), judged);
  if (blocked.empty()) return judged;
  for (Edit& edit : blocked) own_edit(std::move(edit));
  judged.edits = merged(std::move(judged.edits));
  return judged;
}

// Of edits that overlap the longest one's replacement stays.
std::vector<Edit> merged(std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.offset < b.offset; });
  std::vector<Edit> out;
  std::uint64_t longest = 0;
  for (Edit& edit : edits) {
    if (out.empty() || out.back().offset + out.back().length <= edit.offset) {
      longest = edit.length;
      out.push_back(std::move(edit));
      continue;
    }
    Edit& last = out.back();
    last.length = std::max(last.offset + last.length, edit.offset + edit.length) - last.offset;
    if (edit.length > longest) {
      longest = edit.length;
      last.replacement = std::move(edit.replacement);
    }
  }
  return out;
}

std::vector<Edit> edits_of_all_lines(std::string_view text, std::string_view replacement) {
  std::vector<Edit> edits;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at), end = newline == std::string_view::npos ? text.size() : newline;
    if (end > at) edits.push_back({at, end - at, std::string(replacement), 0});
    at = end + 1;
  }
  return edits;
}

}  // namespace staunch
