// Archives made by Python, zstd, 7zip and dpkg-deb, and broken or hostile ones made by hand: every member comes out as
// it went in, or a note names what did not.
#include "engine/expand/archive.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "tests/engine/made_files.h"

using namespace staunch;
using namespace staunch::test;

namespace {

struct Opened {
  std::map<std::string, std::string> members;
  std::map<std::string, std::string> errors;  // met while the member was read
  std::vector<Note> notes;

  bool noted(const std::string& what, const std::string& why) const {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const Note& note) { return note.what == what && note.why.find(why) != std::string::npos; });
  }
};

std::string text_of(const Opened& opened) {
  std::string text;
  for (const auto& [path, bytes] : opened.members) text += path + " (" + std::to_string(bytes.size()) + ")\n";
  for (const Note& note : opened.notes) text += note.what + ": " + note.why + "\n";
  return text;
}

// Reads an archive and those in it, down to `depth`. What is an archive itself is not kept as a member.
void open_into(Opened& opened, ByteStream& bytes, const std::string& name, ArchiveBudget& budget, int depth) {
  const auto notes = read_archive(bytes, name, budget, [&](const std::string& path, ByteStream& member) {
    const std::string full = path.empty() ? name : name + "!" + path;
    std::string all;
    std::vector<char> block(10'000);
    for (;;) {
      const Result<std::size_t> got = member.read(block);
      if (!got) opened.errors[full] = to_string(got.error());
      if (!got || *got == 0) break;
      all.append(block.data(), *got);
    }
    if (depth > 1 && container_of(std::string_view(all).substr(0, kHeadBytes)) == Container::archive) {
      TextStream inner(all, false);
      open_into(opened, inner, full, budget, depth - 1);
    } else {
      opened.members[full] = std::move(all);
    }
    return true;
  });
  opened.notes.insert(opened.notes.end(), notes.begin(), notes.end());
}

Opened open(std::string_view bytes, bool seekable = true, int depth = 1, ArchiveBudget budget = {}) {
  Opened opened;
  TextStream stream(bytes, seekable);
  REQUIRE(container_of(bytes.substr(0, kHeadBytes)) == Container::archive);
  errno = ENOMEM;  // as any call before may have left it: libarchive asks it, and ends the process
  open_into(opened, stream, "it", budget, depth);
  CHECK(budget.depth == 0);
  return opened;
}

// Files in the folder "in", each with a token of its own in it.
std::map<std::string, std::string> write_members(const Workshop& shop) {
  std::map<std::string, std::string> members;
  unsigned seed = 1;
  for (const char* name : {"a.txt", "deep/er/b.env", "c \xc3\xa9t\xc3\xa9.txt", "big.log"}) {
    std::string text = "begin\n" + random_text(40, seed++) + "\n";
    if (name == std::string("big.log"))
      for (int i = 0; i < 3000; ++i) text += "a line of a log, as there are many: " + random_text(60, seed++) + "\n";
    shop.write(std::string("in/") + name, text);
    members[name] = text;
  }
  shop.shell("mkdir in/empty && : >in/nothing && ln -s a.txt in/link");
  return members;
}

constexpr const char* kWalk = R"(
import os, io, gzip, bz2, lzma, tarfile, zipfile, subprocess
def files():
    for folder, _, names in sorted(os.walk('in')):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not os.path.islink(path): yield path, path[3:]
)";

std::string zip_of(const std::string& method, const std::string& out = "'it'") {
  return kWalk + std::string("with zipfile.ZipFile(") + out + ", 'w', zipfile." + method + R"() as archive:
    archive.writestr('folder/', b'')
    for path, name in files(): archive.write(path, name)
)";
}

std::string tar_of(const std::string& mode, const std::string& format) {
  return kWalk + std::string("with tarfile.open('it', '") + mode + "', format=tarfile." + format + R"() as archive:
    for name in sorted(os.listdir('in')): archive.add('in/' + name, name)
)";
}

}  // namespace

TEST_CASE("archive: members come out of every format as they went in") {
  struct Way {
    const char* name;
    std::string python, shell;
  };
  const std::string cpio = kWalk + std::string(R"(
with open('it', 'wb') as out:
    def entry(name, data, mode):
        name = os.fsencode(name) + b'\0'
        out.write(b'070701' + b''.join(b'%08X' % n for n in (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)))
        out.write(name + b'\0' * (-(110 + len(name)) % 4) + data + b'\0' * (-len(data) % 4))
    for path, name in files(): entry(name, open(path, 'rb').read(), 0o100644)
    entry('TRAILER!!!', b'', 0)
)");
  const std::vector<Way> ways = {
      {"stored zip", zip_of("ZIP_STORED"), ""},
      {"deflated zip", zip_of("ZIP_DEFLATED"), ""},
      {"bzip2 zip", zip_of("ZIP_BZIP2"), ""},
      {"lzma zip", zip_of("ZIP_LZMA"), ""},
      {"streamed zip",
       "import sys, io\nclass Pipe(io.RawIOBase):\n"
       "    def __init__(self): self.out = open('it', 'wb')\n"
       "    def writable(self): return True\n"
       "    def write(self, data): return self.out.write(data)\n" +
           zip_of("ZIP_DEFLATED", "Pipe()"),
       ""},
      {"ustar", tar_of("w", "USTAR_FORMAT"), ""},
      {"gnu tar", tar_of("w", "GNU_FORMAT"), ""},
      {"pax tar", tar_of("w", "PAX_FORMAT"), ""},
      {"tar.gz", tar_of("w:gz", "PAX_FORMAT"), ""},
      {"tar.bz2", tar_of("w:bz2", "GNU_FORMAT"), ""},
      {"tar.xz", tar_of("w:xz", "USTAR_FORMAT"), ""},
      {"tar.zst", tar_of("w", "GNU_FORMAT"), "zstd -q --rm it && mv it.zst it"},
      {"cpio", cpio, ""},
      {"cpio.gz", cpio, "gzip it && mv it.gz it"},
      {"7z", "", "cd in && 7zz a -snl ../it.7z . && mv ../it.7z ../it"},
      {"7z ppmd", "", "cd in && 7zz a -snl -m0=ppmd ../it.7z . && mv ../it.7z ../it"},
  };
  for (const Way& way : ways) {
    Workshop shop;
    const auto members = write_members(shop);
    if (!way.python.empty()) shop.python(way.python);
    if (!way.shell.empty()) shop.shell(way.shell);
    const std::string bytes = shop.read("it");
    for (const bool seekable : {true, false}) {
      const Opened opened = open(bytes, seekable);
      INFO(way.name << (seekable ? ", file" : ", pipe") << "\n" << text_of(opened));
      CHECK(opened.notes.empty());
      CHECK(opened.members.size() == members.size());
      for (const auto& [name, text] : members) {
        INFO(name);
        CHECK((opened.members.count("it!" + name) == 1 && opened.members.at("it!" + name) == text));
      }
    }
  }
}

TEST_CASE("archive: a compressed file is one member without a name") {
  const std::vector<std::string> ways = {"gzip.compress(data)",
                                         "bz2.compress(data)",
                                         "lzma.compress(data)",
                                         "lzma.compress(data, lzma.FORMAT_ALONE)",
                                         "subprocess.run(['zstd', '-q'], input=data, capture_output=True).stdout",
                                         "gzip.compress(data[:9]) + gzip.compress(data[9:])"};
  // One begins with zeros, as images of disks do: not a tar that is empty.
  for (const std::string& text : {random_text(300'000, 5), std::string(2048, '\0') + random_text(99, 6)}) {
    for (const std::string& way : ways) {
      Workshop shop;
      shop.write("data", text);
      shop.python(kWalk + std::string("data = open('data', 'rb').read()\nopen('it', 'wb').write(") + way + ")\n");
      const Opened opened = open(shop.read("it"), false);
      INFO(way << "\n" << text_of(opened));
      CHECK(opened.notes.empty());
      REQUIRE(opened.members.count("it") == 1);
      CHECK((opened.members.at("it") == text));
    }
  }
}

TEST_CASE("archive: what stands in one another is found by whoever goes on") {
  Workshop shop;
  const std::string token = random_text(40, 7);
  shop.write("secret.txt", token);
  shop.shell(
      "umask 022 && mkdir -p deb/DEBIAN && cp secret.txt deb/ && "
      "printf 'Package: a\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.org>\\nDescription: a\\n' "
      ">deb/DEBIAN/control && dpkg-deb --root-owner-group -b deb it.deb && 7zz a in.7z secret.txt");
  shop.python(R"(
import tarfile, zipfile, gzip
with zipfile.ZipFile('in.zip', 'w', zipfile.ZIP_DEFLATED) as archive: archive.write('secret.txt')
with tarfile.open('in.tar.gz', 'w:gz') as archive:
    for name in ('in.zip', 'in.7z', 'it.deb'): archive.add(name)
with zipfile.ZipFile('it', 'w', zipfile.ZIP_STORED) as archive: archive.write('in.tar.gz')
)");
  const Opened opened = open(shop.read("it"), true, 4);
  INFO(text_of(opened));
  CHECK(opened.notes.empty());
  for (const char* path : {"it!in.tar.gz!in.zip!secret.txt", "it!in.tar.gz!in.7z!secret.txt",
                           "it!in.tar.gz!it.deb!data.tar.xz!./secret.txt"}) {
    INFO(path);
    CHECK((opened.members.count(path) == 1 && opened.members.at(path) == token));
  }
}

TEST_CASE("archive: only what holds the bytes of a container is one") {
  const std::string filler(600, 'x');
  for (const char* text : {"BZh9 is how a bzip2 file begins", "PK and more", "070701 is a number", "!<arch> it is",
                           "SQLite format 3 is a format", "3\r\r\nA text", "]\t\t\t\t", "7z of it", ""}) {
    INFO(text);
    CHECK(container_of(text) == Container::none);
    CHECK(container_of((text + filler).substr(0, kHeadBytes)) == Container::none);
  }
  std::string ustar = filler;
  ustar.replace(257, 5, "ustar");
  CHECK(container_of(ustar.substr(0, kHeadBytes)) == Container::none);
  CHECK(container_of(std::string(kHeadBytes, '\0')) == Container::none);
}

TEST_CASE("archive: names are data") {
  Workshop shop;
  shop.python(R"(
import tarfile, zipfile, io
with zipfile.ZipFile('it.zip', 'w') as archive:
    for name in ('../../up', '/etc/abs', 'two\nlines', 'end\x01', 'control\x01'): archive.writestr(name, 'text')
data = open('it.zip', 'rb').read().replace(b'control\x01', b'latin\xe9\xff\xfe').replace(b'end\x01', b'end\xe0')
open('it.zip', 'wb').write(data)
for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
    with tarfile.open('it.%d.tar' % form, 'w', format=form, encoding='utf-8', errors='surrogateescape') as archive:
        for name in ('../../up', '/etc/abs', 'two\nlines', 'end\udce0', 'latin\udce9\udcff\udcfe'):
            info = tarfile.TarInfo(name)
            info.size = 4
            archive.addfile(info, io.BytesIO(b'text'))
)");
  for (const std::string name : {"it.zip", "it.1.tar", "it.2.tar"}) {
    for (const bool seekable : {true, false}) {
      const Opened opened = open(shop.read(name), seekable);
      INFO(name << "\n" << text_of(opened));
      CHECK(opened.notes.empty());
      CHECK(opened.members.size() == 5);
      for (const char* path : {"it!../../up", "it!/etc/abs", "it!two\nlines"}) CHECK(opened.members.count(path) == 1);
      if (name == "it.2.tar") continue;
      for (const char* path : {"it!latin\xe9\xff\xfe", "it!end\xe0"}) CHECK(opened.members.count(path) == 1);
    }
  }
}

TEST_CASE("archive: encrypted members are named, the others read") {
  Workshop shop;
  shop.write("open.txt", "open " + random_text(40, 8));
  shop.write("closed.txt", random_text(40, 9));
  shop.shell(
      "7zz a -tzip it.zip open.txt && 7zz a -tzip -psesame it.zip closed.txt && "
      "7zz a -tzip -psesame -mem=AES256 aes.zip closed.txt && "
      "7zz a -psesame it.7z closed.txt && 7zz a -psesame -mhe=on head.7z closed.txt");
  for (const char* name : {"it.zip", "aes.zip", "it.7z"}) {
    const Opened opened = open(shop.read(name));
    INFO(name << "\n" << text_of(opened));
    CHECK(opened.noted("it!closed.txt", "encrypted, not expanded"));
    CHECK(opened.notes.size() == 1);
    CHECK(opened.members.count("it!open.txt") == (name == std::string("it.zip") ? 1 : 0));
    CHECK(opened.members.count("it!closed.txt") == 0);
  }
  const Opened head = open(shop.read("head.7z"));
  INFO(text_of(head));
  CHECK(head.noted("it", "encrypted, not expanded"));
}

TEST_CASE("archive: what stands before the damage is read, and the damage is said") {
  Workshop shop;
  const std::string text = random_text(2'000'000, 10);
  shop.write("data", text);
  shop.python(R"(
import gzip, bz2, lzma, zipfile, tarfile, subprocess
data = open('data', 'rb').read()
open('it.gz', 'wb').write(gzip.compress(data))
open('it.bz2', 'wb').write(bz2.compress(data))
open('it.xz', 'wb').write(lzma.compress(data))
open('it.zst', 'wb').write(subprocess.run(['zstd', '-q'], input=data, capture_output=True).stdout)
with zipfile.ZipFile('it.zip', 'w', zipfile.ZIP_DEFLATED) as archive: archive.write('data')
with tarfile.open('it.tar', 'w') as archive: archive.add('data')
with tarfile.open('it.tar.gz', 'w:gz') as archive: archive.add('data')
)");
  for (const char* name : {"it.gz", "it.bz2", "it.xz", "it.zst", "it.zip", "it.tar", "it.tar.gz"}) {
    std::string bytes = shop.read(name);
    bytes.resize(bytes.size() * 3 / 4);
    for (const bool seekable : {true, false}) {
      const Opened opened = open(bytes, seekable);
      INFO(name << "\n" << text_of(opened));
      REQUIRE(opened.notes.size() == 1);
      CHECK(opened.notes[0].why.find("damaged: ") == 0);
      REQUIRE(opened.members.size() == 1);
      const auto& [path, got] = *opened.members.begin();
      CHECK(got.size() >= text.size() / 3);
      CHECK((text.compare(0, got.size(), got) == 0));
      CHECK(opened.errors.count(path) == 1);
    }
  }
  std::string flipped = shop.read("it.zip");
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
  const Opened opened = open(flipped);
  INFO(text_of(opened));
  CHECK(opened.noted("it!data", "damaged: "));
}

TEST_CASE("archive: a gzip file gives all that stands before its end, however short it is") {
  Workshop shop;
  const std::string text = random_text(3000, 21);
  shop.write("data", text);
  shop.shell("gzip <data >it.gz && tar -cf it.tar data && gzip <it.tar >it.tar.gz");
  for (const char* name : {"it.gz", "it.tar.gz"}) {
    std::string bytes = shop.read(name);
    bytes.resize(bytes.size() * 9 / 10);
    const Opened opened = open(bytes);
    INFO(name << "\n" << text_of(opened));
    CHECK(opened.noted("it", "damaged: the gzip data ends too early"));
    CHECK(opened.notes.size() == 1);
    REQUIRE(opened.members.size() == 1);
    const std::string& got = opened.members.begin()->second;
    CHECK(got.size() > text.size() * 8 / 10);
    CHECK(text.compare(0, got.size(), got) == 0);
  }
  // Nothing but a header; rubbish and zeros behind the end.
  const std::string whole = shop.read("it.gz");
  const Opened head = open(whole.substr(0, 12));
  CHECK(head.noted("it", "damaged: the gzip data ends too early"));
  for (const std::string& behind : {std::string(1000, '\0'), std::string("\x1f"), std::string("rubbish")}) {
    const Opened opened = open(whole + behind);
    CHECK(opened.notes.empty());
    CHECK(opened.members == std::map<std::string, std::string>{{"it", text}});
  }
}

TEST_CASE("archive: a source that fails is told from one that is damaged") {
  class Failing : public TextStream {
   public:
    explicit Failing(std::string_view text) : TextStream(text, false, 1000) {}
    Result<std::size_t> read(std::span<char> into) override {
      if (++reads_ > 5) return Error{"Input/output error", "the disk"};
      return TextStream::read(into);
    }

   private:
    int reads_ = 0;
  };
  Workshop shop;
  shop.write("data", random_text(100'000, 11));
  shop.shell("gzip <data >it.gz && tar -cf it.tar data && gzip <it.tar >it.tar.gz");
  for (const char* name : {"it.gz", "it.tar", "it.tar.gz"}) {
    Opened opened;
    const std::string bytes = shop.read(name);
    Failing stream(bytes);
    ArchiveBudget budget;
    open_into(opened, stream, "it", budget, 1);
    INFO(name << "\n" << text_of(opened));
    REQUIRE(opened.notes.size() == 1);
    CHECK(opened.noted("it", "could not be read: the disk: Input/output error"));
  }
}

TEST_CASE("archive: limits end the expansion and are said") {
  Workshop shop;
  shop.python(R"(
import gzip, tarfile, zipfile, io
zeros = b'\0' * (1 << 20)
with gzip.open('it.gz', 'wb') as out:
    for _ in range(80): out.write(zeros)
with tarfile.open('it.tar.gz', 'w:gz') as archive:
    for i in range(80):
        info = tarfile.TarInfo('%d' % i)
        info.size = len(zeros)
        archive.addfile(info, io.BytesIO(zeros))
with zipfile.ZipFile('in.zip', 'w', zipfile.ZIP_DEFLATED) as archive: archive.writestr('zeros', zeros * 20)
with zipfile.ZipFile('it.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    for i in range(8): archive.write('in.zip', '%d.zip' % i)
with zipfile.ZipFile('many.zip', 'w') as archive:
    for i in range(20000): archive.writestr('%d' % i, b'')
with tarfile.open('many.tar', 'w') as archive:
    for i in range(20000): archive.addfile(tarfile.TarInfo('%d' % i))
)");
  const auto sum = [](const Opened& opened) {
    std::uint64_t bytes = 0;
    for (const auto& [path, text] : opened.members) bytes += text.size();
    return bytes;
  };
  ArchiveBudget ratio;
  ratio.ratio = 100;
  for (const char* name : {"it.gz", "it.tar.gz", "it.zip"}) {
    const Opened opened = open(shop.read(name), true, 2, ratio);
    INFO(name << "\n" << text_of(opened));
    CHECK(opened.errors.empty());
    CHECK(opened.notes.size() <= 2);  // the zip within says it too
    CHECK(opened.noted("it", "expands to more than 100 times its size: cut after "));
    CHECK(sum(opened) <= kFreeBytes);
    CHECK(sum(opened) > kFreeBytes / 2);
  }
  ArchiveBudget bytes;
  bytes.bytes = 1'000'000;
  const Opened cut = open(shop.read("it.gz"), true, 1, bytes);
  INFO(text_of(cut));
  CHECK(cut.noted("it", "expands to more than 1.0 MB"));
  CHECK(sum(cut) == bytes.bytes);

  ArchiveBudget members;
  members.members = 1000;
  for (const char* name : {"many.zip", "many.tar"}) {
    for (const bool seekable : {true, false}) {
      const Opened opened = open(shop.read(name), seekable, 1, members);
      INFO(name << "\n" << text_of(opened));
      CHECK(opened.members.empty());
      CHECK(opened.noted("it", "holds more than 1000 members"));
      CHECK(opened.notes.size() == 1);
    }
  }
}

TEST_CASE("archive: a flat bomb, whose members share their bytes, ends by its ratio") {
  // Each member's data is a stored block that quotes the header of the next one, followed by that one's data.
  Workshop shop;
  shop.python(R"(
import struct, zlib
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
data = packer.compress(b'\0' * (1 << 20)) + packer.flush()
content, records, count = b'\0' * (1 << 20), [], 200
for i in reversed(range(count)):
    name = b'%03d' % i
    fields = struct.pack('<5H3L2H', 20, 0, 8, 0, 33, zlib.crc32(content), len(data), len(content), len(name), 0)
    header = b'PK\3\4' + fields + name
    records.append((fields, name, len(data) + len(header)))
    file = header + data
    data = struct.pack('<B2H', 0, len(header), len(header) ^ 0xffff) + file
    content = header + content
directory = b''.join(b'PK\1\2' + struct.pack('<H', 20) + fields +
                     struct.pack('<3H2L', 0, 0, 0, 0, len(file) - left) + name
                     for fields, name, left in reversed(records))
open('it', 'wb').write(file + directory + struct.pack('<4s4H2LH', b'PK\5\6', 0, 0, count, count, len(directory),
                                                      len(file), 0))
)");
  shop.shell("7zz t it | grep -q 'Headers Error\\|Everything is Ok'");
  const std::string bytes = shop.read("it");
  REQUIRE(bytes.size() * ArchiveBudget{}.ratio < kFreeBytes);
  const Opened opened = open(bytes);
  INFO(text_of(opened));
  std::uint64_t sum = 0;
  for (const auto& [path, text] : opened.members) sum += text.size();
  CHECK(sum == kFreeBytes);
  CHECK(opened.noted("it", "expands to more than 1000 times its size"));
}

TEST_CASE("archive: holes of sparse members are not written out") {
  Workshop shop;
  const std::string token = random_text(40, 12), last = random_text(40, 13);
  shop.python("with open('sparse', 'wb') as out:\n    out.seek(5 << 30)\n    out.write(b'" + token +
              "')\n    out.seek(7 << 30)\n    out.write(b'" + last + "')\n");
  for (const char* format : {"gnu", "pax"}) {
    shop.shell(std::string("tar --sparse --format=") + format + " -cf it sparse");
    const Opened opened = open(shop.read("it"), false);
    INFO(format << "\n" << text_of(opened));
    CHECK(opened.notes.empty());
    REQUIRE(opened.members.count("it!sparse") == 1);
    const std::string& bytes = opened.members.at("it!sparse");
    CHECK(bytes.size() < (1u << 20));
    CHECK(bytes.find(token) != std::string::npos);
    CHECK(bytes.find(last) != std::string::npos);
  }
}

TEST_CASE("archive: many holes count as what they expand to") {
  Workshop shop;
  shop.python(
      "with open('sparse', 'wb') as out:\n    for i in range(400):\n"
      "        out.seek(i << 17)\n        out.write(b'x')\n");
  shop.shell("tar --sparse -czf it sparse");
  ArchiveBudget budget;
  budget.bytes = 10'000'000;
  const Opened opened = open(shop.read("it"), true, 1, budget);
  INFO(text_of(opened));
  CHECK(opened.noted("it", "expands to more than 10.0 MB"));
  CHECK(opened.members.at("it!sparse").size() <= budget.bytes);
}

TEST_CASE("archive: what stands behind a tar's end is said to be there") {
  Workshop shop;
  const std::string one = random_text(40, 16);
  shop.write("one", one);
  shop.write("behind", random_text(2000, 17));
  shop.shell("tar -cf it.tar one && cat it.tar behind | gzip >it");
  const Opened opened = open(shop.read("it"));
  INFO(text_of(opened));
  CHECK(opened.members == std::map<std::string, std::string>{{"it!one", one}});
  REQUIRE(opened.notes.size() >= 1);
  CHECK(opened.notes[0].why.find("damaged: ") == 0);
}

TEST_CASE("archive: many damaged members are summed up") {
  Workshop shop;
  shop.python(R"(
import zipfile
with zipfile.ZipFile('it', 'w') as archive:
    for i in range(50): archive.writestr('%02d' % i, 'good')
data = open('it', 'rb').read()
open('it', 'wb').write(data.replace(b'good', b'evil'))
)");
  const Opened opened = open(shop.read("it"));
  INFO(text_of(opened));
  CHECK(opened.members.size() == 50);
  CHECK(opened.errors.size() == 50);
  CHECK(opened.notes.size() == 21);
  CHECK(opened.noted("it", "30 more problems of members"));
}

TEST_CASE("archive: joined tars, hard links and a reader that stops") {
  Workshop shop;
  const std::string one = random_text(40, 14), two = random_text(40, 15);
  shop.write("one", one);
  shop.write("two", two);
  shop.shell("ln one again && tar -cf 1.tar one again && tar -cf 2.tar two && cat 1.tar 2.tar | gzip >it");
  const std::string bytes = shop.read("it");
  const Opened opened = open(bytes);
  INFO(text_of(opened));
  CHECK(opened.notes.empty());
  CHECK(opened.members == std::map<std::string, std::string>{{"it!one", one}, {"it!two", two}});

  TextStream stream(bytes, true);
  ArchiveBudget budget;
  int calls = 0;
  CHECK(read_archive(stream, "it", budget, [&](const std::string&, ByteStream&) { return ++calls, false; }).empty());
  CHECK(calls == 1);
}
