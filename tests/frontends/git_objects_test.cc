// Packs, loose objects and the store against git itself: every object of repositories of several kinds, and damaged
// ones of which the rest is still read.
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "engine/content.h"
#include "frontends/git/alternates.h"
#include "frontends/git/delta.h"
#include "frontends/git/loose.h"
#include "frontends/git/object_store.h"
#include "tests/support/git_repository.h"

using namespace staunch;
using namespace staunch::test;

namespace {

constexpr std::uint64_t kMax = 64 << 20;

// Versions of a few files, a merge, a tag, an empty blob, and names that need care.
constexpr const char* kHistory = R"SH(
for i in $(seq 1 40); do
  seq 1 $((400 + i * 7)) | sed "s/^$((i * 9))$/changed in $i/" > long
  mkdir -p "folder $((i % 4))"
  echo "number $i" > "folder $((i % 4))/file $((i % 7))"
  git add -A && git commit -q -m "commit $i"
done
: > empty && git add empty && git commit -q -m empty
git checkout -q -b side HEAD~9 && seq 900 1500 > aside && git add -A && git commit -q -m aside
git checkout -q main && git merge -q -m merged side && git tag -a -m tagged v1
)SH";

// Made once for each format, and copied.
void make_history(const GitFolder& git, const std::string& format = "sha1") {
  static std::map<std::string, GitFolder> made;
  const auto [at, is_new] = made.try_emplace(format);
  if (is_new) at->second.run("git init -q -b main --object-format=" + format + " r && cd r" + kHistory);
  git.run("cp -a '" + at->second.path("r") + "' r");
}

// id to type and content, as `git cat-file` has them.
std::map<std::string, Object> from_git(const GitFolder& git, const std::string& repository) {
  const std::string text = git.run("cd " + repository + " && git cat-file --batch --batch-all-objects");
  std::map<std::string, Object> objects;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    char id[65], type[16];
    std::size_t size = 0;
    REQUIRE(std::sscanf(text.substr(at, end - at).c_str(), "%64s %15s %zu", id, type, &size) == 3);
    objects[id] = {type_from_name(type), text.substr(end + 1, size)};
    at = end + 1 + size + 1;
  }
  return objects;
}

std::string drain(ByteStream& stream) {
  std::string all;
  char block[1000];
  for (;;) {
    const auto got = stream.read(block);
    REQUIRE(got.ok());
    if (*got == 0) return all;
    all.append(block, *got);
  }
}

ObjectId id_of(const std::string& hex) {
  const auto id = ObjectId::from_hex(hex);
  REQUIRE(id.has_value());
  return *id;
}

void check_object(const ObjectStore& store, const std::string& hex, const Object& expected) {
  INFO(hex);
  const auto object = store.read(id_of(hex), kMax);
  REQUIRE(object.ok());
  CHECK(object->type == expected.type);
  CHECK(object->bytes == expected.bytes);
  const auto header = store.header(id_of(hex));
  REQUIRE(header.ok());
  CHECK(header->type == expected.type);
  CHECK(header->size == expected.bytes.size());
  CHECK(store.has(id_of(hex)));
}

ObjectStore open_store(const GitFolder& git, const std::string& repository, std::size_t id_bytes = kSha1Bytes) {
  return ObjectStore::open({git.path(repository + "/.git/objects")}, id_bytes);
}

// All of them, in an order in which bases come before and after what is made of them.
void check_all(const GitFolder& git, const std::string& repository, std::size_t id_bytes = kSha1Bytes) {
  const auto expected = from_git(git, repository);
  REQUIRE(expected.size() > 100);
  const ObjectStore store = open_store(git, repository, id_bytes);
  CHECK(store.notes().empty());
  for (const auto& [hex, object] : expected) check_object(store, hex, object);
}

// What every pack holds, through the pack alone: entries in their order, both ways of reading them, whole ones also as
// streams. Returns how many deltas name their base by offset and by id.
std::pair<int, int> check_packs(const GitFolder& git, const std::string& repository, std::size_t id_bytes) {
  const auto expected = from_git(git, repository);
  const ObjectStore store = open_store(git, repository, id_bytes);
  std::pair<int, int> deltas;
  for (const Pack& pack : store.packs()) {
    const PackPlaces places = pack.index().places();
    const auto order = pack.index().by_offset();
    REQUIRE(order.size() == pack.index().size());
    EntryReader reader(pack);
    Inflater inflater;
    Buffer out;
    for (std::size_t i = 0; i < order.size(); ++i) {
      REQUIRE(places.object(i) == order[i]);
      REQUIRE(places.offset(i) == pack.index().offset(order[i]));
      if (i > 0) REQUIRE(places.offset(i) > places.offset(i - 1));
      const std::uint64_t end = places.end(i, pack.data_end());
      const auto entry = pack.entry(places.offset(i), end), same = reader.entry(places.offset(i), end);
      REQUIRE((entry.ok() && same.ok()));
      REQUIRE((entry->size == same->size && entry->data == same->data && entry->base_id == same->base_id));
      REQUIRE(pack.inflate(*entry, pack.index().crc(order[i]), inflater, out).ok());
      REQUIRE(drain(*pack.stream(*entry)) == out.view());
      const std::string_view id = pack.index().id(order[i]);
      REQUIRE(pack.index().find(id) == order[i]);
      if (!entry->is_delta()) REQUIRE(out.view() == expected.at(ObjectId(id).hex()).bytes);
      deltas.first += entry->base_offset != 0;
      deltas.second += static_cast<bool>(entry->base_id);
    }
  }
  return deltas;
}

std::string only_pack(const GitFolder& git) {
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

std::string made_id(int number) { return std::string(19, 'i') + static_cast<char>('a' + number); }

void write_made(const GitFolder& git, const std::string& name, std::vector<MadeEntry> entries) {
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

std::string error_of(const ObjectStore& store, const ObjectId& id) {
  const auto object = store.read(id, kMax);
  REQUIRE_FALSE(object.ok());
  CHECK(object.error().where == id.hex());
  return object.error().what;
}

using Catch::Matchers::Contains;

// A delta byte by byte, as the manual describes it; false where it is damaged.
bool apply_slowly(const std::string& base, const std::string& delta, std::string& result) {
  std::size_t at = 0;
  const auto next = [&] { return static_cast<unsigned char>(delta.at(at++)); };
  const auto number = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const unsigned byte = next();
      value |= std::uint64_t{byte & 0x7f} << shift;
      if (byte < 0x80) return value;
    }
  };
  try {
    const std::uint64_t from_size = number(), size = number();
    if (from_size != base.size()) return false;
    while (at < delta.size()) {
      const unsigned operation = next();
      if (operation == 0) return false;
      if (operation < 0x80) {
        for (unsigned i = 0; i < operation; ++i) result += static_cast<char>(next());
        continue;
      }
      std::size_t from = 0, count = 0;
      for (unsigned i = 0; i < 4; ++i)
        if (operation >> i & 1) from |= std::size_t{next()} << (8 * i);
      for (unsigned i = 0; i < 3; ++i)
        if (operation >> (4 + i) & 1) count |= std::size_t{next()} << (8 * i);
      if (count == 0) count = 0x10000;
      for (std::size_t i = 0; i < count; ++i) result += base.at(from + i);
    }
    return result.size() == size;
  } catch (const std::out_of_range&) {
    return false;
  }
}

std::string seven_bits(std::uint64_t number) {
  std::string text;
  for (; number >= 0x80; number >>= 7) text += static_cast<char>(number | 0x80);
  return text + static_cast<char>(number);
}

std::string copy_instruction(std::uint64_t from, std::uint64_t size) {
  std::string text(1, '\x80');
  const std::uint64_t numbers = from | size << 32;
  for (unsigned i = 0; i < 7; ++i)
    if (const auto byte = static_cast<char>(numbers >> (8 * i)); byte != 0 && !(size == 0x10000 && i >= 4)) {
      text[0] = static_cast<char>(text[0] | 1 << i);
      text += byte;
    }
  return text;
}

}  // namespace

TEST_CASE("every object of a packed repository is what git says", "[git]") {
  GitFolder git;
  make_history(git);
  git.run("cd r && git repack -q -adf --depth=30");
  check_all(git, "r");
  const auto [by_offset, by_id] = check_packs(git, "r", kSha1Bytes);
  CHECK(by_offset > 20);
  CHECK(by_id == 0);
  CHECK(open_store(git, "r").loose().empty());
}

TEST_CASE("deltas that name their base by id are followed", "[git]") {
  GitFolder git;
  make_history(git);
  git.run("cd r && git rev-list --objects --all | git pack-objects -q .git/objects/pack/pack && git prune-packed -q");
  check_all(git, "r");
  const auto [by_offset, by_id] = check_packs(git, "r", kSha1Bytes);
  CHECK(by_offset == 0);
  CHECK(by_id > 20);
}

TEST_CASE("loose objects are read, listed and streamed", "[git]") {
  GitFolder git;
  make_history(git);
  check_all(git, "r");
  const auto expected = from_git(git, "r");
  const ObjectStore store = open_store(git, "r");
  CHECK(store.packs().empty());
  const auto loose = store.loose();
  REQUIRE(loose.size() == expected.size());
  auto at = expected.begin();
  for (const auto& object : loose) {
    CHECK(object.id.hex() == at->first);
    const auto stream = store.stream(object.id);
    REQUIRE(stream.ok());
    CHECK((*stream)->size() == at->second.bytes.size());
    CHECK(drain(**stream) == at->second.bytes);
    ++at;
  }
}

TEST_CASE("a repository of SHA-256 is read, loose and packed", "[git]") {
  GitFolder git;
  make_history(git, "sha256");
  check_all(git, "r", kSha256Bytes);
  git.run("cd r && git rev-list --objects --all | git pack-objects -q .git/objects/pack/pack && git prune-packed -q");
  check_all(git, "r", kSha256Bytes);
  CHECK(check_packs(git, "r", kSha256Bytes).second > 20);
  git.run("cd r && git repack -q -adf");
  check_all(git, "r", kSha256Bytes);
  CHECK(check_packs(git, "r", kSha256Bytes).first > 20);
}

TEST_CASE("several packs with the same objects, and one of 64-bit offsets", "[git]") {
  GitFolder git;
  make_history(git);
  git.run(
      "cd r && git rev-list --objects --all | git pack-objects -q --window=0 .git/objects/pack/pack &&"
      "git rev-list --objects HEAD~5 | git pack-objects -q --delta-base-offset .git/objects/pack/other &&"
      "p=$(ls .git/objects/pack/*.pack | head -1) && chmod +w ${p%.pack}.idx &&"
      "git index-pack --index-version=2,0x40 -o ${p%.pack}.idx $p && git prune-packed -q");
  REQUIRE(git.files("r/.git/objects/pack", ".pack").size() == 2);
  check_all(git, "r");
  check_packs(git, "r", kSha1Bytes);
}

TEST_CASE("alternates are followed, by relative paths and in circles", "[git]") {
  GitFolder git;
  make_history(git);
  git.run("git clone -q --shared r s && cd s && echo more > more && git add more && git commit -q -m more");
  git.write("s/.git/objects/info/alternates", "# a comment\n../../../r/.git/objects\n../../../none\n");
  git.write("r/.git/objects/info/alternates", "\"" + git.path("s/.git/\\157bjects") + "\"\n");
  const ObjectStore store = open_store(git, "s");
  CHECK(store.folders().size() == 2);
  REQUIRE(store.notes().size() == 1);
  CHECK_THAT(store.notes()[0].what, Contains("none"));
  const auto expected = from_git(git, "r");
  for (const auto& [hex, object] : expected) check_object(store, hex, object);
  check_object(open_store(git, "r"), git.line("cd s && git rev-parse HEAD:more"), {ObjectType::blob, "more\n"});

  CHECK(parse_alternates("/a\n\n#b\n../c\n\"/d\\n\\\"e\"", "/x/y") ==
        std::vector<std::string>{"/a", "/x/c", "/d\n\"e"});
}

TEST_CASE("objects are found again when git repacks meanwhile", "[git]") {
  GitFolder git;
  make_history(git);
  const auto expected = from_git(git, "r");
  const ObjectStore loose = open_store(git, "r");
  git.run("cd r && git repack -q -adf");
  const ObjectStore packed = open_store(git, "r");
  for (const auto& [hex, object] : expected) check_object(loose, hex, object);
  git.run("cd r && git repack -q -adf --window=1 && git commit -q --allow-empty -m later && git repack -q -ad");
  for (const auto& [hex, object] : expected) check_object(packed, hex, object);
  CHECK(packed.has(id_of(git.line("cd r && git rev-parse HEAD"))));
}

TEST_CASE("many threads read the same store", "[git]") {
  GitFolder git;
  make_history(git);
  git.run("cd r && git repack -q -adf --depth=40");
  const auto expected = from_git(git, "r");
  const ObjectStore store = open_store(git, "r");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed)
    threads.emplace_back([&, seed] {
      std::vector<std::string> ids;
      for (const auto& object : expected) ids.push_back(object.first);
      std::shuffle(ids.begin(), ids.end(), std::mt19937(seed));
      for (const std::string& hex : ids) {
        const auto object = store.read(*ObjectId::from_hex(hex), kMax);
        wrong += !object.ok() || object->bytes != expected.at(hex).bytes;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("limits and missing objects are said", "[git]") {
  GitFolder git;
  make_history(git);
  const std::string blob = git.line("cd r && git rev-parse HEAD:long");
  for (const char* how : {"true", "git repack -q -adf"}) {
    git.run(std::string("cd r && ") + how);
    const ObjectStore store = open_store(git, "r");
    const std::uint64_t size = std::stoull(git.line("cd r && git cat-file -s " + blob));
    CHECK(store.read(id_of(blob), size).ok());
    const auto refused = ObjectStore(open_store(git, "r")).read(id_of(blob), size - 1);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().what, Contains("larger than"));
    CHECK(error_of(store, id_of(std::string(40, '7'))) == "missing");
    CHECK_FALSE(store.has(id_of(std::string(40, '7'))));
    CHECK_FALSE(store.has(ObjectId()));
    CHECK_FALSE(store.has(id_of(std::string(64, '7'))));
  }
  CHECK(ObjectStore::open({git.path("nowhere")}, kSha1Bytes).notes().size() == 1);
}

TEST_CASE("damage in a pack costs the objects that it hits, each by name", "[git]") {
  GitFolder git;
  make_history(git);
  git.run("cd r && git repack -q -adf --depth=5");
  const auto expected = from_git(git, "r");
  const std::string name = only_pack(git), bytes = git.read(name), index = git.read(index_of(name));
  std::mt19937 random(5);
  const auto count = [&](std::size_t& good, std::size_t& bad) {
    good = bad = 0;
    const ObjectStore store = open_store(git, "r");
    for (const auto& [hex, object] : expected) {
      const auto read = store.read(id_of(hex), kMax);
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
  git.run("cd r && git index-pack --index-version=1 -o .git/one.idx " + git.path(name));
  git.write(index_of(name), git.read("r/.git/one.idx"));
  const ObjectStore old = open_store(git, "r");
  REQUIRE(old.notes().size() == 1);
  CHECK_THAT(old.notes()[0].why, Contains("version 1"));
  std::filesystem::remove(git.path(index_of(name)));
  CHECK(open_store(git, "r").notes().size() == 1);
}

TEST_CASE("a damaged object is taken from another pack that holds it", "[git]") {
  GitFolder git;
  make_history(git);
  git.run(
      "cd r && git rev-list --objects --all | git pack-objects -q --window=0 .git/objects/pack/pack &&"
      "git rev-list --objects --all | git pack-objects -q .git/objects/pack/other");
  const auto packs = git.files("r/.git/objects/pack", ".pack");
  REQUIRE(packs.size() == 2);
  const auto expected = from_git(git, "r");
  for (const std::string& name : packs) {
    const std::string bytes = git.read(name);
    git.write(name, bytes.substr(0, bytes.size() / 3));
    const ObjectStore store = open_store(git, "r");
    for (const auto& [hex, object] : expected) CHECK(store.read(id_of(hex), kMax).ok());
    git.write(name, bytes);
  }
}

TEST_CASE("damaged loose objects are errors", "[git]") {
  GitFolder git;
  git.run("git init -q r");
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
  GitFolder git;
  git.run("git init -q r");
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
    const auto object = store.read(ObjectId(made_id(number)), kMax);
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

TEST_CASE("any delta gives what the manual says, and its copies tell where from", "[git]") {
  std::mt19937 random(11);
  Buffer result;
  for (int round = 0; round < 4000; ++round) {
    std::string base(random() % (round % 10 == 0 ? 200000 : 300), '\0');
    for (char& c : base) c = static_cast<char>(random());
    std::string body;
    std::uint64_t size = 0;
    for (auto i = random() % 20; i-- > 0;) {
      if (!base.empty() && random() % 3 != 0) {
        const std::uint64_t from = random() % base.size();
        const std::uint64_t most = std::min<std::uint64_t>(base.size() - from, random() % 4 == 0 ? 0xffffff : 70);
        const std::uint64_t length = most >= 0x10000 && random() % 4 == 0 ? 0x10000 : 1 + random() % most;
        body += copy_instruction(from, length);
        size += length;
        // What goes on where it ended is one copy with it.
        if (random() % 3 == 0 && from + length < base.size()) {
          body += copy_instruction(from + length, 1);
          ++size;
        }
      } else {
        const auto length = 1 + random() % 127;
        body += static_cast<char>(length);
        for (auto k = length; k-- > 0;) body += static_cast<char>(random());
        size += length;
      }
    }
    std::string delta = seven_bits(base.size()) + seven_bits(size) + body;
    // A third of them is damaged in a byte, or cut.
    if (round % 6 == 0) delta[random() % delta.size()] = static_cast<char>(random());
    if (round % 6 == 1) delta.resize(random() % delta.size());
    const auto sizes = delta_sizes(delta);
    if (sizes.ok() && sizes->result > kMax) continue;

    std::string expected;
    std::vector<Copy> copies = {{1, 2, 3}};
    const bool valid = apply_slowly(base, delta, expected);
    const Status status = apply_delta(base, delta, result, round % 2 == 0 ? &copies : nullptr);
    REQUIRE(status.ok() == valid);
    if (!valid) continue;
    REQUIRE(result.view() == expected);
    if (round % 2 != 0) continue;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const Copy& copy = copies[i];
      REQUIRE(copy.size > 0);
      REQUIRE(base.substr(copy.from, copy.size) == expected.substr(copy.to, copy.size));
      if (i == 0) continue;
      const Copy& before = copies[i - 1];
      REQUIRE(copy.to >= before.to + before.size);
      REQUIRE_FALSE((copy.to == before.to + before.size && copy.from == before.from + before.size));
    }
  }
}

TEST_CASE("bytes between copies were inserted", "[git]") {
  const std::string base = "0123456789";
  const std::string body =
      copy_instruction(0, 3) + copy_instruction(3, 2) + "\2ab" + copy_instruction(5, 1) + copy_instruction(5, 1);
  Buffer result;
  std::vector<Copy> copies;
  REQUIRE(apply_delta(base, seven_bits(10) + seven_bits(9) + body, result, &copies).ok());
  CHECK(result.view() == "01234ab55");
  REQUIRE(copies.size() == 3);
  CHECK((copies[0].from == 0 && copies[0].to == 0 && copies[0].size == 5));
  CHECK((copies[1].from == 5 && copies[1].to == 7 && copies[1].size == 1));
  CHECK((copies[2].from == 5 && copies[2].to == 8 && copies[2].size == 1));
}
