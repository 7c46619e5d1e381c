// SQLite databases made by Python's sqlite3 and .pyc files made by its compiler: every text comes out whole, and leads
// back to its bytes in the file.
#include "engine/expand/records.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/expand/archive.h"
#include "tests/engine/made_files.h"

using namespace staunch;
using namespace staunch::test;

namespace {

using Expand = decltype(expand_sqlite);

struct Expanded {
  std::vector<Expansion> parts;
  std::vector<Note> notes;

  std::string text() const {
    std::string all;
    for (const Expansion& part : parts) all += part.text;
    return all;
  }
  std::string said() const {
    std::string all;
    for (const Note& note : notes) all += note.what + ": " + note.why + "\n";
    return all;
  }
};

Expanded run(Expand& expand, const std::string& bytes) {
  Expanded expanded;
  expanded.notes = expand(TextContent(bytes), bytes.size(), "it", [&](Expansion&& part) {
    CHECK(part.base == 0);
    CHECK_FALSE(part.pieces.empty());
    CHECK((part.text.empty() || part.text.back() == '\n'));
    expanded.parts.push_back(std::move(part));
  });
  return expanded;
}

// `name` and `value` stand in the expansion as a line of their own, and the value's letters lead back to `as_stored` in
// `bytes`, in which each takes `width` bytes.
void check_line(const Expanded& expanded, const std::string& bytes, const std::string& name, const std::string& value,
                const std::string& as_stored, std::size_t width, bool in_one_place) {
  INFO(name << value);
  for (const Expansion& part : expanded.parts) {
    const std::string line = name + value + "\n";
    std::size_t at = part.text.find(line);
    while (at != std::string::npos && at > 0 && part.text[at - 1] != '\n') at = part.text.find(line, at + 1);
    if (at == std::string::npos) continue;
    at += name.size();
    const Span first = part.origin(at, at + 1), last = part.origin(at + value.size() - 1, at + value.size());
    CHECK(bytes.compare(first.begin, first.end - first.begin, as_stored, 0, width) == 0);
    CHECK(bytes.compare(last.begin, last.end - last.begin, as_stored, as_stored.size() - width, width) == 0);
    if (in_one_place) {
      const Span whole = part.origin(at, at + value.size());
      CHECK(bytes.substr(whole.begin, whole.end - whole.begin) == as_stored);
    }
    return;
  }
  FAIL_CHECK("not in the expansion");
}

std::string utf16(const std::string& ascii, bool big) {
  std::string out;
  for (const char c : ascii) out += big ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

// A database with short and long texts, in tables of one page and of many.
constexpr const char* kDatabase = R"(
import sqlite3, sys, random, string
page, encoding, vacuum, extra = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
values = open('values').read().split()
db = sqlite3.connect('it')
db.execute('PRAGMA page_size=%d' % page)
db.execute("PRAGMA encoding='%s'" % encoding)
db.execute('PRAGMA auto_vacuum=%s' % vacuum)
db.execute('CREATE TABLE tokens(id INTEGER PRIMARY KEY, "api key" TEXT, n REAL, blob BLOB, computed AS (n * 2), last)')
db.execute('CREATE INDEX by_key ON tokens("api key")')
db.execute('CREATE TABLE alone(k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID')
for i, value in enumerate(values):
    db.execute('INSERT INTO tokens("api key", n, blob, last) VALUES(?, ?, ?, ?)',
               (value, i, b'B' + value.encode(), 'x' + value))
    if len(value) < 2000: db.execute('INSERT INTO alone VALUES(?, ?)', ('k' + value, 'v' + value))
for i in range(40):
    db.execute('CREATE TABLE many%d(value TEXT)' % i)
    db.execute('INSERT INTO many%d VALUES(?)' % i, ('m%d' % i + values[0],))
if extra == 'vacuumed':
    db.execute('DELETE FROM many3')
    db.commit()
    db.execute('VACUUM')
db.commit()
db.close()
)";

}  // namespace

TEST_CASE("sqlite: every text of every table is a line that leads back to its bytes") {
  std::vector<std::string> values;
  for (unsigned i = 0; i < 300; ++i) values.push_back(random_text(20 + i % 60, 100 + i));
  for (const std::size_t size : {100u, 400u, 450u, 500u, 1000u, 5000u, 70'000u, 300'000u})
    values.push_back(random_text(size, static_cast<unsigned>(size)));
  std::string listed;
  for (const std::string& value : values) listed += value + "\n";
  struct Kind {
    const char *page, *encoding, *vacuum, *extra;
  };
  for (const Kind& kind : {Kind{"512", "UTF-8", "NONE", "plain"}, Kind{"4096", "UTF-8", "FULL", "vacuumed"},
                           Kind{"65536", "UTF-8", "INCREMENTAL", "plain"}, Kind{"1024", "UTF-16le", "NONE", "vacuumed"},
                           Kind{"4096", "UTF-16be", "NONE", "plain"}}) {
    Workshop shop;
    shop.write("values", listed);
    shop.write("database.py", kDatabase);
    shop.shell(std::string("/usr/bin/python3 database.py ") + kind.page + " " + kind.encoding + " " + kind.vacuum +
               " " + kind.extra);
    const std::string bytes = shop.read("it");
    REQUIRE(container_of(std::string_view(bytes).substr(0, kHeadBytes)) == Container::sqlite);
    const Expanded expanded = run(expand_sqlite, bytes);
    INFO(kind.page << " " << kind.encoding << " " << kind.vacuum << " " << kind.extra << "\n" << expanded.said());
    CHECK(expanded.notes.empty());
    const bool wide = kind.encoding != std::string("UTF-8"), big = kind.encoding == std::string("UTF-16be");
    const auto stored = [&](const std::string& text) { return wide ? utf16(text, big) : text; };
    const std::size_t width = wide ? 2 : 1;
    for (const std::string& value : values) {
      // What is longer than a seventh of a page may be cut over pages.
      const bool whole = value.size() * width < 80;
      check_line(expanded, bytes, "api key = ", value, stored(value), width, whole);
      check_line(expanded, bytes, "last = ", "x" + value, stored("x" + value), width, false);
      check_line(expanded, bytes, "blob = ", "B" + value, "B" + value, 1, false);
      if (value.size() >= 2000) continue;
      check_line(expanded, bytes, "", "k" + value, stored("k" + value), width, false);
      check_line(expanded, bytes, "", "v" + value, stored("v" + value), width, false);
    }
    for (int i = 0; i < 40; ++i) {
      if (i == 3 && kind.extra == std::string("vacuumed")) continue;
      const std::string value = "m" + std::to_string(i) + values[0];
      check_line(expanded, bytes, "value = ", value, stored(value), width, false);
    }
  }
}

TEST_CASE("sqlite: letters beyond ASCII, quoted names and comments") {
  Workshop shop;
  shop.python(R"(
import sqlite3
for encoding in ('UTF-8', 'UTF-16le', 'UTF-16be'):
    db = sqlite3.connect('it.' + encoding)
    db.execute("PRAGMA encoding='%s'" % encoding)
    db.execute('''CREATE TABLE "a (b" -- name, type
      ([first,] VARCHAR(10, 2) DEFAULT 'x,y', /* not, this */ `second` CHECK (1 = (1)),
       third GENERATED ALWAYS AS (1) STORED, fourth, UNIQUE (`second`), CONSTRAINT c CHECK (1))''')
    db.execute('INSERT INTO "a (b" VALUES(?, ?, ?)', ('gr\u00fc\u00df \u20ac', '\U0001f511key', 'a\nb'))
    db.commit()
)");
  for (const char* encoding : {"UTF-8", "UTF-16le", "UTF-16be"}) {
    INFO(encoding);
    const Expanded expanded = run(expand_sqlite, shop.read(std::string("it.") + encoding));
    CHECK(expanded.notes.empty());
    CHECK(expanded.text() == "first, = gr\xc3\xbc\xc3\x9f \xe2\x82\xac\nsecond = \xf0\x9f\x94\x91key\nfourth = a\nb\n");
  }
}

TEST_CASE("sqlite: broken databases are read as far as they go, and said to be broken") {
  Workshop shop;
  std::string listed;
  for (unsigned i = 0; i < 2000; ++i) listed += random_text(60, i) + "\n";
  listed += random_text(50'000, 5000) + "\n";
  shop.write("values", listed);
  shop.write("database.py", kDatabase);
  shop.shell("/usr/bin/python3 database.py 1024 UTF-8 NONE plain");
  const std::string bytes = shop.read("it");
  const std::size_t whole = run(expand_sqlite, bytes).text().size();

  const Expanded cut = run(expand_sqlite, bytes.substr(0, bytes.size() / 2));
  INFO(cut.said());
  CHECK(cut.notes.size() == 1);
  CHECK(cut.said().find("it: damaged: ") == 0);
  CHECK(cut.text().size() > whole / 10);

  // Whatever the damage: an end, and no more text than there was.
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string broken = bytes;
    for (int n = 0; n < 50; ++n) {
      const std::size_t page = random() % (broken.size() / 1024) * 1024;
      broken[page + (page == 0 ? 100 : 0) + random() % 64] = static_cast<char>(random());
    }
    const Expanded expanded = run(expand_sqlite, broken);
    CHECK(expanded.text().size() < 2 * bytes.size());
  }
  CHECK(run(expand_sqlite, bytes.substr(0, 50)).said() == "it: damaged: no SQLite header\n");
}

TEST_CASE("pyc: constants are lines, whatever letter their length looks like") {
  Workshop shop;
  std::string module = "import os\n";
  std::vector<std::string> values;
  for (unsigned size = 40; size <= 130; ++size) {
    const std::string value = random_text(size, size), in_bytes = "b-" + random_text(size, 1000 + size);
    values.insert(values.end(), {value, in_bytes});
    module += "V" + std::to_string(size) + " = '" + value + "'\n";
    module += "def f" + std::to_string(size) + "(a, *, b=1):\n  x = lambda: b'" + in_bytes + "'\n  return a, b, x\n";
  }
  const std::vector<std::string> more = {"in-a-tuple-" + random_text(40, 1), "in-a-set-" + random_text(40, 2),
                                         "by-default-" + random_text(40, 3), "in-a-class-" + random_text(40, 4),
                                         "gr\xc3\xbc\xc3\x9f-" + random_text(300, 5)};
  values.insert(values.end(), more.begin(), more.end());
  module += "T = ('" + more[0] + "', 1.5, 2j, -10**30, None, ..., (1, ()))\nS = os.name in {'" + more[1] + "', 'b'}\n";
  module += "def g(a='" + more[2] + "'): pass\nclass C:\n  '''doc'''\n  k = '" + more[3] + "'\nL = '" + more[4] + "'\n";
  shop.write("module.py", module);
  shop.python(
      "import py_compile as p\n"
      "p.compile('module.py', 'timed.pyc')\n"
      "p.compile('module.py', 'hashed.pyc', invalidation_mode=p.PycInvalidationMode.CHECKED_HASH)\n");
  for (const char* name : {"timed.pyc", "hashed.pyc"}) {
    const std::string bytes = shop.read(name);
    REQUIRE(container_of(std::string_view(bytes).substr(0, kHeadBytes)) == Container::pyc);
    const Expanded expanded = run(expand_pyc, bytes);
    INFO(name << expanded.said());
    CHECK(expanded.notes.empty());
    for (const std::string& value : values) check_line(expanded, bytes, "", value, value, 1, true);
    // Neither bytecode nor names.
    CHECK(expanded.text().find("V40") == std::string::npos);
    CHECK(std::none_of(expanded.parts.begin(), expanded.parts.end(),
                       [](const Expansion& part) { return part.text.find('\0') != std::string::npos; }));

    const Expanded cut = run(expand_pyc, bytes.substr(0, bytes.size() / 2));
    INFO(cut.said());
    CHECK(cut.said().find("it: damaged: ends too early") == 0);
    CHECK(cut.text().size() > expanded.text().size() / 4);
  }
  std::string unknown = shop.read("timed.pyc").substr(0, 16) + "?";
  CHECK(run(expand_pyc, unknown).said() == "it: damaged: unknown marshal type 0x3f at offset 17\n");
  // Tuples that hold one tuple each, without an end.
  const std::string nested = shop.read("timed.pyc").substr(0, 16) + [] {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += std::string(")\1", 2);
    return text;
  }();
  CHECK(run(expand_pyc, nested).said().find("it: damaged: nested too deeply") == 0);
}

TEST_CASE("records: a file that cannot be read is told from one that is damaged") {
  class Failing : public Content {
   public:
    Result<std::size_t> read_at(std::uint64_t, std::span<char>) const override {
      return Error{"Input/output error", ""};
    }
  };
  for (Expand* expand : {&expand_sqlite, &expand_pyc}) {
    const auto notes = expand(Failing(), 10'000, "it", [](Expansion&&) {});
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].what == "it");
    CHECK(notes[0].why == "could not be read: Input/output error");
  }
}
