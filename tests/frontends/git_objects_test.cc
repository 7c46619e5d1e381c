// Packs, loose objects and the store against git itself: every object of repositories of several kinds.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include "frontends/git/alternates.h"
#include "frontends/git/numbering.h"
#include "tests/frontends/git_store.h"

using namespace staunch;
using namespace staunch::test;
using Catch::Matchers::Contains;

namespace {

// What every pack holds, through the pack alone: entries in their order, both ways of reading them, whole ones also as
// streams. Returns how many deltas name their base by offset and by id.
std::pair<int, int> check_packs(const GitRepo& git, const std::string& repository, std::size_t id_bytes) {
  const auto expected = from_git(git, repository);
  const ObjectStore store = open_store(git, repository, id_bytes);
  std::pair<int, int> deltas;
  for (const Pack* each : store.packs()) {
    const Pack& pack = *each;
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

// Moves the objects of a repository from one pack into files, into another pack and back, in the order in which git
// does it: nothing goes before it is elsewhere, a pack comes before its index, and goes after it.
class Mover {
 public:
  // `kept` holds the folders "loose" (of folders), "one" and "two" (of a pack each); objects lie in "two" now.
  Mover(std::filesystem::path kept, std::filesystem::path objects)
      : kept_(std::move(kept)), objects_(std::move(objects)), thread_([this] { run(); }) {}
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;
  ~Mover() {
    done_ = true;
    thread_.join();
  }

 private:
  void run() const {
    for (const char* here = "two"; !done_;)
      for (const char* next : {"loose", "one", "two"}) {
        for (const char* ending : {"", ".pack", ".idx"})
          each(next, ending, [](const auto& kept, const auto& put) {
            create_directories(put.parent_path());
            create_hard_link(kept, put);
          });
        for (const char* ending : {"", ".idx", ".pack"})
          each(here, ending, [](const auto&, const auto& put) { remove(put); });
        here = next;
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
      }
  }

  template <typename Use>
  void each(const std::string& form, const char* ending, Use use) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kept_ / form)) {
      if (!entry.is_regular_file() || entry.path().extension() != ending) continue;
      const auto below = entry.path().lexically_relative(kept_ / form);
      use(entry.path(), form == "loose" ? objects_ / below : objects_ / "pack" / below);
    }
  }

  const std::filesystem::path kept_, objects_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("every object of a packed repository is what git says", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell("cd r && git repack -q -adf --depth=30");
  check_all(git, "r");
  const auto [by_offset, by_id] = check_packs(git, "r", kSha1Bytes);
  CHECK(by_offset > 20);
  CHECK(by_id == 0);
  CHECK(open_store(git, "r").loose().empty());
}

TEST_CASE("deltas that name their base by id are followed", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell("cd r && git rev-list --objects --all | git pack-objects -q .git/objects/pack/pack && git prune-packed -q");
  check_all(git, "r");
  const auto [by_offset, by_id] = check_packs(git, "r", kSha1Bytes);
  CHECK(by_offset == 0);
  CHECK(by_id > 20);
}

TEST_CASE("loose objects are read, listed and streamed", "[git]") {
  GitRepo git;
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
  GitRepo git;
  make_history(git, "sha256");
  check_all(git, "r", kSha256Bytes);
  git.shell("cd r && git rev-list --objects --all | git pack-objects -q .git/objects/pack/pack && git prune-packed -q");
  check_all(git, "r", kSha256Bytes);
  CHECK(check_packs(git, "r", kSha256Bytes).second > 20);
  git.shell("cd r && git repack -q -adf");
  check_all(git, "r", kSha256Bytes);
  CHECK(check_packs(git, "r", kSha256Bytes).first > 20);
}

TEST_CASE("several packs with the same objects, and one of 64-bit offsets", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell(
      "cd r && git rev-list --objects --all | git pack-objects -q --window=0 .git/objects/pack/pack &&"
      "git rev-list --objects HEAD~5 | git pack-objects -q --delta-base-offset .git/objects/pack/other &&"
      "p=$(ls .git/objects/pack/*.pack | head -1) && chmod +w ${p%.pack}.idx &&"
      "git index-pack --index-version=2,0x40 -o ${p%.pack}.idx $p && git prune-packed -q");
  REQUIRE(git.files("r/.git/objects/pack", ".pack").size() == 2);
  check_all(git, "r");
  check_packs(git, "r", kSha1Bytes);
}

TEST_CASE("alternates are followed, by relative paths and in circles", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell("git clone -q --shared r s && cd s && echo more > more && git add more && git commit -q -m more");
  git.write("s/.git/objects/info/alternates", "# a comment\n../../../r/.git/objects\n../../../none\n");
  git.write("r/.git/objects/info/alternates", "\"" + git.path("s/.git/\\157bjects") + "\"\n");
  const ObjectStore store = open_store(git, "s");
  CHECK(store.folders().size() == 2);
  REQUIRE(store.notes().size() == 1);
  CHECK_THAT(store.notes()[0].what, Contains("none"));
  const auto expected = from_git(git, "r");
  for (const auto& [hex, object] : expected) check_object(store, hex, object);
  check_object(open_store(git, "r"), git.git("rev-parse HEAD:more", "s"), {ObjectType::blob, "more\n"});

  CHECK(parse_alternates("/a\n\n#b\n../c\n\"/d\\n\\\"e\"", "/x/y") ==
        std::vector<std::string>{"/a", "/x/c", "/d\n\"e"});
}

TEST_CASE("objects are found again when git repacks meanwhile", "[git]") {
  GitRepo git;
  make_history(git);
  const auto expected = from_git(git, "r");
  const ObjectStore loose = open_store(git, "r");
  git.shell("cd r && git repack -q -adf");
  const ObjectStore packed = open_store(git, "r");
  for (const auto& [hex, object] : expected) check_object(loose, hex, object);
  git.shell("cd r && git repack -q -adf --window=1 && git commit -q --allow-empty -m later && git repack -q -ad");
  for (const auto& [hex, object] : expected) check_object(packed, hex, object);
  CHECK(packed.has(id_of(git.git("rev-parse HEAD", "r"))));
}

TEST_CASE("all objects are listed while git moves them", "[git]") {
  GitRepo git;
  make_history(git);
  const auto expected = from_git(git, "r");
  git.shell(
      "mkdir -p kept/loose && cp -a r/.git/objects/?? kept/loose && cd r && "
      "git repack -q -adf && cp -a .git/objects/pack ../kept/one && "
      "git repack -q -adf --window=1 && cp -a .git/objects/pack ../kept/two");
  const Mover mover(git.path("kept"), git.path("r/.git/objects"));
  for (int round = 0; round < 100; ++round) {
    const ObjectStore store = open_store(git, "r");
    const Numbering numbers(store);
    for (const Note& note : store.notes()) FAIL(note.what + ": " + note.why);
    std::size_t missing = 0;
    for (const auto& [hex, object] : expected) missing += numbers.find(id_of(hex).raw()) == Numbering::kNone;
    REQUIRE(missing == 0);
  }
}

TEST_CASE("many threads read the same store", "[git]") {
  GitRepo git;
  make_history(git);
  git.shell("cd r && git repack -q -adf --depth=40");
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
        const auto object = store.read(*ObjectId::from_hex(hex), kMaxObject);
        wrong += !object.ok() || object->bytes != expected.at(hex).bytes;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("limits and missing objects are said", "[git]") {
  GitRepo git;
  make_history(git);
  const std::string blob = git.git("rev-parse HEAD:long", "r");
  for (const char* how : {"true", "git repack -q -adf"}) {
    git.shell(std::string("cd r && ") + how);
    const ObjectStore store = open_store(git, "r");
    const std::uint64_t size = std::stoull(git.git("cat-file -s " + blob, "r"));
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
