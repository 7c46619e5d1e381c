// Any bytes as a body of any kind: the view is made, marks in it are placed and cut out. JSON that another library
// reads is walked, and what it does not read is not (but for what it refuses: lone surrogates, numbers beyond a
// double); what comes out of the cuts is JSON again where it was JSON, and bytes outside of them are as they were.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/body/json_members.h"
#include "frontends/body/unpack.h"
#include "frontends/body/view.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

constexpr std::size_t kDepth = 200;

// Whether a number may be beyond a double.
bool may_be_huge(std::string_view text) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (!digit) continue;
    if (++digits > 300 || (i + 1 < text.size() && (text[i + 1] | 0x20) == 'e')) return true;
  }
  return false;
}

std::size_t depth_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; }));
}

void look(std::string_view raw, const BodyType& type, std::uint8_t seed, ViewTools& tools) {
  BodyView view;
  make_view(raw, type, tools, view);
  const bool json = type.kind == BodyForm::json;
  // It takes a NUL for the end.
  const bool simple = raw.find('\0') == raw.npos && depth_of(raw) < kDepth && raw.substr(0, 3) != "\xEF\xBB\xBF";
  const bool surrogates = raw.find("\\ud") != raw.npos || raw.find("\\uD") != raw.npos;
  const bool valid = json && simple && nlohmann::json::accept(raw);
  if (json && simple && !surrogates && !may_be_huge(raw)) demand(valid == view.walked);
  if (valid) demand(view.walked);

  // Spans at places that the input chooses.
  std::vector<ViewSpan> spans;
  const std::size_t step = 1 + seed % 13, length = 1 + seed % 5;
  for (std::size_t at = seed % 7; at + length <= view.text.size() && spans.size() < 50; at += length + step)
    spans.push_back({at, at + length});
  const ViewMap map = map_view(view, type, tools, spans);
  std::vector<BodyEdit> edits, made;
  for (const ViewSpan& span : spans) {
    const PlaceInBody place = place_in_body(view, map, span, spans);
    demand(place.raw_begin <= place.raw_end && place.raw_end <= raw.size());
    edits.push_back({span.begin, span.end, "[R]"});
  }
  raw_edits(view, map, edits, made);  // some fall between values
  std::size_t last = 0;
  for (const BodyEdit& edit : made) {
    demand(edit.begin >= last && edit.begin < edit.end && edit.end <= raw.size());
    last = edit.end;
  }
  const std::string after = spliced(raw, made);
  if (valid) demand(nlohmann::json::accept(after));
  if (made.empty()) demand(after == raw);
  if (json && view.walked) {
    BodyView again;
    make_view(after, type, tools, again);
    demand(again.walked);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static ViewTools tools;
  const std::string_view raw(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[0] % 8) {
    case 0: look(raw, {BodyForm::text, {}, true}, data[1], tools); break;
    case 1: look(raw, {BodyForm::ndjson, {}, true}, data[1], tools); break;
    case 2: look(raw, {BodyForm::form, {}, true}, data[1], tools); break;
    case 3: look(raw, {BodyForm::multipart, "b", true}, data[1], tools); break;
    case 4: {
      std::string out;
      static const char* const kCodings[] = {"gzip", "deflate", "br", "zstd", "gzip, br", ""};
      unpack(kCodings[data[1] % 6], raw, 1u << 20, out);
      demand(out.size() <= 1u << 20 || out.size() <= raw.size());
      break;
    }
    case 5: {
      const JsonMembers members = json_members(raw, tools.structures[0]);
      for (const JsonMember& member : members.members) {
        demand(member.value.data() >= raw.data() &&
               member.value.data() + member.value.size() <= raw.data() + raw.size());
        json_string(member.value);
      }
      body_type(raw);
      break;
    }
    default: look(raw, {BodyForm::json, {}, true}, data[1], tools);
  }
  return 0;
}
