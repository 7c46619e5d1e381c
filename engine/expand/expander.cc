// What stands in the copy.
//
// Runs: base64 that decodes to at least 12 bytes of ASCII text, in either alphabet, at any alignment, wrapped or not;
// hex digits of at least 12 bytes of text; at least 12 characters of UTF-16, and a source that begins with a byte order
// mark as a whole. A run goes on over bytes that look like no text as long as text follows soon, so that a letter
// outside of ASCII does not end it. Base64 goes on over a line end (indented or not, also one that is written \n) where
// 48 characters of it stand before and more text behind, and over an escaped character of its own (\/, %2B). What
// base64 holds that is no text, such as compressed data, is left out.
//
// Escapes: percent, \u, \x, entities and the simple ones of JSON are frequent in programs, where they hide nothing.
// Those that decode to what separates words (and all simple ones) are a reason to copy where at least 8 bytes follow
// directly that are no space, quote or backslash, as they do in front of a value; those that decode to other ASCII
// characters, where 4 such bytes stand before or behind. In what is copied for whatever reason, all are decoded.
//
// Around a run or such an escape stands the text of its line, kBefore bytes before and kBehind bytes behind, decoded
// like everything else. Between parts that are not neighbours in the source stands an empty line of no origin.
//
// Where kinds overlap: escapes begin with characters that no run has, so they come first by themselves; at one byte
// UTF-16 comes before hex and hex before base64, because digits decode as base64 to noise only. A run that began
// earlier keeps its bytes.
//
// Everything is decided from left to right, from the state and from bytes at most kAhead behind and kKeep before the
// place: that is why cuts do not matter. The copy is no longer than the source but for UTF-16, of which two bytes may
// become three.
#include "engine/expand/expander.h"

#include <algorithm>

#include "engine/expand/decode_base64.h"
#include "engine/expand/decode_escape.h"
#include "engine/expand/decode_hex.h"
#include "engine/expand/decode_utf16.h"
#include "engine/expand/gather_base64.h"
#include "engine/expand/mark_cursor.h"

namespace staunch {
namespace {

constexpr std::size_t kBefore = 128, kBehind = 256;
constexpr std::size_t kKeep = kBefore + 32;
constexpr std::size_t kUnsure = 32;  // a run shows later than it begins by less than this
constexpr std::uint32_t kWrappedLine = 48;
constexpr int kValueAfterSimple = 8, kValueBesideCode = 4;
// An empty line; what is encoded does not go on behind it (Expander::begin_fragment).
constexpr std::string_view kSeparator = "\n\n";
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

static_assert(kBase64Before <= kUnsure && kBase64After < Expander::kAhead);

bool hollow(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '`' || c == '\\'; }

// Whether `count` bytes of a value stand at text[at]; the backslash of a coded character is one.
bool value_follows(std::string_view text, std::size_t at, int count) {
  if (at + static_cast<std::size_t>(count) > text.size()) return false;
  for (const std::size_t end = at + static_cast<std::size_t>(count); at < end; ++at) {
    if (!hollow(text[at])) continue;
    if (text[at] != '\\' || at + 1 >= text.size() || (text[at + 1] != 'u' && text[at + 1] != 'x')) return false;
  }
  return true;
}

bool value_precedes(std::string_view text, std::size_t at, std::size_t count) {
  return at >= count && std::none_of(text.begin() + (at - count), text.begin() + at, hollow);
}

// Whether an escape is a reason to copy.
bool worth_copying(std::string_view text, std::size_t at, const Escape& escape) {
  const char c = escape.bytes[0];
  if (escape.size != 1 || static_cast<unsigned char>(c) >= 0x7f) return false;
  const std::size_t end = at + escape.length;
  if (escape.simple || hollow(c) || c == '<' || c == '>') return value_follows(text, end, kValueAfterSimple);
  return value_follows(text, end, kValueBesideCode) || value_precedes(text, at, kValueBesideCode);
}

}  // namespace

// One call of feed. Places are indices into the text.
class ExpanderPass {
 public:
  ExpanderPass(Expander& expander, std::string_view text, std::uint64_t base, bool last, Expansion& out)
      : e_(expander),
        text_(text),
        base_(base),
        out_(out),
        limit_(last ? text.size() : text.size() - std::min(text.size(), Expander::kAhead)),
        last_(last),
        at_(expander.at_ - base),
        until_(expander.until_ > base ? expander.until_ - base : 0),
        marks_(text, expander.simd_) {}

  void run() {
    while (at_ < limit_ && step()) {
    }
    e_.at_ = base_ + at_;
    e_.until_ = base_ + until_;
    e_.keep_from_ = e_.at_ - std::min<std::uint64_t>(e_.at_, kKeep);
  }

 private:
  using State = Expander::State;
  enum class Kind : std::uint8_t { none, escape, base64, hex, utf16 };
  struct Found {
    Kind kind = Kind::none;
    bool big_endian = false;
    std::size_t begin = 0;
    Escape escape;
  };

  // Each returns whether it came on.
  bool step() {
    switch (e_.state_) {
      case State::start: return start();
      case State::text: return at_ < until_ ? copy() : seek();
      case State::base64: return base64();
      case State::hex: return hex();
      case State::utf16:
      case State::all_utf16: return utf16();
    }
    return false;
  }

  bool start() {
    const std::string_view mark = text_.substr(0, 2);
    const bool little = mark == "\xff\xfe", big = mark == "\xfe\xff";
    e_.state_ = little || big ? State::all_utf16 : State::text;
    e_.big_endian_ = big;
    if (little || big) at_ = 2;
    return true;
  }

  // Looks for the next reason to copy.
  bool seek() {
    const std::size_t done = e_.done_ > base_ ? e_.done_ - base_ : 0;
    for (std::size_t from = at_;;) {
      const std::size_t mark = marks_.next(from, limit_, Marked::reasons);
      if (mark == limit_) break;
      const Found found = look(mark, done);
      if (found.kind != Kind::none && (found.kind != Kind::escape || worth_copying(text_, mark, found.escape))) {
        open(found, done);
        return true;
      }
      from = mark + 1 + alike(mark);
    }
    at_ = limit_;
    return false;
  }

  // Begins to copy, in the line of what was found.
  void open(const Found& found, std::size_t done) {
    std::size_t begin = std::max(done, found.begin - std::min(found.begin, kBefore));
    const std::string_view before = text_.substr(begin, found.begin - begin);
    if (const auto line_end = before.rfind('\n'); line_end != std::string_view::npos) begin += line_end + 1;
    if (e_.copied_ && base_ + begin > e_.done_) {
      out_.add(Codec::none, base_ + begin, base_ + begin, kSeparator, kWhole);
      e_.joins_ = false;
    }
    at_ = begin;
    until_ = found.begin + found.escape.length + kBehind;
  }

  // Copies up to the next run, or to the end of the line or of what is wanted, and decodes what escapes there are.
  bool copy() {
    const std::size_t line_end = find_line_end();
    std::size_t stop = std::min(until_, line_end);
    for (std::size_t from = at_;;) {
      const std::size_t bound = std::min(stop, limit_);
      const std::size_t mark = marks_.next(from, bound, Marked::all);
      if (mark == bound) break;
      from = mark + 1;
      if (copy_bytes(mark, line_end, stop)) {
        from = at_;
      } else if (const Escape escape = decode_escape(text_, mark); escape.length > 0) {
        verbatim(mark);
        put(escape.codec, mark + escape.length, escape.text(), {escape.length, escape.size});
        from = at_;
        // Where the line ends before, it does not matter what is wanted.
        if (line_end > until_ && worth_copying(text_, mark, escape)) until_ = at_ + kBehind;
        stop = std::max(at_, std::min(until_, line_end));
      } else if (const Found run = look(mark, at_); run.kind != Kind::none) {
        begin_run(run);
        return true;
      }
    }
    if (last_) stop = std::min(stop, limit_);  // nothing more comes, whatever was wanted
    if (stop <= limit_) {
      verbatim(stop);
      until_ = stop;
      return true;
    }
    if (limit_ > at_ + kUnsure) verbatim(limit_ - kUnsure);
    return false;
  }

  // Data in a program's string: bytes one after another, each written as \x1f. What copy() does for every escape, for
  // many at once: each of them is a reason to go on, if it is ASCII, because two more
  // follow.
  bool copy_bytes(std::size_t mark, std::size_t line_end, std::size_t& stop) {
    constexpr std::size_t kLength = 4, kFollow = 2;
    char bytes[512];
    const std::size_t found = decode_bytes(text_, mark, bytes);
    std::size_t count = 0, end = mark;
    for (; count + kFollow < found && end < std::min(stop, limit_); ++count) {
      end += kLength;
      if (line_end > until_ && static_cast<unsigned char>(bytes[count]) < 0x7f) until_ = end + kBehind;
      stop = std::max(end, std::min(until_, line_end));
    }
    if (count == 0) return false;
    verbatim(mark);
    put(Codec::escape, end, {bytes, count}, {kLength, 1});
    return true;
  }

  void begin_run(const Found& run) {
    verbatim(run.begin);
    e_.state_ = run.kind == Kind::base64 ? State::base64 : run.kind == Kind::hex ? State::hex : State::utf16;
    e_.big_endian_ = run.big_endian;
    e_.line_ = 0;
  }

  // How many marks behind this one need no look. Backslashes are escapes of each other.
  std::size_t alike(std::size_t mark) const { return text_[mark] == '\\' ? 0 : marks_alike(text_, mark, limit_); }

  // What begins at a mark; a run of base64 may begin before it, at `least` or behind.
  Found look(std::size_t mark, std::size_t least) const {
    Found found;
    found.begin = mark;
    const char c = text_[mark];
    if (c == '%' || c == '&' || c == '\\') found.escape = decode_escape(text_, mark);
    const bool zero = c == '\0' || (mark + 1 < text_.size() && text_[mark + 1] == '\0');
    if (found.escape.length > 0) {
      found.kind = Kind::escape;
    } else if (zero && (utf16_begins(text_, mark, false) || utf16_begins(text_, mark, true))) {
      found.kind = Kind::utf16;
      found.big_endian = text_[mark] == '\0';
    } else if (c >= '0' && c <= '7' && hex_begins(text_, mark)) {
      found.kind = Kind::hex;
    } else if (base64_begins(text_, mark)) {
      found.kind = Kind::base64;
      found.begin = base64_begin(text_, mark, least);
    }
    return found;
  }

  bool base64() {
    char bytes[3 * 256];
    std::size_t size = 0, end = at_;
    while (end < limit_) {
      const std::uint32_t quad = quad_at(text_, end);
      if (quad == kNoQuad || size == sizeof bytes || (!text_quad(quad) && base64_torn(text_, end))) break;
      bytes[size++] = static_cast<char>(quad >> 16);
      bytes[size++] = static_cast<char>(quad >> 8);
      bytes[size++] = static_cast<char>(quad);
      end += 4;
    }
    e_.line_ += static_cast<std::uint32_t>(end - at_);
    put(Codec::base64, end, {bytes, size}, {4, 3});
    if (size == sizeof bytes || end >= limit_) return true;
    if (quad_at(text_, end) != kNoQuad) return end_run();
    return broken_quad();
  }

  // A quad of which a line end or an escape stands in the middle, or the last one.
  bool broken_quad() {
    const GatheredQuad got = gather_quad(text_, at_, e_.line_ + 3 >= kWrappedLine);
    const char bytes[] = {static_cast<char>(got.quad >> 16), static_cast<char>(got.quad >> 8),
                          static_cast<char>(got.quad)};
    if (got.count == 4 && got.line_begin == 0) {
      at_ = got.begin;
      e_.line_ = 0;
      e_.joins_ = false;
      return true;
    }
    if (got.count == 4) {
      e_.line_ =
          got.line_begin == GatheredQuad::kNoLine ? e_.line_ + 4 : static_cast<std::uint32_t>(4 - got.line_begin);
      put(Codec::base64, got.end, {bytes, 3}, kWhole);
      return true;
    }
    last_quad(got);
    return end_run();
  }

  // Two characters are a byte and three are two, the bits that are left over 0, with padding or without.
  void last_quad(const GatheredQuad& got) {
    if (got.count < 2) return;
    const unsigned spare = got.count == 2 ? 4 : 2;
    if ((got.quad & ((1u << spare) - 1)) != 0) return;
    const std::uint32_t value = got.quad >> spare;
    const char bytes[] = {static_cast<char>(got.count == 2 ? value : value >> 8), static_cast<char>(value)};
    std::size_t end = got.end;
    for (std::size_t i = got.count; i < 4; ++i) end += base64_padding_length(text_, end);
    put(Codec::base64, end, {bytes, got.count - 1}, kWhole);
  }

  bool hex() {
    char bytes[512];
    std::size_t size = 0, end = at_;
    bool ends = false;
    while (end < limit_ && size < sizeof bytes) {
      const int byte = hex_pair(text_, end);
      ends = byte < 0 || ((byte < 0x20 || byte > 0x7e) && hex_torn(text_, end));
      if (ends) break;
      bytes[size++] = static_cast<char>(byte);
      end += 2;
    }
    put(Codec::hex, end, {bytes, size}, {2, 1});
    return ends ? end_run() : true;
  }

  bool utf16() {
    const bool all = e_.state_ == State::all_utf16;
    char bytes[512];
    std::size_t size = 0, end = at_;
    Utf16Character next;
    while (end < limit_ && size < sizeof bytes) {
      next = utf16_at(text_, end, e_.big_endian_);
      if (next.length != 2 || !(all ? next.code < 0x80 : utf16_ascii(next.code))) break;
      bytes[size++] = static_cast<char>(next.code);
      end += 2;
    }
    const bool other = end < limit_ && size < sizeof bytes;
    put(Codec::utf16, end, {bytes, size}, {2, 1});
    if (!other) return true;
    if (!all && utf16_torn(text_, at_, e_.big_endian_)) return end_run();
    char utf8[4];
    const std::uint8_t length = put_utf8(next.code, utf8);
    put(Codec::utf16, at_ + next.length, {utf8, length}, {next.length, length});
    return true;
  }

  bool end_run() {
    e_.state_ = State::text;
    until_ = at_ + kBehind;
    return true;
  }

  void verbatim(std::size_t end) { put(Codec::none, end, text_.substr(at_, end - at_), kVerbatim); }

  // Appends what [at_, end) decodes to: to the last piece, where that is of the same codec and unit.
  void put(Codec codec, std::size_t end, std::string_view bytes, Ratio ratio) {
    if (end == at_) return;
    const std::uint64_t begin = base_ + at_;
    if (ratio != kWhole && e_.joins_ && continues(codec, begin, ratio)) {
      out_.text += bytes;
      out_.pieces.back().end = base_ + end;
    } else {
      out_.add(codec, begin, base_ + end, bytes, ratio);
    }
    e_.joins_ = true;
    e_.copied_ = true;
    at_ = end;
    e_.done_ = base_ + end;
  }

  bool continues(Codec codec, std::uint64_t begin, Ratio ratio) const {
    if (out_.pieces.empty()) return false;
    const Piece& last = out_.pieces.back();
    return last.codec == codec && last.ratio == ratio && last.end == begin;
  }

  // The first line end from here on, or kNone. The end of the source is one too.
  std::size_t find_line_end() {
    if (!line_end_known_ || line_end_ < at_) line_end_ = text_.find('\n', at_);
    if (line_end_ == kNone && last_) line_end_ = text_.size();
    line_end_known_ = true;
    return line_end_;
  }

  Expander& e_;
  std::string_view text_;
  std::uint64_t base_;
  Expansion& out_;
  std::size_t limit_;
  bool last_;
  std::size_t at_, until_;
  std::size_t line_end_ = kNone;
  bool line_end_known_ = false;
  MarkCursor marks_;
};

void Expander::feed(std::string_view text, std::uint64_t base, bool last, Expansion& out) {
  if (state_ == State::start && base > 0) {
    state_ = State::text;
    at_ = done_ = keep_from_ = base;
  }
  ExpanderPass(*this, text, base, last, out).run();
}

}  // namespace staunch
