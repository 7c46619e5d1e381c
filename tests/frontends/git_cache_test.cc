// What is kept between runs: torn, forged, written by two at once, and by one that is killed.
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "frontends/git/git_cache.h"
#include "frontends/git/object_hash.h"
#include "tests/support/git_repo.h"

namespace staunch {
namespace {

using test::GitRepo;

constexpr const char* kFile = "some.clean";

ObjectId id_of(std::uint32_t number) {
  std::string raw(kSha1Bytes, '\x5a');
  for (int i = 0; i < 4; ++i) raw[i] = static_cast<char>(number >> 8 * i);
  return ObjectId(raw);
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

CacheFolder opened(const std::string& path) {
  auto folder = CacheFolder::open(path);
  REQUIRE(folder);
  return *std::move(folder);
}

// How many of the first `count` ids are known to be clean; their sizes must be what they were said to be.
std::uint32_t known_of(const KnownBlobs& known, std::uint32_t count) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t* bytes = known.clean(id_of(i));
    if (bytes == nullptr) continue;
    REQUIRE(*bytes == i + 7);
    ++found;
  }
  return found;
}

void add(KnownBlobs& known, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t i = from; i < to; ++i) known.add_clean(id_of(i), i + 7);
  known.settle();
}

// A process of its own; its exit code.
template <typename Function>
int in_child(Function function) {
  const pid_t child = fork();
  if (child == 0) _exit(function());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("objects are named as git names them", "[git][cache]") {
  const GitRepo files;
  files.git("init -q --object-format=sha256 other");
  std::mt19937 random(5);
  for (const std::size_t size :
       {0u, 1u, 44u, 47u, 48u, 53u, 54u, 55u, 56u, 57u, 63u, 64u, 65u, 111u, 112u, 119u, 120u, 128u, 1000u, 70001u}) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    files.write("text", text);
    const std::string sha1 = files.git("hash-object text");
    CHECK(hash_object(ObjectType::blob, text, kSha1Bytes).hex() == sha1);
    CHECK(hash_object(ObjectType::blob, text, kSha256Bytes).hex() == files.git("hash-object ../text", "other"));
    std::string head = "blob " + std::to_string(size);
    head.push_back('\0');
    CHECK(sha1_of(head, text, false).hex() == sha1);
  }
}

TEST_CASE("clean blobs are known again", "[git][cache]") {
  const GitRepo root;
  const CacheFolder folder = opened(root.path("cache"));
  {
    KnownBlobs known;
    REQUIRE(known.load(folder, kFile));
    add(known, 0, 10);
    known.add_hit(id_of(20), {5, true, {{{77, 2}}}});
    REQUIRE(known.save(folder, kFile));
    add(known, 10, 30);
    REQUIRE(known.save(folder, kFile));
    CHECK(known.hit(id_of(20))->secrets.count(77) == 2);
  }
  KnownBlobs known;
  REQUIRE(known.load(folder, kFile));
  CHECK(known_of(known, 100) == 30);
  CHECK(known.hit(id_of(20)) == nullptr);
  KnownBlobs other;
  REQUIRE(other.load(folder, "other.clean"));
  CHECK(known_of(other, 100) == 0);
}

TEST_CASE("of a torn file the whole blocks count", "[git][cache]") {
  const GitRepo root;
  const CacheFolder folder = opened(root.path("cache"));
  const std::string path = root.path("cache/") + kFile;
  std::vector<std::size_t> ends;
  {
    KnownBlobs known;
    REQUIRE(known.load(folder, kFile));
    for (std::uint32_t i = 0; i < 4; ++i) {
      ends.push_back(content(path).size());
      add(known, 3 * i, 3 * i + 3);
      REQUIRE(known.save(folder, kFile));
    }
    ends.push_back(content(path).size());
  }
  const std::string whole = content(path);
  const auto blocks = [&](std::size_t size) {
    return static_cast<std::uint32_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin());
  };
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    root.write(std::string("cache/") + kFile, whole.substr(0, size));
    chmod(path.c_str(), 0600);
    KnownBlobs known;
    REQUIRE(known.load(folder, kFile));
    const std::uint32_t before = size < ends[0] ? 0 : 3 * (blocks(size) - 1);
    CHECK(known_of(known, 100) == before);
    add(known, 50, 53);
    REQUIRE(known.save(folder, kFile));
    KnownBlobs again;
    REQUIRE(again.load(folder, kFile));
    CHECK(known_of(again, 100) == before + 3);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] ^= 0x10;
    root.write(std::string("cache/") + kFile, damaged);
    KnownBlobs known;
    REQUIRE(known.load(folder, kFile));
    CHECK(known_of(known, 100) == (at < ends[0] ? 0 : 3 * (blocks(at) - 1)));
  }
}

TEST_CASE("two runs at once lose nothing", "[git][cache]") {
  const GitRepo root;
  const std::string path = root.path("cache");
  REQUIRE(CacheFolder::open(path));
  constexpr std::uint32_t kWriters = 4, kTimes = 10, kEach = 20;
  std::vector<pid_t> children;
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    const pid_t child = fork();
    if (child == 0) {
      const auto folder = CacheFolder::open(path);
      KnownBlobs known;
      if (!folder || !known.load(*folder, kFile)) _exit(1);
      for (std::uint32_t i = 0; i < kTimes; ++i) {
        const std::uint32_t from = (writer * kTimes + i) * kEach;
        for (std::uint32_t k = from; k < from + kEach; ++k) known.add_clean(id_of(k), k + 7);
        known.settle();
        if (!known.save(*folder, kFile)) _exit(2);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  KnownBlobs known;
  REQUIRE(known.load(opened(path), kFile));
  CHECK(known_of(known, 10'000) == kWriters * kTimes * kEach);
}

TEST_CASE("a writer that is killed at any step leaves what can be used", "[git][cache]") {
  const GitRepo root;
  const std::string path = root.path("cache");
  {
    const CacheFolder folder = opened(path);
    KnownBlobs known;
    REQUIRE(known.load(folder, kFile));
    add(known, 0, 10);
    REQUIRE(known.save(folder, kFile));
    REQUIRE(folder.replace(CacheFolder::Lock(folder), "text", {"old"}));
  }
  for (const std::string_view last : {"locked", "written", "synced", "renamed"}) {
    INFO(last);
    const auto killed = [&](auto write) {
      return in_child([&] {
        auto folder = CacheFolder::open(path);
        if (!folder) return 1;
        folder->at_step = [&](std::string_view step) {
          if (step == last) _exit(9);
        };
        write(*folder);
        return 0;
      });
    };
    const int appended = killed([](const CacheFolder& folder) {
      KnownBlobs known;
      if (!known.load(folder, kFile)) _exit(1);
      for (std::uint32_t i = 10; i < 20; ++i) known.add_clean(id_of(i), i + 7);
      known.settle();
      if (!known.save(folder, kFile)) _exit(2);
    });
    CHECK(appended == (last == "renamed" ? 0 : 9));
    const int replaced = killed([](const CacheFolder& folder) {
      if (!folder.replace(CacheFolder::Lock(folder), "text", {"n", "ew"})) _exit(1);
    });
    CHECK(replaced == 9);

    const CacheFolder folder = opened(path);
    KnownBlobs known;
    REQUIRE(known.load(folder, kFile));
    CHECK(known_of(known, 100) == (last == "locked" ? 10 : 20));
    const auto text = folder.read("text", 100);
    REQUIRE(text);
    CHECK(*text == (last == "renamed" ? "new" : "old"));
    REQUIRE(folder.replace(CacheFolder::Lock(folder), "text", {"old"}));
  }
  CHECK_FALSE(std::filesystem::exists(path + "/.text.new"));
}

TEST_CASE("only what is ours alone is used", "[git][cache]") {
  const GitRepo root;
  const std::string path = root.path("cache");
  {
    const CacheFolder folder = opened(path);
    REQUIRE(folder.replace(CacheFolder::Lock(folder), "text", {"here"}));
    CHECK(folder.read("text", 4));
    CHECK_FALSE(folder.read("text", 3));
    const std::string file = path + "/text";
    for (const mode_t mode : {0620u, 0602u}) {
      chmod(file.c_str(), mode);
      CHECK_FALSE(folder.read("text", 100));
    }
    chmod(file.c_str(), 0600);
    REQUIRE(symlink("text", (path + "/link").c_str()) == 0);
    CHECK_FALSE(folder.read("link", 100));
    REQUIRE(mkfifo((path + "/pipe").c_str(), 0600) == 0);
    CHECK_FALSE(folder.read("pipe", 100));
    const CacheFolder::Lock held(folder);
    const CacheFolder second = opened(path);
    const CacheFolder::Lock refused(second);
    CHECK_FALSE(refused);
    CHECK_FALSE(second.replace(refused, "text", {"gone"}));
  }
  for (const mode_t mode : {0720u, 0702u, 0777u}) {
    chmod(path.c_str(), mode);
    CHECK_FALSE(CacheFolder::open(path));
  }
  chmod(path.c_str(), 0755);
  CHECK(CacheFolder::open(path));
  REQUIRE(symlink("cache", root.path("link").c_str()) == 0);
  CHECK_FALSE(CacheFolder::open(root.path("link")));
  CHECK_FALSE(CacheFolder::open(root.path("link/")));
  if (geteuid() == 0) {
    REQUIRE(chown((path + "/text").c_str(), 12345, 12345) == 0);
    CHECK_FALSE(opened(path).read("text", 100));
    REQUIRE(chown(path.c_str(), 12345, 12345) == 0);
    CHECK_FALSE(CacheFolder::open(path));
  } else {
    CHECK_FALSE(CacheFolder::open("/usr"));
  }
}

TEST_CASE("an account is as it was written, or none", "[git][cache]") {
  Account account;
  account.stories.push_back(
      {Story::Kind::blob, id_of(1), id_of(2), "a/b", "stash", true, {{3, 4, 1}, {5, 6, Story::kNobody}}});
  account.stories.push_back({Story::Kind::tag, id_of(3), {}, "", "", false, {}});
  account.holders = {{true, {}}, {false, {"main", "origin/main"}}};
  account.totals.bytes = 1, account.totals.merges = 2;
  account.totals.partial = {{"what", "why"}};
  const std::string packed = pack_account(account);
  const auto again = unpack_account(packed);
  REQUIRE(again);
  REQUIRE(again->stories.size() == 2);
  CHECK(again->stories[0].object == id_of(1));
  CHECK(again->stories[0].path == "a/b");
  CHECK(again->stories[0].picks[1].versions == 6);
  CHECK(again->holders[1].branches.back() == "origin/main");
  CHECK(again->totals.partial[0].why == "why");
  CHECK(pack_account(*again) == packed);
  for (std::size_t size = 0; size < packed.size(); ++size) CHECK_FALSE(unpack_account(packed.substr(0, size)));
  CHECK_FALSE(unpack_account(packed + '\0'));
  for (std::size_t at = 0; at < packed.size(); ++at)
    for (const int bit : {0, 7}) {
      std::string damaged = packed;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      const auto other = unpack_account(damaged);
      if (other) CHECK(pack_account(*other) == damaged);
    }
  account.stories[0].picks[0].holders = 2;
  CHECK_FALSE(unpack_account(pack_account(account)));
}

TEST_CASE("accounts count for one state of one repository and one generation", "[git][cache]") {
  const GitRepo root;
  root.git("init -q repo");
  root.write("repo/file", "text\n");
  root.git("add file", "repo");
  root.git("commit -qm first", "repo");
  const auto state = [&] {
    const auto repository = open_repository(root.path("repo"), {});
    REQUIRE(repository);
    const ObjectStore store = ObjectStore::open(repository->object_folders, repository->id_bytes);
    return state_of(*repository, read_refs(*repository), store);
  };
  const std::string first = state();
  CHECK(state() == first);
  std::set<std::string> states{first};
  for (const char* change :
       {"git tag one", "git branch other", "git commit -q --allow-empty -m second", "git checkout -q other",
        "echo dangling | git hash-object -w --stdin", "git reflog expire --expire=now --all", "git gc -q",
        "echo $(git rev-parse HEAD) > .git/shallow"}) {
    INFO(change);
    root.shell(change, "repo");
    CHECK(states.insert(state()).second);
  }

  const auto repository = open_repository(root.path("repo"), {});
  Account account;
  account.totals.blobs = 42;
  const GitCache cache(opened(root.path("cache")), "rules 1");
  REQUIRE(cache.remember(*repository, first, account));
  const auto recalled = cache.recall(*repository, first);
  REQUIRE(recalled);
  CHECK(recalled->totals.blobs == 42);
  CHECK_FALSE(cache.recall(*repository, state()));
  CHECK_FALSE(GitCache(opened(root.path("cache")), "rules 2").recall(*repository, first));
  for (const auto& file : std::filesystem::directory_iterator(root.path("cache"))) {
    const std::string path = file.path().string(), whole = content(path);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] ^= 1;
      std::ofstream(path, std::ios::binary) << damaged;
      CHECK_FALSE(cache.recall(*repository, first));
    }
    std::ofstream(path, std::ios::binary) << whole;
  }
  CHECK(cache.recall(*repository, first));
}

}  // namespace staunch
