// Damaged packs and loose objects, and packs that git would not write: what is hit is an error that names it, and the
// rest is still read.
#include <zlib.h>

#include <algorithm>
#include <random>

#include "tests/frontends/git_delta_writer.h"
#include "tests/frontends/git_store.h"

using namespace staunch;
using namespace staunch::test;
using Catch::Matchers::Contains;

namespace {

std::string only_pack(const GitRepo& git) {
  const auto packs = git.files("r/.git/objects/pack", ".pack");
  REQUIRE(packs.size() == 1);
  return packs[0];
}
std::string index_of(std::string pack) { return pack.replace(pack.size() - 4, 4, "idx"); }

std::string big_endian(std::uint64_t number, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(number >> (8 * bytes) & 0xff);
  return text;
}

// Pack and index by hand, for what git would not write. Ids are what the test says.
struct MadeEntry {
  std::string id, bytes;  // raw id; head and packed bytes
};

std::string deflated(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string packed(size, '\0');
  REQUIRE(compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                   text.size()) == Z_OK);
  packed.resize(size);
  return packed;
}

std::string entry_head(unsigned type, std::uint64_t size) {
  std::string head(1, static_cast<char>(type << 4 | (size & 15)));
  for (size >>= 4; size > 0; size >>= 7) {
    head.back() = static_cast<char>(head.back() | 0x80);
    head += static_cast<char>(size & 0x7f);
  }
  return head;
}

std::string id_delta(const std::string& base, const std::string& delta) {
  return entry_head(7, delta.size()) + base + deflated(delta);
}

std::string made_id(int number) {
  std::string id(20, 'i');
  id.back() = static_cast<char>('a' + number);
  return id;
}

void write_made(const GitRepo& git, const std::string& name, std::vector<MadeEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const std::string trailer(20, 't');
  std::string pack = "PACK" + big_endian(2, 4) + big_endian(entries.size(), 4), ids, crcs, offsets, fan;
  for (const MadeEntry& entry : entries) {
    ids += entry.id;
    crcs += big_endian(
        crc32(0, reinterpret_cast<const Bytef*>(entry.bytes.data()), static_cast<uInt>(entry.bytes.size())), 4);
    offsets += big_endian(pack.size(), 4);
    pack += entry.bytes;
  }
  for (unsigned first = 0; first < 256; ++first)
    fan += big_endian(static_cast<std::uint64_t>(std::count_if(
                          entries.begin(), entries.end(),
                          [&](const auto& entry) { return static_cast<unsigned char>(entry.id[0]) <= first; })),
                      4);
  git.write(name + ".pack", pack + trailer);
  git.write(name + ".idx", "\377tOc" + big_endian(2, 4) + fan + ids + crcs + offsets + trailer + trailer);
}

}  // namespace

TEST_CASE("damage in a pack costs the objects that it hits, each by name", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell("cd r && git repack -q -adf --depth=5");
  const auto expected = from_git(git, "r");
  const std::string name = only_pack(git), bytes = git.read(name), index = git.read(index_of(name));
  std::mt19937 random(5);
  const auto count = [&](std::size_t& good, std::size_t& bad) {
    good = bad = 0;
    const ObjectStore store = open_store(git, "r");
    for (const auto& [hex, object] : expected) {
      const auto read = store.read(id_of(hex), kMaxObject);
      if (read) {
        CHECK(read->bytes == object.bytes);
        ++good;
      } else {
        CHECK(read.error().where == hex);
        CHECK_THAT(read.error().what, Contains("corrupt") || Contains("missing"));
        ++bad;
      }
      (void)store.header(id_of(hex));
    }
    return store.notes();
  };
  std::size_t good = 0, bad = 0;
  for (int i = 0; i < 10; ++i) {
    std::string damaged = bytes;
    char& hit = damaged[12 + random() % (bytes.size() - 40)];
    hit = static_cast<char>(hit ^ (1 << random() % 8));
    git.write(name, damaged);
    count(good, bad);
    CHECK(bad >= 1);
    CHECK(good > 0);
  }
  for (std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{40}}) {
    git.write(name, bytes.substr(0, size));
    const auto notes = count(good, bad);
    CHECK(bad >= 1);
    CHECK((size < 100 || good > 0));
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0].what, Contains(name.substr(name.rfind('/'))));
  }
  git.write(name, bytes);

  // The index: a CRC, an offset, a size, an order, a version.
  const std::size_t objects = expected.size(), crcs = 8 + 1024 + 20 * objects, offsets = crcs + 4 * objects;
  std::string lying = index;
  lying[crcs] = static_cast<char>(~lying[crcs]);
  git.write(index_of(name), lying);
  CHECK(count(good, bad).empty());
  CHECK((bad >= 1 && good > 0));
  for (const std::string& offset : {big_endian(0x7fffffff, 4), big_endian(0xffffffff, 4), big_endian(3, 4)}) {
    git.write(index_of(name), std::string(index).replace(offsets, 4, offset));
    count(good, bad);
    CHECK((bad >= 1 && good > 0));
  }
  for (const std::string& broken :
       {index.substr(0, index.size() - 1), index.substr(0, 900), std::string(), index + "1234",
        std::string(index).replace(8 + 4 * 255, 4, big_endian(0xffffffff, 4)),
        std::string(index).replace(8 + 4 * 7, 4, big_endian(objects + 1, 4)),
        std::string(index).replace(8 + 1024, 20, std::string(20, '\xff')), std::string(index).replace(7, 1, "\3")}) {
    git.write(index_of(name), broken);
    const auto notes = count(good, bad);
    CHECK(good == 0);
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0].what, Contains(".idx"));
  }
  git.shell("cd r && git index-pack --index-version=1 -o .git/one.idx " + git.path(name));
  git.write(index_of(name), git.read("r/.git/one.idx"));
  const ObjectStore old = open_store(git, "r");
  REQUIRE(old.notes().size() == 1);
  CHECK_THAT(old.notes()[0].why, Contains("version 1"));
  std::filesystem::remove(git.path(index_of(name)));
  CHECK(open_store(git, "r").notes().size() == 1);
}

TEST_CASE("a damaged object is taken from another pack that holds it", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell(
      "cd r && git rev-list --objects --all | git pack-objects -q --window=0 .git/objects/pack/pack &&"
      "git rev-list --objects --all | git pack-objects -q .git/objects/pack/other");
  const auto packs = git.files("r/.git/objects/pack", ".pack");
  REQUIRE(packs.size() == 2);
  const auto expected = from_git(git, "r");
  for (const std::string& name : packs) {
    const std::string bytes = git.read(name);
    git.write(name, bytes.substr(0, bytes.size() / 3));
    const ObjectStore store = open_store(git, "r");
    for (const auto& [hex, object] : expected) CHECK(store.read(id_of(hex), kMaxObject).ok());
    git.write(name, bytes);
  }
}

TEST_CASE("damaged loose objects are errors", "[git]") {
  GitRepo git;
  git.shell("git init -q r");
  const ObjectId id = id_of(std::string(40, '5'));
  const std::string name = "r/.git/objects/55/" + std::string(38, '5');
  const ObjectStore store = open_store(git, "r");
  const auto say = [&](const std::string& bytes) {
    git.write(name, bytes);
    const auto stream = store.stream(id);
    if (stream) {
      char block[100];
      auto got = (*stream)->read(block);
      while (got && *got > 0) got = (*stream)->read(block);
      CHECK_FALSE(got.ok());
    }
    return error_of(store, id);
  };
  using namespace std::string_literals;
  const std::string good = deflated("blob 5\0hello"s);
  git.write(name, good);
  check_object(store, id.hex(), {ObjectType::blob, "hello"});
  for (const std::string& bad : {""s, "nonsense"s, good.substr(0, 6), good.substr(0, good.size() - 1),
                                 deflated("blob 4\0hello"s), deflated("blob 6\0hello"s), deflated("blub 5\0hello"s),
                                 deflated("blob 5hello"s), deflated("blob x\0hello"s), deflated("blob -1\0hello"s)})
    CHECK_THAT(say(bad), Contains("corrupt"));
  // 2^60 bytes: nothing is allocated for them, whatever the limit.
  git.write(name, deflated("blob 1152921504606846976\0hello"s));
  CHECK(store.header(id)->size == std::uint64_t{1} << 60);
  CHECK_THAT(error_of(store, id), Contains("larger than"));
  CHECK_THAT(store.read(id, ~std::uint64_t{0}).error().what, Contains("corrupt"));
}

TEST_CASE("packs that git would not write", "[git]") {
  GitRepo git;
  git.shell("git init -q r");
  const std::string base = "the base of it all", other = "elsewhere";
  const auto blob = [](const std::string& text) { return entry_head(3, text.size()) + deflated(text); };
  const auto delta = [&](const std::string& instructions, std::uint64_t size) {
    return seven_bits(base.size()) + seven_bits(size) + instructions;
  };
  const std::string good_delta = delta(copy_instruction(4, 4), 4);
  write_made(git, "r/.git/objects/pack/pack-a",
             {{made_id(0), blob(base)},
              {made_id(1), id_delta(made_id(0), good_delta)},
              {made_id(2), id_delta(made_id(0), delta(copy_instruction(10, 9), 9))},  // past its base
              {made_id(3), entry_head(3, std::uint64_t{1} << 60) + deflated(other)},  // claims 2^60
              {made_id(4), id_delta(made_id(5), good_delta)},                         // a loop of two
              {made_id(5), id_delta(made_id(4), good_delta)},
              {made_id(6), id_delta(made_id(6), good_delta)},                                // of itself
              {made_id(7), id_delta(std::string(20, 'x'), good_delta)},                      // no such base
              {made_id(8), id_delta(made_id(0), delta("\5hello", std::uint64_t{1} << 60))},  // result of 2^60
              {made_id(9), entry_head(3, 4) + deflated(other)},                              // larger than it says
              {made_id(10), entry_head(3, 14) + deflated(other)},                            // smaller
              {made_id(11), entry_head(5, 9) + deflated(other)},                             // no such type
              {made_id(12), entry_head(6, good_delta.size()) + "\xff\xff\x7f" + deflated(good_delta)},  // before it
              {made_id(13), entry_head(6, good_delta.size()) + "\1" + deflated(good_delta)},            // amid an entry
              {made_id(14), std::string(30, '\xff')},            // a size without end
              {made_id(15), id_delta(made_id(17), good_delta)},  // in the other pack
              {made_id(16), entry_head(3, other.size()) + deflated(other) + "behind it"}});
  write_made(git, "r/.git/objects/pack/pack-b", {{made_id(17), blob(base)}});
  const ObjectStore store = open_store(git, "r");
  CHECK(store.notes().empty());
  const auto content = [&](int number) {
    const auto object = store.read(ObjectId(made_id(number)), kMaxObject);
    REQUIRE(object.ok());
    return object->bytes;
  };
  const auto error = [&](int number) { return error_of(store, ObjectId(made_id(number))); };
  CHECK(content(0) == base);
  CHECK(content(1) == "base");
  CHECK_THAT(error(2), Contains("past the end of its base"));
  CHECK_THAT(error(3), Contains("larger than"));
  CHECK_THAT(store.read(ObjectId(made_id(3)), ~std::uint64_t{0}).error().what, Contains("claims"));
  CHECK_THAT(error(4), Contains("back to itself"));
  CHECK_THAT(error(5), Contains("back to itself"));
  CHECK_THAT(error(6), Contains("back to itself"));
  CHECK_THAT(error(7), Contains(ObjectId(std::string(20, 'x')).hex()));
  CHECK_THAT(error(8), Contains("larger than"));
  CHECK_THAT(store.read(ObjectId(made_id(8)), ~std::uint64_t{0}).error().what, Contains("claims"));
  CHECK_THAT(error(9), Contains("larger than its size"));
  CHECK_THAT(error(10), Contains("smaller than its size"));
  CHECK_THAT(error(11), Contains("unknown type"));
  CHECK_THAT(error(12), Contains("outside the pack"));
  CHECK_THAT(error(13), Contains("no object begins"));
  CHECK_THAT(error(14), Contains("head"));
  CHECK(content(15) == "base");
  CHECK(content(16) == other);
  CHECK(store.header(ObjectId(made_id(15)))->size == 4);
  CHECK_FALSE(store.header(ObjectId(made_id(4))).ok());
  CHECK(store.stream(ObjectId(made_id(0))).ok());
  CHECK_FALSE(store.stream(ObjectId(made_id(1))).ok());
}
