// The walk against real folders: what is scanned, in which order, and what is said of the rest.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>

#include "tests/frontends/dir_tree.h"

using namespace staunch;
using namespace staunch::test;

namespace {

const Note* note_about(const std::vector<Note>& notes, const std::string& what) {
  for (const Note& note : notes)
    if (note.what.find(what) != std::string::npos) return &note;
  return nullptr;
}

std::string random_name(std::mt19937& random) {
  static const std::string kBytes = "abAB.-_ 0\n\t\x01\xff\xc3+~,'\"";
  std::string name;
  const auto length = 1 + random() % 4;
  while (name.size() < length) name += kBytes[random() % kBytes.size()];
  return name == "." || name == ".." ? "x" : name;
}

void grow(const TempTree& tree, std::mt19937& random, const std::string& at, unsigned depth, unsigned& files) {
  for (auto i = random() % 12; i-- > 0;) {
    const std::string path = at + random_name(random);
    if (std::filesystem::exists(tree.path(path))) continue;
    if (depth > 0 && random() % 3 == 0) {
      tree.folder(path);
      grow(tree, random, path + "/", depth - 1, files);
    } else {
      tree.write(path, "text " + mark(files++) + " text");
    }
  }
}

// What the standard library finds, with what stands in each file.
std::map<std::string, std::string> listed(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    files[entry.path().string()] = text.substr(5, 13);
  }
  return files;
}

struct NoRights {  // permissions do not bind the superuser, who may run the tests
  NoRights() { REQUIRE((geteuid() != 0 || seteuid(65534) == 0)); }
  ~NoRights() {
    if (getuid() == 0) CHECK(seteuid(0) == 0);
  }
};

struct FewDescriptors {
  explicit FewDescriptors(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = limit;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before{};
};

}  // namespace

TEST_CASE("every file of a tree is scanned once, in byte order, whatever the threads are", "[dir]") {
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    const TempTree tree;
    std::mt19937 random(seed);
    unsigned files = 0;
    for (int i = 0; i < 12; ++i) grow(tree, random, "top" + std::to_string(i) + "/", 4, files);
    for (unsigned i = 0; i < 300; ++i) tree.write("many/" + std::to_string(i), "text " + mark(files++) + " text");
    tree.write("many-x", "text " + mark(files++) + " text");
    const auto expected = listed(tree.root());
    REQUIRE(expected.size() == files);
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      DirOptions options;
      options.paths = {tree.root()};
      options.threads = threads;
      const Seen seen = scan(options);
      std::vector<std::string> paths, secrets;
      for (const auto& [path, secret] : expected) paths.push_back(path), secrets.push_back(secret);
      CHECK(seen.paths == paths);
      CHECK(seen.secrets == secrets);
      CHECK(seen.totals.items == files);
      CHECK(seen.totals.incomplete.empty());
      CHECK(seen.totals.skipped.empty());
    }
  }
}

TEST_CASE("targets that lie inside each other are scanned once", "[dir]") {
  const TempTree tree;
  tree.write("a/b/one", mark(1));
  tree.write("a/two", mark(2));
  tree.write("c/three", mark(3));
  tree.link("alias", "a");
  DirOptions options;
  options.paths = {tree.path("a/b"), tree.root(), tree.path("a/b/"), tree.path("alias/b/one"), tree.path("c/../a")};
  const Seen seen = scan(options);
  auto secrets = seen.secrets;
  std::sort(secrets.begin(), secrets.end());
  CHECK(secrets == std::vector<std::string>{mark(1), mark(2), mark(3)});
}

TEST_CASE("paths are spelled as the target was typed", "[dir]") {
  const TempTree tree;
  tree.write("a/one", mark(1));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(tree.root());
  CHECK(scan(".").paths == std::vector<std::string>{"a/one"});
  CHECK(scan("./a").paths == std::vector<std::string>{"a/one"});
  CHECK(scan("a//").paths == std::vector<std::string>{"a/one"});
  CHECK(scan("./a/one").paths == std::vector<std::string>{"a/one"});
  CHECK(scan(tree.root() + "/a").paths == std::vector<std::string>{tree.path("a/one")});
  std::filesystem::current_path(before);
}

TEST_CASE("what is typed is read whatever excludes, defaults and links say", "[dir]") {
  const TempTree tree;
  tree.write("keep.txt", mark(1));
  tree.write("drop.log", mark(2));
  tree.write("named.log", mark(3));
  tree.write(".git/HEAD", "ref");
  tree.write(".git/objects/aa/bb", mark(4));
  tree.folder(".git/refs");
  tree.link("link", "named.log");
  DirOptions options;
  options.paths = {tree.root(), tree.path("named.log"), tree.path(".git/objects")};
  options.excludes = {"*.log"};
  const Seen seen = scan(options);
  CHECK(std::set<std::string>(seen.secrets.begin(), seen.secrets.end()) ==
        std::set<std::string>{mark(1), mark(3), mark(4)});
  CHECK(seen.secrets.size() == 3);
  CHECK(scan(tree.path("link")).secrets == std::vector<std::string>{mark(3)});
}

TEST_CASE("excludes are gitignore patterns, relative to the target or as reported", "[dir]") {
  const TempTree tree;
  for (const char* path : {"src/a.c", "src/gen/b.c", "vendor/x/c.c", "deep/vendor/d.c", "deep/y/gen/e.c"})
    tree.write(path, mark(1));
  const auto left = [&](const std::vector<std::string>& excludes) {
    DirOptions options;
    options.paths = {tree.root()};
    options.excludes = excludes;
    std::set<std::string> paths;
    for (const std::string& path : scan(options).paths) paths.insert(path.substr(tree.root().size() + 1));
    return paths;
  };
  CHECK(left({"vendor/"}) == std::set<std::string>{"src/a.c", "src/gen/b.c", "deep/y/gen/e.c"});
  CHECK(left({"/vendor"}) == std::set<std::string>{"src/a.c", "src/gen/b.c", "deep/vendor/d.c", "deep/y/gen/e.c"});
  CHECK(left({"**/gen/*.c"}) == std::set<std::string>{"src/a.c", "vendor/x/c.c", "deep/vendor/d.c"});
  CHECK(left({"*.c", "!a.c"}) == std::set<std::string>{"src/a.c"});
  CHECK(left({tree.root() + "/deep"}) == std::set<std::string>{"src/a.c", "src/gen/b.c", "vendor/x/c.c"});
}

TEST_CASE("pipes, sockets, devices and links are skipped, never waited for, and named", "[dir]") {
  const TempTree tree;
  tree.write("file", mark(1));
  REQUIRE(mkfifo(tree.path("pipe").c_str(), 0600) == 0);
  const int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(tree.path("sock").size() < sizeof address.sun_path);
  std::strcpy(address.sun_path, tree.path("sock").c_str());
  REQUIRE(bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  tree.link("loop", ".");
  tree.link("self", "self");
  tree.link("to-file", "file");
  for (int i = 0; i < 20; ++i) tree.link("l" + std::to_string(i), "nowhere");

  const Seen seen = scan(tree.root());
  close(listening);
  CHECK(seen.secrets == std::vector<std::string>{mark(1)});
  CHECK(seen.totals.incomplete.empty());
  CHECK(seen.totals.skipped.size() == 3);
  CHECK(note_about(seen.totals.skipped, tree.path("pipe")) != nullptr);
  CHECK(note_about(seen.totals.skipped, tree.path("sock")) != nullptr);
  CHECK(note_about(seen.totals.skipped, "and 18 more") != nullptr);

  DirOptions options;
  options.paths = {tree.root()};
  options.follow_symlinks = true;
  const Seen followed = scan(options);
  CHECK(followed.paths == std::vector<std::string>{tree.path("file"), tree.path("to-file")});
  CHECK(followed.totals.incomplete.empty());

  const Seen pipe = scan(tree.path("pipe"));
  REQUIRE(pipe.totals.incomplete.size() == 1);
  CHECK(pipe.totals.incomplete[0].what == tree.path("pipe"));
  CHECK(scan("/dev/zero").totals.incomplete.size() == 1);
}

TEST_CASE("what cannot be read is named with the reason, and the rest is scanned", "[dir]") {
  const TempTree tree;
  tree.write("open", mark(1));
  tree.write("shut", mark(2));
  tree.write("closed/inner", mark(3));
  REQUIRE(chmod(tree.root().c_str(), 0755) == 0);
  REQUIRE(chmod(tree.path("open").c_str(), 0644) == 0);
  REQUIRE(chmod(tree.path("shut").c_str(), 0) == 0);
  REQUIRE(chmod(tree.path("closed").c_str(), 0) == 0);
  Seen seen;
  {
    const NoRights nobody;
    DirOptions options;
    options.paths = {tree.root(), tree.path("missing")};
    seen = scan(options);
  }
  REQUIRE(chmod(tree.path("closed").c_str(), 0700) == 0);
  CHECK(seen.secrets == std::vector<std::string>{mark(1)});
  REQUIRE(seen.totals.incomplete.size() == 3);
  CHECK(note_about(seen.totals.incomplete, "closed/")->why == "cannot open: Permission denied");
  CHECK(note_about(seen.totals.incomplete, "shut")->why == "cannot open: Permission denied");
  CHECK(note_about(seen.totals.incomplete, "missing")->why == "cannot open: No such file or directory");
}

TEST_CASE("a file may vanish, shrink, grow or turn into something else while it is read", "[dir]") {
  const TempTree tree;
  for (const char* name : {"grows", "last", "shrinks", "turns", "vanishes"})
    tree.write(name, mark(1) + std::string(5000, ' ') + mark(2));
  DirOptions options;
  options.paths = {tree.root()};
  options.injected = [&](Moment moment, const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (moment == Moment::listed && name == "vanishes") unlink(path.c_str());
    if (moment == Moment::listed && name == "turns") {
      unlink(path.c_str());
      REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    }
    if (moment == Moment::opened && name == "shrinks") REQUIRE(truncate(path.c_str(), 100) == 0);
    if (moment == Moment::opened && name == "grows") tree.write(name, std::string(100000, ' ') + mark(3));
  };
  const Seen seen = scan(options);
  CHECK(seen.secrets == std::vector<std::string>{mark(3), mark(1), mark(2), mark(1)});
  REQUIRE(seen.totals.incomplete.size() == 2);
  CHECK(seen.totals.incomplete[0].what == tree.path("shrinks"));
  CHECK(seen.totals.incomplete[0].why == "became shorter while it was read");
  CHECK(seen.totals.incomplete[1].what == tree.path("vanishes"));
  CHECK(seen.totals.incomplete[1].why == "vanished before it could be read");
  CHECK(note_about(seen.totals.skipped, tree.path("turns")) != nullptr);
}

TEST_CASE("a small file that becomes a large one, and a large one that is cut, are scanned to the end that is there",
          "[dir]") {
  const TempTree tree;
  tree.write("a-grows", mark(1));
  tree.write("b-shrinks", mark(2) + std::string(kWholeItemBytes + 1000, ' ') + mark(3));
  DirOptions options;
  options.paths = {tree.root()};
  options.injected = [&](Moment moment, const std::string& path) {
    if (moment != Moment::opened) return;
    if (path == tree.path("a-grows")) tree.write("a-grows", std::string(kWholeItemBytes + 50, ' ') + mark(4));
    else REQUIRE(truncate(path.c_str(), 1000) == 0);
  };
  const Seen seen = scan(options);
  CHECK(seen.secrets == std::vector<std::string>{mark(4), mark(2)});
  REQUIRE(seen.totals.incomplete.size() == 1);
  CHECK(seen.totals.incomplete[0].what == tree.path("b-shrinks"));
}

TEST_CASE("files of /proc are read although they say that they are empty, and none of them is endless", "[dir]") {
  const Seen version = scan("/proc/version");
  CHECK(version.totals.bytes > 10);
  CHECK(version.totals.incomplete.empty());
  const Seen memory = scan("/proc/self/mem");
  CHECK(memory.totals.incomplete.size() == 1);
  CHECK(scan("/proc/self/maps").totals.bytes > 4096);
  const Seen pages = scan("/proc/self/pagemap");
  CHECK(pages.totals.partial.size() + pages.totals.incomplete.size() == 1);
}

TEST_CASE("a tree deeper than the longest path is walked with few descriptors", "[dir]") {
  const TempTree tree;
  const std::string part(200, 'd');
  int at = open(tree.root().c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 60; ++i) {
    REQUIRE(mkdirat(at, part.c_str(), 0700) == 0);
    const int next = openat(at, part.c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(next >= 0);
    close(at);
    at = next;
  }
  const int file = openat(at, "bottom", O_WRONLY | O_CREAT, 0600);
  REQUIRE(write(file, mark(7).data(), 13) == 13);
  close(file);
  close(at);
  for (unsigned i = 0; i < 200; ++i) tree.write("wide" + std::to_string(i) + "/f", mark(i));
  const FewDescriptors few(40);
  DirOptions options;
  options.paths = {tree.root()};
  options.threads = 8;
  const Seen seen = scan(options);
  CHECK(seen.secrets.size() == 201);
  CHECK(seen.paths.at(0).size() == tree.root().size() + 60 * 201 + 7);
  CHECK(seen.totals.incomplete.empty());
}

TEST_CASE("stores of version control systems are left out, their configuration is read", "[dir]") {
  const TempTree tree;
  const std::vector<std::string> kRead = {".git/config",
                                          ".git/hooks/pre-commit",
                                          ".git/modules/sub/config",
                                          ".hg/hgrc",
                                          ".svn/entries",
                                          "bare.git/config",
                                          "objects/mine",
                                          "index"};
  const std::vector<std::string> kLeft = {
      ".git/objects/pack/p", ".git/index",         ".git/lfs/objects/aa/x", ".git/modules/sub/objects/aa/b",
      ".hg/store/data/x.i",  ".svn/pristine/aa/x", "bare.git/objects/aa/bb"};
  for (const char* git : {".git", "bare.git", ".git/modules/sub"}) {
    tree.write(std::string(git) + "/HEAD", "ref: refs/heads/main");
    tree.folder(std::string(git) + "/refs");
    tree.folder(std::string(git) + "/objects");
  }
  std::set<std::string> expected;
  for (const std::string& path : kRead) tree.write(path, mark(1)), expected.insert(tree.path(path));
  for (const std::string& path : kLeft) tree.write(path, mark(2));
  const Seen seen = scan(tree.root());
  CHECK(std::set<std::string>(seen.paths.begin(), seen.paths.end()) == expected);
  CHECK(note_about(seen.totals.skipped, ".hg/store/") != nullptr);
}

TEST_CASE("limits and the scan's own files are skipped by option and said so", "[dir]") {
  const TempTree tree;
  tree.write("large", mark(1) + std::string(2000, ' '));
  tree.write("small", mark(2));
  tree.write("report", mark(3));
  DirOptions options;
  options.paths = {tree.root()};
  options.max_bytes = 1000;
  options.own_files = {tree.path("report")};
  const Seen seen = scan(options);
  CHECK(seen.secrets == std::vector<std::string>{mark(2)});
  CHECK(note_about(seen.totals.skipped, "large") != nullptr);
  CHECK(note_about(seen.totals.skipped, "report") != nullptr);
}

TEST_CASE("a scan that is told to stop says so and hands over what it has", "[dir]") {
  const TempTree tree;
  for (unsigned i = 0; i < 500; ++i) tree.write("f" + std::to_string(1000 + i), mark(i));
  Scanner scanner = make_scanner();
  Seen seen;
  Recorder recorder(seen);
  Progress progress;
  DirOptions options;
  options.paths = {tree.root()};
  options.threads = 2;
  options.injected = [&](Moment, const std::string& path) {
    if (path == tree.path("f1100")) progress.stop = "time limit";
  };
  const Totals totals = scan_dir(scanner, options, recorder, progress);
  CHECK(seen.secrets.size() >= 64);
  CHECK(seen.secrets.size() < 500);
  CHECK(std::is_sorted(seen.paths.begin(), seen.paths.end()));
  REQUIRE(totals.incomplete.size() == 1);
  CHECK(totals.incomplete[0].why == "stopped early: time limit");
}
