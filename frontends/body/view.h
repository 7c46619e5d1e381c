// A body as its reader will understand it, for the scan, and the way back to its raw bytes.
//
// The view of a JSON document is its bytes with the strings unescaped in place; of a string that holds JSON itself (the
// arguments of a tool call) it is the view of that, to kMaxInner levels. Names and values of a form stand without their
// percent signs, a pair a line; JSON within them, and within parts of a multipart body, is seen through as well.
// Pictures and the like in base64 (media.h) are left out. So one scan of one text sees all, with what stands around it.
// Where nothing is escaped the view is the raw bytes themselves, and nothing is copied.
//
// Whatever is found is then placed (the JSON pointer of its value) and cut out: edits of the view become edits of the
// raw bytes that leave the document valid. They lie within one string, number or word each, never cut an escape, a
// surrogate pair or a UTF-8 character, and what is not a string becomes one.
//
// A body that is not what it says it is (broken JSON, JSON nested deeper than kMaxNesting) is scanned as it is, and
// `notes` say so.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/finding.h"
#include "frontends/body/json_escape.h"
#include "frontends/body/structure.h"

namespace staunch {

inline constexpr unsigned kMaxInner = 3;  // levels of JSON inside strings
inline constexpr std::size_t kMaxPointer = 1024;

enum class BodyForm : std::uint8_t {
  text,  // anything else; looked at as JSON where it begins as JSON does
  json,
  ndjson,     // a document a line
  form,       // application/x-www-form-urlencoded
  multipart,  // needs its boundary
};

struct BodyType {
  BodyForm kind = BodyForm::text;
  std::string boundary;
  bool readable = true;  // false: multipart without a usable boundary
};

// From a Content-Type, which may be empty.
BodyType body_type(std::string_view content_type);

// A string, number or word of the body: what may be replaced.
struct Leaf {
  enum class Kind : std::uint8_t { key, string, bare, text };  // text: anything, in a body that is no JSON
  std::size_t begin = 0, end = 0;                              // in the view
  std::size_t raw_begin = 0, raw_end = 0;                      // without quotes
  Kind kind = Kind::string;
  std::uint8_t strings = 0;  // in how many strings it stands, so that its own quotes are escaped as often
  bool percent = false;      // stands in a form
  std::int32_t node = -1;    // of the value; of a key, that of its value; -1: the document
};

// A step of a JSON pointer.
struct BodyNode {
  std::int32_t parent = -1;
  bool named = false, inner = false;       // inner: the document that stands in the parent's string
  std::size_t key_begin = 0, key_end = 0;  // in the view, where `named`
  std::size_t index = 0;                   // else
};

struct ViewSpan {
  std::size_t begin = 0, end = 0;  // in the view
};

// Of those parts of the view that were asked for, in order.
struct ViewMap {
  std::vector<EscapePiece> pieces;  // `from` is in the raw bytes
  std::vector<Leaf> leaves;
  std::vector<BodyNode> nodes;
};

struct BodyView {
  std::string_view raw;
  std::string_view text;  // what is scanned: `raw`, or `memory`
  std::string memory;
  bool walked = true;                        // false: what is said to be JSON is scanned as it is
  std::uint64_t media = 0, media_bytes = 0;  // left out
  std::vector<Note> notes;
};

// What making views needs and keeps: one a thread.
struct ViewTools {
  std::array<Structure, kMaxInner + 1> structures;
};

// `raw` must outlive the view; the BodyView's memory is used again.
void make_view(std::string_view raw, const BodyType& type, ViewTools& tools, BodyView& view);

// The way back for `spans` (by begin), made once something was found: `view` is what make_view made, of the same type.
ViewMap map_view(const BodyView& view, const BodyType& type, ViewTools& tools, const std::vector<ViewSpan>& spans);

struct PlaceInBody {
  std::size_t raw_begin = 0, raw_end = 0;
  std::string pointer;             // RFC 6901; empty for what is no JSON
  std::vector<std::string> inner;  // pointers within the document that stands in the string there, and so on
  bool in_key = false;
};

// Where a span of the view stands. What is `hidden` (in order) is masked in the names of pointers.
PlaceInBody place_in_body(const BodyView& view, const ViewMap& map, ViewSpan span, const std::vector<ViewSpan>& hidden);

struct BodyEdit {
  std::size_t begin = 0, end = 0;
  std::string replacement;
};

// Edits of the view (sorted, not overlapping; replacements without quotes, backslash and control characters) as edits
// of the raw bytes. False where one of them touches nothing that could be replaced.
bool raw_edits(const BodyView& view, const ViewMap& map, const std::vector<BodyEdit>& edits,
               std::vector<BodyEdit>& raw);

// `raw` with the edits made.
std::string spliced(std::string_view raw, const std::vector<BodyEdit>& edits);

}  // namespace staunch
