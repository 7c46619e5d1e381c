#include "frontends/body/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "frontends/body/view_builder.h"

namespace staunch {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kMasked = "[REDACTED]";

std::size_t mark_size(std::string_view raw) {
  return raw.substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0;
}

std::string why_not_walked(Walked walked) {
  if (walked == Walked::too_deep) return fmt::format("JSON nested deeper than {}: scanned as it is", kMaxNesting);
  return "not valid JSON: scanned as it is";
}

void note_broken(ViewState& state, std::string what, Walked walked) {
  state.view.walked = false;
  if (state.map == nullptr) state.view.notes.push_back({std::move(what), why_not_walked(walked)});
}

void view_json(ViewState& state, Layer& layer, std::string_view raw, bool declared) {
  const std::size_t mark = mark_size(raw);
  const Walked walked = layer.json(mark, raw.size(), -1);
  if (walked == Walked::whole) return;
  if (declared || walked == Walked::too_deep) note_broken(state, "body", walked);
  layer.keep_text(raw.size());
}

// A bad line never harms another.
void view_lines(ViewState& state, Layer& layer, std::string_view raw) {
  std::size_t line = 0, broken = 0, first = 0;
  for (std::size_t begin = 0; begin < raw.size(); ++line) {
    std::size_t end = raw.find('\n', begin);
    if (end == raw.npos) end = raw.size();
    const std::string_view text = raw.substr(begin, end - begin);
    const bool blank = std::all_of(text.begin(), text.end(), is_json_space);
    if (!blank) {
      if (layer.mapped()) layer.keep(begin);
      const std::int32_t root = layer.mapped() ? layer.add_node({-1, false, false, 0, 0, line}) : -1;
      if (layer.json(begin, end, root) != Walked::whole) {
        if (broken++ == 0) first = line + 1;
        layer.keep_text(end);
      }
    }
    begin = std::min(end + 1, raw.size());
    if (end == raw.size()) break;
  }
  if (broken == 0) return;
  state.view.walked = false;
  if (state.map == nullptr)
    state.view.notes.push_back({fmt::format("line {}", first), fmt::format("{} lines are not valid JSON: scanned as "
                                                                           "they are",
                                                                           broken)});
}

bool begins_as_json(std::string_view raw) {
  std::size_t at = mark_size(raw);
  while (at < raw.size() && is_json_space(raw[at])) ++at;
  return at < raw.size() && (raw[at] == '{' || raw[at] == '[');
}

void build(ViewState& state, std::string_view raw, const BodyType& type, Layer& layer) {
  switch (type.kind) {
    case BodyForm::json: view_json(state, layer, raw, true); break;
    case BodyForm::ndjson: view_lines(state, layer, raw); break;
    case BodyForm::form: view_form(layer, raw); break;
    case BodyForm::multipart: view_multipart(layer, raw, type.boundary); break;
    case BodyForm::text:
      if (begins_as_json(raw)) view_json(state, layer, raw, false);
      else layer.keep_text(raw.size());
      break;
  }
}

std::vector<ViewSpan> merged(const std::vector<ViewSpan>& spans) {
  std::vector<ViewSpan> out;
  for (const ViewSpan& span : spans) {
    if (span.begin >= span.end) continue;
    if (!out.empty() && span.begin <= out.back().end) out.back().end = std::max(out.back().end, span.end);
    else out.push_back(span);
  }
  return out;
}

// Where a byte of the view comes from. Requires that it was mapped.
const EscapePiece* piece_of(const ViewMap& map, std::size_t at) {
  const auto after = std::upper_bound(map.pieces.begin(), map.pieces.end(), at,
                                      [](std::size_t wanted, const EscapePiece& piece) { return wanted < piece.out; });
  if (after == map.pieces.begin()) return nullptr;
  const EscapePiece& piece = *(after - 1);
  return at < piece.out + piece.out_size ? &piece : nullptr;
}

// The raw bytes of view [begin, end), which must not be empty.
bool raw_span(const ViewMap& map, std::size_t begin, std::size_t end, std::size_t& raw_begin, std::size_t& raw_end) {
  const EscapePiece *first = piece_of(map, begin), *last = piece_of(map, end - 1);
  if (first == nullptr || last == nullptr) return false;
  raw_begin = first->whole ? first->from : first->from + (begin - first->out);
  raw_end = last->whole ? last->from + last->from_size : last->from + (end - last->out);
  return true;
}

// The leaves that overlap a span, as a range.
std::pair<std::size_t, std::size_t> leaves_in(const ViewMap& map, ViewSpan span) {
  const auto first = std::upper_bound(map.leaves.begin(), map.leaves.end(), span.begin,
                                      [](std::size_t at, const Leaf& leaf) { return at < leaf.end; });
  auto last = first;
  while (last != map.leaves.end() && last->begin < span.end) ++last;
  return {static_cast<std::size_t>(first - map.leaves.begin()), static_cast<std::size_t>(last - map.leaves.begin())};
}

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string in_percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       (c != '\0' && std::strchr("-._~", c) != nullptr);
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// What stands for a leaf's bytes, as its place in the raw bytes has it.
std::string written(const Leaf& leaf, std::string text) {
  if (leaf.kind == Leaf::Kind::bare) {
    // A quote within n strings has 2^n - 1 backslashes before it.
    const std::string quote = std::string((1u << leaf.strings) - 1, '\\') + '"';
    text = quote + text + quote;
  }
  return leaf.percent ? in_percent(text) : text;
}

bool edit_leaf(const BodyView& view, const ViewMap& map, const Leaf& leaf, const BodyEdit& edit, BodyEdit& out) {
  out.begin = leaf.raw_begin;
  out.end = leaf.raw_end;
  if (leaf.kind != Leaf::Kind::bare &&
      !raw_span(map, std::max(edit.begin, leaf.begin), std::min(edit.end, leaf.end), out.begin, out.end))
    return false;
  if (leaf.kind != Leaf::Kind::text) {
    while (out.begin > leaf.raw_begin && is_inside_character(view.raw[out.begin])) --out.begin;
    while (out.end < leaf.raw_end && is_inside_character(view.raw[out.end])) ++out.end;
  }
  out.replacement = written(leaf, edit.replacement);
  return true;
}

// A name in a pointer, with what is secret in it masked.
std::string shown_name(const BodyView& view, const BodyNode& node, const std::vector<ViewSpan>& hidden) {
  std::string name;
  std::size_t at = node.key_begin;
  for (const ViewSpan& span : hidden) {
    if (span.end <= at || span.begin >= node.key_end) continue;
    if (span.begin > at) name += view.text.substr(at, span.begin - at);
    name += kMasked;
    at = std::min(span.end, node.key_end);
  }
  if (at < node.key_end) name += view.text.substr(at, node.key_end - at);
  std::string out;
  for (const char c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

void point_to(const BodyView& view, const ViewMap& map, std::int32_t id, const std::vector<ViewSpan>& hidden,
              PlaceInBody& place) {
  std::vector<std::string> steps, pointers;
  const auto finish = [&] {
    std::string pointer;
    for (auto step = steps.rbegin(); step != steps.rend() && pointer.size() <= kMaxPointer; ++step) {
      pointer += '/';
      pointer += *step;
    }
    if (pointer.size() > kMaxPointer) pointer = pointer.substr(0, kMaxPointer) + "...";
    pointers.push_back(std::move(pointer));
    steps.clear();
  };
  for (; id >= 0; id = map.nodes[static_cast<std::size_t>(id)].parent) {
    const BodyNode& node = map.nodes[static_cast<std::size_t>(id)];
    if (node.inner) finish();
    else steps.push_back(node.named ? shown_name(view, node, hidden) : fmt::format("{}", node.index));
  }
  finish();
  place.pointer = std::move(pointers.back());
  place.inner.assign(pointers.rbegin() + 1, pointers.rend());
}

}  // namespace

void make_view(std::string_view raw, const BodyType& type, ViewTools& tools, BodyView& view) {
  view.raw = raw;
  view.memory.clear();
  view.walked = true;
  view.media = view.media_bytes = 0;
  view.notes.clear();
  ViewState state{tools, view, view.memory, nullptr, nullptr};
  Layer layer(state, raw, nullptr, {0, 0, type.kind == BodyForm::form});
  build(state, raw, type, layer);
  if (layer.changed()) layer.keep(raw.size());
  view.text = layer.changed() ? std::string_view(view.memory) : raw;
}

ViewMap map_view(const BodyView& view, const BodyType& type, ViewTools& tools, const std::vector<ViewSpan>& spans) {
  ViewMap map;
  BodyView again;
  again.raw = view.raw;
  std::string out;
  const std::vector<ViewSpan> wanted = merged(spans);
  ViewState state{tools, again, out, &map, &wanted};
  Layer layer(state, view.raw, &map, {0, 0, type.kind == BodyForm::form});
  build(state, view.raw, type, layer);
  layer.keep(view.raw.size());
  if (out != view.text) return {};  // a mistake of ours: nothing can be placed, and so nothing will pass
  return map;
}

PlaceInBody place_in_body(const BodyView& view, const ViewMap& map, ViewSpan span,
                          const std::vector<ViewSpan>& hidden) {
  PlaceInBody place;
  if (span.begin >= span.end) return place;
  raw_span(map, span.begin, span.end, place.raw_begin, place.raw_end);
  const auto [first, last] = leaves_in(map, span);
  if (first == last) return place;
  // A secret may be found with the name that it has in front of it: the value is where it is.
  const Leaf& leaf = map.leaves[first];
  place.in_key = leaf.kind == Leaf::Kind::key;
  if (leaf.kind != Leaf::Kind::text) point_to(view, map, leaf.node, hidden, place);
  return place;
}

bool raw_edits(const BodyView& view, const ViewMap& map, const std::vector<BodyEdit>& edits,
               std::vector<BodyEdit>& raw) {
  raw.clear();
  bool all = true;
  for (const BodyEdit& edit : edits) {
    const auto [first, last] = leaves_in(map, {edit.begin, edit.end});
    bool any = false;
    for (std::size_t i = first; i < last; ++i) {
      BodyEdit made;
      if (!edit_leaf(view, map, map.leaves[i], edit, made)) {
        all = false;
        continue;
      }
      any = true;
      if (!raw.empty() && made.begin < raw.back().end) raw.back().end = std::max(raw.back().end, made.end);
      else raw.push_back(std::move(made));
    }
    all &= any;
  }
  return all;
}

std::string spliced(std::string_view raw, const std::vector<BodyEdit>& edits) {
  std::string out;
  std::size_t at = 0;
  for (const BodyEdit& edit : edits) {
    out.append(raw, at, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  out.append(raw, at);
  return out;
}

}  // namespace staunch
