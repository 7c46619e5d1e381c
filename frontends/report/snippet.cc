#include "frontends/report/snippet.h"

#include <algorithm>

#include "frontends/report/terminal.h"

namespace staunch {
namespace {

// Bytes of the line that something else stands for.
struct Mask {
  std::size_t begin = 0, end = 0;
  std::string_view shown;
  bool own = false;
};

// The part of [offset, offset + length) that lies in the line, which begins at `base` of its item.
Mask clip(std::uint64_t offset, std::uint64_t length, std::uint64_t base, std::size_t size, std::string_view shown) {
  const std::uint64_t begin = std::clamp(offset, base, base + size) - base;
  const std::uint64_t end = std::clamp(offset + length, base, base + size) - base;
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end), shown, false};
}

// Masks that touch become one: the own secret's form wins, then the one that tells more.
std::vector<Mask> merge(std::vector<Mask> masks) {
  std::sort(masks.begin(), masks.end(), [](const Mask& a, const Mask& b) { return a.begin < b.begin; });
  std::vector<Mask> merged;
  for (const Mask& mask : masks) {
    if (mask.begin >= mask.end && !mask.own) continue;
    if (merged.empty() || mask.begin >= merged.back().end) {
      merged.push_back(mask);
      continue;
    }
    Mask& last = merged.back();
    last.end = std::max(last.end, mask.end);
    if (mask.own || (!last.own && mask.shown.size() > last.shown.size())) last.shown = mask.shown;
    last.own |= mask.own;
  }
  return merged;
}

std::string_view without_indent(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == text.npos ? "" : text.substr(first);
}

Snippet cut(std::string_view before, std::string_view own, std::string_view after) {
  Snippet snippet;
  const std::string_view left = fit_back(before, kSnippetColumns), right = fit_front(after, kSnippetColumns);
  snippet.text = left.size() < before.size() ? "..." + std::string(left) : std::string(without_indent(left));
  snippet.column = display_width(snippet.text);
  snippet.width = std::max<std::size_t>(display_width(own), 1);
  snippet.text += own;
  snippet.text += right;
  if (right.size() < after.size()) snippet.text += "...";
  return snippet;
}

// Those of `taken` that reach into the line.
void add_taken(std::vector<Mask>& masks, const std::vector<Taken>& taken, std::uint64_t base, std::size_t size) {
  const auto ends_before = [](const Taken& each, std::uint64_t offset) { return each.offset + each.length <= offset; };
  auto each = std::lower_bound(taken.begin(), taken.end(), base, ends_before);
  for (; each != taken.end() && each->offset < base + size; ++each)
    masks.push_back(clip(each->offset, each->length, base, size, "…"));
}

}  // namespace

void tidy(std::vector<Taken>& taken) {
  std::sort(taken.begin(), taken.end(), [](const Taken& a, const Taken& b) { return a.offset < b.offset; });
  std::size_t kept = 0;
  for (const Taken& each : taken) {
    Taken* last = kept == 0 ? nullptr : &taken[kept - 1];
    if (last != nullptr && each.offset < last->offset + last->length)
      last->length = std::max(last->length, each.offset + each.length - last->offset);
    else taken[kept++] = each;
  }
  taken.resize(kept);
}

Snippet make_snippet(const Occurrence& place, std::string_view shown, const std::vector<Taken>& taken,
                     const ReportRedactor& redactor, bool mask) {
  const std::string_view lines = place.lines.reveal();
  if (place.begin.line == 0 || place.offset < place.lines_offset || place.offset - place.lines_offset >= lines.size())
    return {};
  const auto at = static_cast<std::size_t>(place.offset - place.lines_offset);
  const std::size_t newline = at == 0 ? lines.npos : lines.rfind('\n', at - 1);
  const std::size_t begin = newline == lines.npos ? 0 : newline + 1;
  std::string_view line = lines.substr(begin, lines.find('\n', at) - begin);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const std::uint64_t base = place.lines_offset + begin;

  Mask own = clip(place.offset, place.length, base, line.size(), shown);
  own.own = true;
  if (!mask) own.shown = line.substr(own.begin, own.end - own.begin);
  std::vector<Mask> masks = {own};
  if (mask) {
    add_taken(masks, taken, base, line.size());
    for (const ReportRedactor::Span& span : redactor.find(line))
      masks.push_back({span.begin, span.end, span.shown, false});
  }

  std::string before, middle, after;
  std::string* side = &before;
  std::size_t done = 0;
  for (const Mask& each : merge(std::move(masks))) {
    *side += visible(line.substr(done, each.begin - done));
    if (each.own) {
      middle = visible(each.shown);
      side = &after;
    } else {
      *side += visible(each.shown);
    }
    done = each.end;
  }
  *side += visible(line.substr(done));
  return cut(before, middle, after);
}

}  // namespace staunch
