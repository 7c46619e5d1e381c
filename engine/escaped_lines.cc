#include "engine/escaped_lines.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <unordered_map>

#include "engine/expand/decode_base64.h"
#include "engine/expand/decode_escape.h"
#include "engine/expand/decode_hex.h"
#include "engine/expand/decode_utf16.h"
#include "engine/expand/mark_cursor.h"

namespace staunch {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool is_sign(char c) { return c == '\\' || c == '%' || c == '&'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::size_t pair_of(char first, char second) {
  return std::size_t{static_cast<unsigned char>(first)} << 8 | static_cast<unsigned char>(second);
}

std::size_t three_place(char first, char second, char third) {
  const auto all = static_cast<std::uint32_t>(pair_of(first, second) << 8 | static_cast<unsigned char>(third));
  return all * 2654435761u >> 16;
}

// Whether encoded runs and escapes are made of it. (UTF-16 is made of anything, beside NUL.)
bool encodes(char c) {
  return c == '\0' || (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view("+/-_=%&\\#;").find(c) != std::string_view::npos;
}

class Reasons {
 public:
  Reasons(std::string_view text, std::size_t begin, const NeedleBytes& needles)
      : text_(text), begin_(begin), needles_(needles), marks_(text, best_simd()) {}

  // The first byte at or behind `from` that is a reason to decode its line; the text's size where there is none.
  std::size_t next(std::size_t from) {
    while ((from = marks_.next(from, text_.size(), Marked::all)) < text_.size()) {
      if (is_sign(text_[from])) {
        const Escape escape = decode_escape(text_, from);
        if (escape.length > 0 && !inert(from, escape)) return from;
        if (escape.length > 0) inert_.push_back(from);
        from += std::max<std::size_t>(escape.length, 1);
      } else if (run_begins(from)) {
        return from;
      } else {
        from += 1 + marks_alike(text_, from, text_.size());
      }
    }
    return text_.size();
  }

  // The first escape at or behind `from` that is no reason by itself, of those before the last reason.
  std::size_t inert_escape(std::size_t from) {
    while (first_inert_ < inert_.size() && inert_[first_inert_] < from) ++first_inert_;
    return first_inert_ < inert_.size() ? inert_[first_inert_] : text_.size();
  }

 private:
  bool inert(std::size_t at, const Escape& escape) {
    if (has_zero() || text_[at + 1] == '\\') return false;
    const std::string_view bytes = escape.text();
    return std::none_of(bytes.begin(), bytes.end(), [&](char c) {
      return encodes(c) || needles_.may_hold(static_cast<unsigned char>(c), text_, at, at + escape.length);
    });
  }

  // Asked for where there are escapes.
  bool has_zero() {
    if (!has_zero_) has_zero_ = text_.find('\0', begin_) != std::string_view::npos;
    return *has_zero_;
  }

  bool run_begins(std::size_t at) const {
    const bool zero = text_[at] == '\0' || (at + 1 < text_.size() && text_[at + 1] == '\0');
    if (zero && (utf16_begins(text_, at, false) || utf16_begins(text_, at, true))) return true;
    return hex_begins(text_, at) || base64_begins(text_, at);
  }

  const std::string_view text_;
  const std::size_t begin_;
  const NeedleBytes& needles_;
  std::optional<bool> has_zero_;
  MarkCursor marks_;
  std::vector<std::size_t> inert_;  // escapes
  std::size_t first_inert_ = 0;     // of those that were not asked for
};

}  // namespace

// By the byte itself, and by it and the one behind it, or before it where it is a needle's last.
struct NeedleBytes::Tables {
  std::bitset<65536> first;  // with the byte behind it, of needles that begin with it
  std::bitset<65536> begin, inner,
      last;  // three_place() of the first three bytes, of its neighbours, of the last three
  std::unordered_map<std::size_t, std::vector<Place>> places_behind, places_before;
  std::array<std::vector<Place>, 256> places;
  std::bitset<256> high;  // bytes of more than seven bits, wherever they stand
};

// Whether the needle lies around an escape at [begin, end), as far as can be told before the next escape.
bool NeedleBytes::Place::fits(std::string_view text, std::size_t begin, std::size_t end) const {
  if (before.size() > begin) return false;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (lower(text[begin - before.size() + i]) != before[i]) return false;
  for (std::size_t i = 0; i < behind.size(); ++i) {
    if (end + i >= text.size()) return false;
    if (is_sign(text[end + i])) return true;
    if (lower(text[end + i]) != behind[i]) return false;
  }
  return true;
}

NeedleBytes::NeedleBytes() : tables_(std::make_unique<Tables>()) {}
NeedleBytes::~NeedleBytes() = default;

void NeedleBytes::add(std::string_view needle) {
  std::string text(needle);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) tables_->high.set(static_cast<unsigned char>(c));
    if (encodes(c)) continue;  // nobody asks for it
    const Place place{text.substr(0, i), text.substr(i + 1)};
    if (!place.behind.empty()) {
      if (!place.before.empty()) {
        tables_->inner.set(three_place(place.before.back(), c, place.behind[0]));
      } else {
        tables_->first.set(pair_of(c, place.behind[0]));
        for (unsigned third = 0; third < 256; ++third)
          if (place.behind.size() == 1 || static_cast<char>(third) == place.behind[1])
            tables_->begin.set(three_place(c, place.behind[0], static_cast<char>(third)));
      }
      tables_->places_behind[pair_of(c, place.behind.front())].push_back(place);
    } else if (!place.before.empty()) {
      for (unsigned third = 0; third < 256; ++third)
        if (i == 1 || static_cast<char>(third) == text[i - 2])
          tables_->last.set(three_place(static_cast<char>(third), text[i - 1], c));
      tables_->places_before[pair_of(place.before.back(), c)].push_back(place);
    } else {
      all_ = true;  // a needle of one byte
    }
    tables_->places[static_cast<unsigned char>(c)].push_back(place);
  }
}

bool NeedleBytes::may_hold(unsigned char byte, std::string_view text, std::size_t begin, std::size_t end) const {
  if (all_) return true;
  if (byte >= 0x80) return tables_->high[byte];
  const auto any = [&](const std::vector<Place>& places) {
    return std::any_of(places.begin(), places.end(), [&](const Place& each) { return each.fits(text, begin, end); });
  };
  const char c = static_cast<char>(byte);
  if (end >= text.size() || is_sign(text[end])) return any(tables_->places[byte]);
  const char next = lower(text[end]);
  const bool inside = begin > 0, known = end + 1 < text.size() && !is_sign(text[end + 1]);
  const char previous = inside ? lower(text[begin - 1]) : '\0';
  const std::size_t behind = pair_of(c, next);
  const bool first = known ? tables_->begin[three_place(c, next, lower(text[end + 1]))] : tables_->first[behind];
  if (first || (inside && tables_->inner[three_place(previous, c, next)])) {
    const auto places = tables_->places_behind.find(behind);
    if (places != tables_->places_behind.end() && any(places->second)) return true;
  }
  const char third = begin > 1 ? lower(text[begin - 2]) : '\0';
  if (!inside || !tables_->last[three_place(third, previous, c)]) return false;
  const auto places = tables_->places_before.find(pair_of(previous, c));
  return places != tables_->places_before.end() && any(places->second);
}

std::vector<Span> lines_to_decode(std::string_view text, std::size_t begin, const NeedleBytes& needles,
                                  const std::vector<std::size_t>& hits) {
  Reasons reasons(text, begin, needles);
  std::vector<Span> lines;
  auto hit = hits.begin();
  std::size_t reason = reasons.next(begin);
  for (std::size_t at = begin; at < text.size();) {
    if (reason < at) reason = reasons.next(at);
    const std::size_t next = std::min(reason, reasons.inert_escape(at));
    if (next == text.size()) break;
    const void* before = memrchr(text.data() + at, '\n', next - at);
    const std::size_t newline = text.find('\n', next), end = newline == kNone ? text.size() : newline + 1;
    if (before != nullptr) at = static_cast<std::size_t>(static_cast<const char*>(before) - text.data()) + 1;
    hit = std::find_if(hit, hits.end(), [at](std::size_t each) { return each >= at; });
    if (reason < end || (hit != hits.end() && *hit < end)) lines.push_back({at, end});
    at = end;
  }
  return lines;
}

}  // namespace staunch
