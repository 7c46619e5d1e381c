// Repositories of every kind made by git, found and read as git itself finds and reads them, and broken ones.
#include "frontends/git/repository.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "tests/support/git_repo.h"

using namespace staunch;
using namespace staunch::test;

namespace {

Repository opened(const std::string& path, const GitEnvironment& environment = {}) {
  const auto found = open_repository(path, environment);
  INFO(path << (found ? std::string() : to_string(found.error())));
  REQUIRE(found);
  return *found;
}

std::string error_of(const std::string& path, const GitEnvironment& environment = {}) {
  const auto found = open_repository(path, environment);
  return found ? "none, git_dir is " + found->git_dir : to_string(found.error());
}

// "NAME ID", ordered.
std::string text_of(const std::vector<Ref>& refs, const std::string& prefix) {
  std::string out;
  for (const Ref& ref : refs)
    if (ref.name.starts_with(prefix)) out += ref.name + " " + ref.id.hex() + "\n";
  return out;
}

void commit(const GitRepo& repo, const std::string& folder, const std::string& message) {
  repo.git("commit -q --allow-empty -m " + message, folder);
}

void check_places(const GitRepo& repo, const std::string& folder, bool bare) {
  INFO(folder);
  const Repository found = opened(repo.path(folder));
  CHECK(found.git_dir == repo.git("rev-parse --absolute-git-dir", folder));
  CHECK(found.common_dir == repo.git("rev-parse --path-format=absolute --git-common-dir", folder));
  CHECK(found.work_tree == (bare ? "" : repo.git("rev-parse --show-toplevel", folder)));
  CHECK(found.object_folders == std::vector{repo.git("rev-parse --path-format=absolute --git-path objects", folder)});
  CHECK(found.index_file == repo.git("rev-parse --path-format=absolute --git-path index", folder));
}

void check_refs(const GitRepo& repo, const std::string& folder) {
  INFO(folder);
  const Refs refs = read_refs(opened(repo.path(folder)));
  CHECK(refs.notes.empty());
  CHECK(text_of(refs.refs, "refs/") == repo.shell("git for-each-ref --format=\"%(refname) %(objectname)\"", folder));
  CHECK(text_of(refs.refs, "HEAD") == "HEAD " + repo.git("rev-parse HEAD", folder) + "\n");
  CHECK(refs.head_branch == repo.git("symbolic-ref -q HEAD || true", folder));
}

}  // namespace

TEST_CASE("git repository: found where git finds it") {
  const GitRepo repo;
  repo.git("init -q r");
  repo.write("r/deep/er/a", "a");
  repo.git("add . && git commit -q -m one", "r");
  check_places(repo, "r", false);
  check_places(repo, "r/deep/er", false);
  repo.git("clone -q --bare r bare.git");
  check_places(repo, "bare.git", true);
  check_places(repo, "bare.git/refs", true);
  repo.git("worktree add -q ../linked -b side", "r");
  check_places(repo, "linked", false);
  check_places(repo, "linked/deep", false);
  repo.git("init -q --separate-git-dir=elsewhere apart");
  check_places(repo, "apart", false);
  repo.git("init -q outer");
  repo.git("submodule add -q ../r libs/sub && git commit -q -m sub", "outer");
  check_places(repo, "outer/libs/sub", false);

  CHECK(opened(repo.path("r/.git")).work_tree == repo.path("r"));
  CHECK(opened(repo.path("linked/.git")).work_tree == repo.path("linked"));
  CHECK(opened(repo.path("r/.git/worktrees/linked")).work_tree == repo.path("linked"));
  const Repository outer = opened(repo.path("outer"));
  REQUIRE(submodule_git_dirs(outer) == std::vector{repo.path("outer/.git/modules/libs/sub")});
  CHECK(opened(submodule_git_dirs(outer)[0]).work_tree == repo.path("outer/libs/sub"));
  CHECK(submodule_git_dirs(opened(repo.path("r"))).empty());
}

TEST_CASE("git repository: hashes, shallow and partial clones") {
  const GitRepo repo;
  repo.git("init -q r");
  for (const char* message : {"one", "two", "three"}) commit(repo, "r", message);
  repo.git("config uploadpack.allowFilter true", "r");
  CHECK(opened(repo.path("r")).id_bytes == kSha1Bytes);
  repo.git("init -q --object-format=sha256 new");
  commit(repo, "new", "one");
  CHECK(opened(repo.path("new")).id_bytes == kSha256Bytes);
  check_refs(repo, "new");

  repo.git("clone -q --depth 2 \"file://" + repo.path("r") + "\" shallow");
  const Repository shallow = opened(repo.path("shallow"));
  REQUIRE(shallow.shallow.size() == 1);
  CHECK(shallow.shallow.begin()->hex() == repo.git("rev-parse HEAD~1", "r"));
  CHECK(!shallow.partial);
  CHECK(opened(repo.path("r")).shallow.empty());
  repo.git("clone -q --filter=blob:none \"file://" + repo.path("r") + "\" partial");
  CHECK(opened(repo.path("partial")).partial);
  check_refs(repo, "partial");
}

TEST_CASE("git repository: what a hook's environment says") {
  const GitRepo repo;
  repo.git("init -q r");
  repo.git("init -q --bare b");
  const std::string git_dir = repo.path("r/.git");
  const Repository named =
      opened(repo.path("b"),
             {{"GIT_DIR", git_dir}, {"GIT_WORK_TREE", repo.path("r")}, {"GIT_INDEX_FILE", git_dir + "/index.lock"}});
  CHECK(named.git_dir == git_dir);
  CHECK(named.work_tree == repo.path("r"));
  CHECK(named.index_file == git_dir + "/index.lock");
  CHECK(opened(repo.path("b"), {{"GIT_DIR", repo.path("b")}}).work_tree.empty());
  CHECK(error_of(repo.path("r"), {{"GIT_DIR", repo.path("none")}}).find("GIT_DIR") != std::string::npos);

  // A quarantine, as a receiving hook itself sees it.
  repo.write("b/hooks/pre-receive",
             "#!/bin/sh\nenv | grep ^GIT_ >\"" + repo.path("seen") + "\"\npwd >>\"" + repo.path("seen") + "\"\n");
  repo.shell("chmod +x b/hooks/pre-receive");
  commit(repo, "r", "one");
  repo.git("push -q ../b main", "r");
  GitEnvironment seen;
  for (const std::string& line : lines_in(repo.shell("cat seen"))) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) seen[line.substr(0, equals)] = line.substr(equals + 1);
  }
  seen["GIT_DIR"] = repo.path("b");  // "." there
  REQUIRE(seen.count("GIT_QUARANTINE_PATH") == 1);
  repo.shell("mkdir -p '" + seen["GIT_OBJECT_DIRECTORY"] + "'");
  const std::string incoming = std::filesystem::canonical(seen["GIT_QUARANTINE_PATH"]).string();
  CHECK(opened(".", seen).object_folders == std::vector{incoming, repo.path("b/objects")});

  const std::string list = "/a:\"/b:\\\"\\303\\n\"::/c";
  const Repository quoted = opened(repo.path("r"), {{"GIT_ALTERNATE_OBJECT_DIRECTORIES", list}});
  CHECK(quoted.object_folders == std::vector<std::string>{git_dir + "/objects", "/a", "/b:\"\xc3\n", "/c"});
}

TEST_CASE("git refs: as git lists them, loose, packed and symbolic") {
  const GitRepo repo;
  repo.git("init -q r");
  commit(repo, "r", "one");
  repo.git("tag light && git tag -a -m it heavy && git branch deep/er/x && git branch both", "r");
  repo.git("pack-refs --all", "r");
  commit(repo, "r", "two");
  repo.git("branch -f both && git symbolic-ref refs/heads/alias refs/heads/both", "r");
  repo.git("symbolic-ref refs/heads/gone refs/heads/nothing && git branch new", "r");
  check_refs(repo, "r");
  const Refs refs = read_refs(opened(repo.path("r")));
  const auto heavy =
      std::find_if(refs.refs.begin(), refs.refs.end(), [](const Ref& ref) { return ref.name == "refs/tags/heavy"; });
  REQUIRE(heavy != refs.refs.end());
  CHECK(heavy->peeled.hex() == repo.git("rev-parse heavy^{}", "r"));
  CHECK(std::is_sorted(refs.refs.begin(), refs.refs.end(), [](const Ref& a, const Ref& b) { return a.name < b.name; }));
  repo.git("checkout -q --detach", "r");
  check_refs(repo, "r");
}

TEST_CASE("git refs: linked work trees and reflogs") {
  const GitRepo repo;
  repo.git("init -q r");
  for (const char* message : {"one", "two"}) commit(repo, "r", message);
  repo.git("reset -q --hard HEAD~1 && git worktree add -q --detach ../linked HEAD@{1}", "r");
  commit(repo, "linked", "three");
  repo.git("update-ref refs/bisect/bad HEAD", "linked");
  check_refs(repo, "r");
  check_refs(repo, "linked");

  const Refs refs = read_refs(opened(repo.path("r")));
  const std::string linked = repo.git("rev-parse HEAD", "linked");
  CHECK(text_of(refs.refs, "worktrees/") ==
        "worktrees/linked/HEAD " + linked + "\nworktrees/linked/refs/bisect/bad " + linked + "\n");
  std::set<std::string> ours, theirs;
  for (const Ref& ref : refs.reflogs)
    if (ref.name == "HEAD") CHECK(ours.insert(ref.id.hex()).second);
  for (const std::string& line : lines_in(repo.shell("git reflog --format=%H HEAD", "r"))) theirs.insert(line);
  CHECK(theirs.size() == 2);
  CHECK(ours == theirs);
  CHECK(text_of(refs.reflogs, "worktrees/linked/HEAD").find(linked) != std::string::npos);
  const Refs other = read_refs(opened(repo.path("linked")));
  CHECK(text_of(other.refs, "main-worktree/HEAD") == "main-worktree/HEAD " + repo.git("rev-parse HEAD", "r") + "\n");
}

TEST_CASE("git refs: a hundred thousand packed ones") {
  const GitRepo repo;
  repo.git("init -q r");
  commit(repo, "r", "one");
  const std::string id = repo.git("rev-parse HEAD", "r");
  std::string packed = "# pack-refs with: peeled fully-peeled sorted \n";
  for (int i = 0; i < 100'000; ++i) packed += id + " refs/heads/b" + std::to_string(100'000 + i) + "\n";
  repo.write("r/.git/packed-refs", packed);
  check_refs(repo, "r");
}

TEST_CASE("git refs: what holds no id is told, the rest is read") {
  const GitRepo repo;
  repo.git("init -q r");
  commit(repo, "r", "one");
  const std::string id = repo.git("rev-parse HEAD", "r");
  repo.write("r/.git/refs/heads/garbage", "nonsense\n");
  repo.write("r/.git/refs/heads/zero", std::string(40, '0') + "\n");
  repo.write("r/.git/refs/heads/a..b", id);
  repo.write("r/.git/refs/heads/out", "ref: refs/../../../etc/passwd\n");
  repo.write("r/.git/refs/heads/l1", "ref: refs/heads/l2\n");
  repo.write("r/.git/refs/heads/l2", "ref: refs/heads/l1\n");
  repo.write("r/.git/packed-refs", "x\n" + id + " refs/heads/packed\n^" + id + "0\n");
  repo.write("r/.git/logs/refs/heads/main", "nonsense\n");
  repo.shell("mkfifo r/.git/refs/heads/pipe && ln -s /etc/passwd r/.git/refs/heads/link");
  repo.shell(": >r/.git/refs/heads/x.lock && truncate -s 1G r/.git/refs/heads/huge && ln -s / r/.git/refs/heads/root");
  const Refs refs = read_refs(opened(repo.path("r")));
  CHECK(text_of(refs.refs, "refs/") == "refs/heads/main " + id + "\nrefs/heads/packed " + id + "\n");
  std::string notes;
  for (const Note& note : refs.notes) notes += note.what + ": " + note.why + "\n";
  INFO(notes);
  for (const char* name :
       {"garbage: holds no id", "zero: holds no id", "a..b: not the name", "out: stands for", "l1: a symbolic ref",
        "l2: a symbolic ref", "pipe: not a regular", "link: a link", "huge: larger", "root: a link",
        "packed-refs: line 1 ", "packed-refs: line 3 ", "main: 1 lines"})
    CHECK(notes.find(name) != std::string::npos);
  CHECK(refs.notes.size() == 13);
}

TEST_CASE("git repository: what is wrong is named") {
  const GitRepo repo;
  const auto has = [](const std::string& text, const std::string& part) {
    INFO(text << "\nshould have " << part);
    CHECK(text.find(part) != std::string::npos);
  };
  has(error_of(repo.path("none")), repo.path("none") + ": no such file");
  repo.shell("mkdir plain nonsense loop1 loop2");
  has(error_of(repo.path("plain")), "plain: not a git repository");
  repo.write("nonsense/.git", "hello\n");
  has(error_of(repo.path("nonsense")), "nonsense/.git: is neither");
  repo.write("loop1/.git", "gitdir: ../loop2/.git\n");
  repo.write("loop2/.git", "gitdir: ../loop1/.git\n");
  has(error_of(repo.path("loop1")), "loop1/.git: says \"gitdir:\"");
  repo.shell("mkdir piped && mkfifo piped/.git");
  has(error_of(repo.path("piped")), "piped/.git: not a regular file");

  const auto broken = [&](const std::string& name, const std::string& line) {
    repo.git("init -q " + name);
    repo.shell(line, name + "/.git");
    return error_of(repo.path(name));
  };
  has(broken("head", "echo garbage >HEAD"), "head/.git/HEAD: holds neither");
  has(broken("huge-head", "truncate -s 1G HEAD"), "HEAD: larger than");
  has(broken("pipe-head", "rm HEAD; mkfifo HEAD"), "HEAD: not a regular file");
  has(broken("pipe", "rm config; mkfifo config"), "pipe/.git/config: not a regular file");
  has(broken("huge", "truncate -s 10G config"), "huge/.git/config: larger than");
  has(broken("config", "echo \"[\" >>config"), "config/.git/config: line ");
  has(broken("objects", "rm -r objects"), "has no folder objects");
  has(broken("shallow", "echo x >shallow"), "shallow/.git/shallow: holds a line");
  has(broken("reftable", "git config extensions.refstorage reftable"), "keeps its refs as \"reftable\"");
  has(broken("common", "echo nowhere >commondir"), "common/.git/commondir: names");
  // An include is not followed: what it names does not count.
  repo.write("more", "[core]\n\tworktree = /\n");
  repo.git("init -q include");
  repo.git("config include.path \"" + repo.path("more") + "\"", "include");
  CHECK(opened(repo.path("include")).work_tree == repo.path("include"));
}
