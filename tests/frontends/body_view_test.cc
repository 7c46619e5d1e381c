// Views of bodies against another JSON library: random documents in which marks stand behind random escapes, in names,
// values, numbers and JSON within strings, are found in the view, have the pointer where they were put, and are cut
// out; what remains parses to the same document with the marks replaced.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

#include "frontends/body/json_walk.h"
#include "frontends/body/media.h"
#include "frontends/body/view.h"

namespace {

using namespace staunch;
using Json = nlohmann::json;

const std::string kReplacement = "[REDACTED:mark]";

struct Mark {
  std::string text, pointer;
  std::vector<std::string> inner;
  bool in_key = false;
};

// A document as JSON text with random spelling, and the same document with its marks replaced.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::pair<std::string, Json> document() {
    Json expected;
    std::string text = value(4, {}, {}, 0, expected);
    return {text, expected};
  }
  std::vector<Mark> marks;

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  std::string mark(const std::string& pointer, const std::vector<std::string>& inner, bool in_key) {
    marks.push_back({fmt::format("MARK{:05}", marks.size()), pointer, inner, in_key});
    return marks.back().text;
  }

  std::string spelled(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      const unsigned code = static_cast<unsigned char>(c);
      if (code < 0x80 && below(6) == 0)
        out += below(2) ? fmt::format("\\u{:04x}", code) : fmt::format("\\u{:04X}", code);
      else if (c == '"' || c == '\\' || (c == '/' && below(2) == 0)) (out += '\\') += c;
      else if (c == '\n') out += "\\n";
      else if (c == '\t') out += "\\t";
      else if (code < 0x20) out += fmt::format("\\u{:04x}", code);
      else out += c;
    }
    return out + '"';
  }

  std::string noise() {
    static const std::vector<std::string> words = {"",  "a b",       "x\ny", "\"q\"",    "back\\slash", "/",
                                                   "é", "𝄞",         "{",    "[1,",      "}",           "\t",
                                                   "~", "key=value", "日本", "\xC2\x80", "null"};
    std::string out;
    for (unsigned i = below(4); i > 0; --i) out += words[below(static_cast<unsigned>(words.size()))];
    return out;
  }
  std::string space() { return below(4) == 0 ? std::string(below(3), ' ') + (below(2) ? "\n" : "\t") : ""; }

  std::string text_value(const std::string& pointer, const std::vector<std::string>& inner, Json& expected) {
    std::string text = noise();
    std::string after = text;
    for (unsigned i = below(3); i > 0; --i) {
      text += mark(pointer, inner, false);
      after += kReplacement;
      const std::string more = noise();
      text += more;
      after += more;
    }
    expected = after;
    return spelled(text);
  }

  std::string value(unsigned depth, const std::string& pointer, const std::vector<std::string>& inner, unsigned level,
                    Json& expected) {
    switch (below(depth > 0 ? 9 : 4)) {
      case 0: expected = nullptr; return "null";
      case 1: {
        if (below(3) != 0) return expected = 125, "1.25e2";
        std::string number = fmt::format("{}", 7'000'000'000u + marks.size());
        marks.push_back({number, pointer, inner, false});
        expected = kReplacement;
        return number;
      }
      case 2:
      case 3: return text_value(pointer, inner, expected);
      case 4:
      case 5: {
        std::string out = "[";
        expected = Json::array();
        for (unsigned i = 0, n = below(4); i < n; ++i) {
          Json each;
          out += (i > 0 ? "," : "") + space() + value(depth - 1, fmt::format("{}/{}", pointer, i), inner, level, each) +
                 space();
          expected.push_back(each);
        }
        return out + "]";
      }
      case 6:
      case 7: return object(depth, pointer, inner, level, expected);
      default: {
        if (level == kMaxInner) return text_value(pointer, inner, expected);
        // JSON in a string.
        std::vector<std::string> all = inner;
        all.push_back(pointer);
        Json within;
        const std::string text = object(depth, {}, all, level + 1, within);
        expected = Json{{"\x01json", within}};
        return spelled(text);
      }
    }
  }

  std::string object(unsigned depth, const std::string& pointer, const std::vector<std::string>& inner, unsigned level,
                     Json& expected) {
    std::string out = "{";
    expected = Json::object();
    for (unsigned i = 0, n = below(4); i < n; ++i) {
      const bool marked = below(5) == 0;
      std::string name = fmt::format("k{}~/", i);
      // In a pointer, a name that holds something is masked.
      const std::string step = fmt::format("{}/k{}~0~1{}", pointer, i, marked ? "[REDACTED]" : "");
      if (marked) name += mark(step, inner, true);
      Json each;
      out += (i > 0 ? "," : "") + space() + spelled(name) + space() + ":" + space() +
             value(depth - 1, step, inner, level, each) + space();
      expected[fmt::format("k{}~/{}", i, marked ? kReplacement : "")] = each;
    }
    return out + "}";
  }

  std::mt19937 random_;
};

// What a document says, with the JSON in its strings parsed where that is expected.
bool says(const Json& document, const Json& expected) {
  if (expected.is_object() && expected.size() == 1 && expected.begin().key() == "\x01json") {
    if (!document.is_string()) return false;
    const Json inner = Json::parse(document.get<std::string>(), nullptr, false);
    return !inner.is_discarded() && says(inner, expected.begin().value());
  }
  if (expected.is_object()) {
    if (!document.is_object() || document.size() != expected.size()) return false;
    for (const auto& [name, value] : expected.items())
      if (!document.contains(name) || !says(document[name], value)) return false;
    return true;
  }
  if (expected.is_array()) {
    if (!document.is_array() || document.size() != expected.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!says(document[i], expected[i])) return false;
    return true;
  }
  return document == expected;
}

std::vector<ViewSpan> spans_of(const BodyView& view, const std::vector<Mark>& marks) {
  std::vector<ViewSpan> spans;
  for (const Mark& mark : marks) {
    const std::size_t at = view.text.find(mark.text);
    REQUIRE(at != view.text.npos);
    REQUIRE(view.text.find(mark.text, at + 1) == view.text.npos);
    spans.push_back({at, at + mark.text.size()});
  }
  return spans;
}

std::string cut(std::string_view raw, const BodyType& type, const std::vector<std::string>& marks) {
  ViewTools tools;
  BodyView view;
  make_view(raw, type, tools, view);
  std::vector<ViewSpan> spans;
  std::vector<BodyEdit> edits, made;
  for (const std::string& mark : marks) {
    const std::size_t at = view.text.find(mark);
    if (at == view.text.npos) return "not found: " + std::string(view.text);
    spans.push_back({at, at + mark.size()});
    edits.push_back({at, at + mark.size(), "[R]"});
  }
  const ViewMap map = map_view(view, type, tools, spans);
  return raw_edits(view, map, edits, made) ? spliced(raw, made) : "not placed";
}

}  // namespace

TEST_CASE("marks in random documents are found, placed and cut out", "[body]") {
  ViewTools tools;
  BodyView view;
  std::size_t marks = 0, inner = 0, keys = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Maker maker(seed);
    const auto [text, expected] = maker.document();
    CAPTURE(seed, text);
    REQUIRE(!Json::parse(text, nullptr, false).is_discarded());
    make_view(text, {BodyForm::json, {}, true}, tools, view);
    REQUIRE(view.walked);
    const std::vector<ViewSpan> spans = spans_of(view, maker.marks);
    std::vector<ViewSpan> sorted = spans;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    const ViewMap map = map_view(view, {BodyForm::json, {}, true}, tools, sorted);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const Mark& mark = maker.marks[i];
      const PlaceInBody place = place_in_body(view, map, spans[i], sorted);
      CAPTURE(mark.text, mark.pointer, place.pointer, mark.inner.size());
      std::vector<std::string> path{place.pointer};
      path.insert(path.end(), place.inner.begin(), place.inner.end());
      std::vector<std::string> put = mark.inner;
      put.push_back(mark.pointer);
      CHECK(path == put);
      CHECK(place.in_key == mark.in_key);
      ++marks;
      inner += mark.inner.empty() ? 0 : 1;
      keys += mark.in_key ? 1 : 0;
    }
    std::vector<BodyEdit> edits, raw;
    for (const ViewSpan& span : sorted) edits.push_back({span.begin, span.end, kReplacement});
    REQUIRE(raw_edits(view, map, edits, raw));
    const std::string after = spliced(text, raw);
    CAPTURE(after);
    const Json document = Json::parse(after, nullptr, false);
    REQUIRE(!document.is_discarded());
    CHECK(says(document, expected));
  }
  CHECK(marks > 3000);
  CHECK(inner > 500);
  CHECK(keys > 300);
}

TEST_CASE("edits stay within strings and characters", "[body]") {
  const BodyType json{BodyForm::json, {}, true};
  // Over the border of two strings: both lose their part, and nothing between them.
  CHECK(cut(R"({"a":["xxSECRET-1","2-SECRETyy"]})", json, {R"(SECRET-1","2-SECRET)"}) == R"({"a":["xx[R]","[R]yy"]})");
  // Within a character, and within an escaped one.
  CHECK(cut("[\"a\xC3\xA9z\"]", json, {"\xA9z"}) == "[\"a[R]\"]");
  CHECK(cut(R"(["a\ud834\udd1ez"])", json, {"\x84\x9Ez"}) == R"(["a[R]"])");
  // A number becomes a string, at the level of quotes where it stands.
  CHECK(cut(R"({"n": 123456789 })", json, {"345"}) == R"({"n": "[R]" })");
  CHECK(cut(R"({"n":"{\"m\":123456789,\"s\":\"\"}"})", json, {"345"}) == R"({"n":"{\"m\":\"[R]\",\"s\":\"\"}"})");
  // Bytes that are not touched are as they were, spaces, order and duplicates too.
  CHECK(cut("{ \"b\":1.0e0,\t\"b\" : \"\\u0053ECRET\"}\r\n", json, {"SECRET"}) ==
        "{ \"b\":1.0e0,\t\"b\" : \"[R]\"}\r\n");
  CHECK(cut("\xEF\xBB\xBF[\"SECRET\"]", json, {"SECRET"}) == "\xEF\xBB\xBF[\"[R]\"]");
  // A lone surrogate is no reason to look away.
  CHECK(cut(R"(["\ud800 \u0053ECRET"])", json, {"SECRET"}) == R"(["\ud800 [R]"])");
}

TEST_CASE("what is no JSON is scanned as it is, and said", "[body]") {
  ViewTools tools;
  BodyView view;
  const auto walked = [&](const std::string& text) {
    make_view(text, {BodyForm::json, {}, true}, tools, view);
    if (!view.walked) {
      CHECK(view.text == text);
      CHECK(view.notes.size() == 1);
    }
    return view.walked;
  };
  for (const char* bad :
       {"",           "{",     "}",      "[1,]",          "{\"a\"}",    "{\"a\":}",      "{a:1}",        "[01]",
        "[1.]",       "[+1]",  "[nul]",  "[\"a\" \"b\"]", "[\"\\x\"]",  "[\"\\u12g4\"]", "[\"\\u123\"]", "[\"a]",
        "[\"a\nb\"]", "[1] 2", "\"a\"b", "[1}",           "{\"a\":1,}", "[\"\xFF\"]",    "[tru]",        "[\"a\\\"]",
        "'a'",        "[1 2]", "{1:2}",  "[-]",           "[1e]"}) {
    CAPTURE(bad);
    CHECK(!walked(bad));
    CHECK(!Json::accept(bad));
  }
  for (const char* good : {"{}", "[]", " 1 ", "\"a\"", "null", "[1,2]", "{\"a\":{}}", "[-0.0e+1]", "[\"\\\\\"]",
                           "[\"\\/\\b\\f\"]", "[[[]]]", "{\"\":\"\"}"}) {
    CAPTURE(good);
    CHECK(walked(good));
    CHECK(Json::accept(good));
  }
  CHECK(walked(std::string(kMaxNesting, '[') + std::string(kMaxNesting, ']')));
  CHECK(!walked(std::string(kMaxNesting + 1, '[') + std::string(kMaxNesting + 1, ']')));
  CHECK(!walked(std::string(200'000, '[')));
}

TEST_CASE("forms, lines and parts", "[body]") {
  CHECK(cut("a=1&token=SEC%52ET%2B+x&b", {BodyForm::form, {}, true}, {"SECRET+ x"}) == "a=1&token=%5BR%5D&b");
  CHECK(cut("payload=%7B%22t%22%3A%22a%5CnSECRET%22%2C%22n%22%3A98765%7D", {BodyForm::form, {}, true},
            {"SECRET", "98765"}) == "payload=%7B%22t%22%3A%22a%5Cn%5BR%5D%22%2C%22n%22%3A%22%5BR%5D%22%7D");
  CHECK(cut("{\"a\":\"\\u0053ECRET\"}\nbroken {\"SECRET2\n[\"\\u0053ECRET3\"]", {BodyForm::ndjson, {}, true},
            {"SECRET\"", "SECRET2", "SECRET3"}) == "{\"a\":\"[R]\"}\nbroken {\"[R]\n[\"[R]\"]");
  const BodyType parts = body_type("multipart/form-data; boundary=\"xYz\"");
  REQUIRE(parts.kind == BodyForm::multipart);
  const std::string head = "--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
                    json =
                        "--xYz\r\nContent-Type: "
                        "application/json\r\n\r\n";
  CHECK(cut(head + "SECRET1 \\u0041\r\n" + json + "{\"a\":\"\\u0053ECRET2\",\"b\":12345}\r\n--xYz--\r\n", parts,
            {"SECRET1", "SECRET2", "12345"}) ==
        head + "[R] \\u0041\r\n" + json + "{\"a\":\"[R]\",\"b\":\"[R]\"}\r\n--xYz--\r\n");
  CHECK(!body_type("multipart/form-data").readable);
  CHECK(body_type("Application/vnd.x+JSON; charset=utf-8").kind == BodyForm::json);
}

TEST_CASE("pictures are left out, and nothing that only says it is one", "[body]") {
  const std::string rest(200, 'A');
  CHECK(is_media("iVBORw0KGgoAAAANSUhEUg" + rest));
  CHECK(is_media("data:image/png;base64,iVBORw0KGgoAAAANSUhEUg" + rest));
  CHECK(!is_media("data:image/png;base64,Z2hwX" + rest));
  CHECK(!is_media("iVBORw0KGgoAAAANSUhEUg" + rest + " password" + rest));
  ViewTools tools;
  BodyView view;
  make_view("{\"url\":\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg" + rest + "\",\"b\":\"SECRET\"}",
            {BodyForm::json, {}, true}, tools, view);
  CHECK(view.text == "{\"url\":\"\",\"b\":\"SECRET\"}");
  CHECK(view.media == 1);
}
