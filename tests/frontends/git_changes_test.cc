// What is staged and what is not, seen through a View, beside what git itself says of it.
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tests/frontends/git_place.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;
using test::Arguments;
using test::Place;
using test::value;
using test::view_of;

struct Entry {
  std::uint32_t mode = 0;
  std::string id;
  int stage = 0;
};

// Of `git ls-files -s -z` ("mode id stage\tpath") and `git ls-tree -r -z HEAD` ("mode type id\tpath").
std::multimap<std::string, Entry> entries(const std::string& listing) {
  std::multimap<std::string, Entry> map;
  std::istringstream in(listing);
  for (std::string line; std::getline(in, line, '\0');) {
    std::istringstream words(line.substr(0, line.find('\t')));
    std::string mode, second, third;
    words >> mode >> second >> third;
    const bool tree = third.size() > 1;
    map.emplace(line.substr(line.find('\t') + 1), Entry{static_cast<std::uint32_t>(std::stoul(mode, nullptr, 8)),
                                                        tree ? third : second, tree ? 0 : std::stoi(third)});
  }
  return map;
}

// "path|before|after|mode", in an order of their own.
using Lines = std::multiset<std::string>;

std::string line_of(const std::string& path, const std::string& before, const std::string& after, std::uint32_t mode) {
  std::ostringstream out;
  out << path << '|' << before << '|' << after << '|' << std::oct << mode;
  return out.str();
}

Lines lines_of(const std::vector<Change>& changes) {
  Lines lines;
  for (const Change& one : changes) lines.insert(line_of(one.path, one.before.hex(), one.after.hex(), one.mode));
  return lines;
}

constexpr std::uint32_t kSubmodule = 0160000;

// What is in the index and not in HEAD, by comparing their two lists.
Lines expected_staged(const Place& place, const std::string& folder) {
  const auto head =
      entries(place.sh("git rev-parse -q --verify HEAD >/dev/null || exit 0; git ls-tree -r -z HEAD", folder));
  const auto unseen = place.sh("git diff --name-only --diff-filter=A -z", folder);  // added with --intent-to-add
  Lines lines;
  for (const auto& [path, entry] : entries(place.sh("git ls-files -s -z", folder))) {
    const auto was = head.find(path);
    const std::string before = was == head.end() || was->second.mode == kSubmodule ? "" : was->second.id;
    const bool intended = ('\0' + unseen).find('\0' + path + '\0') != std::string::npos;
    if (entry.mode == kSubmodule || (entry.stage == 0 && before == entry.id) || intended) continue;
    lines.insert(line_of(path, before, entry.id, entry.mode));
  }
  return lines;
}

Lines expected_unstaged(const Place& place, const std::string& folder) {
  std::map<std::string, std::string> index;
  for (const auto& [path, entry] : entries(place.sh("git ls-files -s -z", folder)))
    if (entry.stage == 0 || entry.stage == 2) index[path] = entry.id;
  Lines lines;
  std::set<std::string> seen;
  std::istringstream names(place.sh("git diff --name-only -z --no-renames --ignore-submodules=all", folder));
  const std::string unseen = '\0' + place.sh("git diff --name-only --diff-filter=A -z", folder);
  for (std::string path; std::getline(names, path, '\0');) {
    if (!seen.insert(path).second) continue;
    struct stat status;
    std::uint32_t mode = 0;
    if (lstat((place.path(folder) + "/" + path).c_str(), &status) == 0 && !S_ISDIR(status.st_mode))
      mode = S_ISLNK(status.st_mode) ? 0120000 : (status.st_mode & 0100) != 0 ? 0100755 : 0100644;
    const bool intended = unseen.find('\0' + path + '\0') != std::string::npos;
    lines.insert(line_of(path, intended ? "" : index[path], "", mode));
  }
  return lines;
}

// Both lists as they should be, with nothing written and nothing left behind.
void compare(const Place& place, const std::string& folder = "repo", bool objects_touched = false) {
  const Lines staged = expected_staged(place, folder), unstaged = expected_unstaged(place, folder);
  const Repository repository = place.repository(folder);
  const std::string before = place.state(".");
  std::string made;
  {
    const View view = view_of(repository);
    made = view.folder();
    CHECK(lines_of(value(staged_changes(view))) == staged);
    CHECK(lines_of(value(unstaged_changes(view))) == unstaged);
  }
  CHECK_FALSE(fs::exists(fs::symlink_status(made)));
  // What the script that looks says stands in the folder; all else is as it was.
  const auto without_errors = [&](const std::string& state) {
    std::istringstream in(state);
    std::string kept;
    for (std::string line; std::getline(in, line);)
      if (line.find("./.errors ") != 0 && line.find(". d") != 0)
        kept +=
            (objects_touched && line.find("/objects/") != std::string::npos ? line.substr(0, line.find(' ')) : line) +
            '\n';
    return kept;
  };
  CHECK(without_errors(place.state(".")) == without_errors(before));
}

const std::string kFirstCommit = R"sh(
  mkdir dir
  for f in kept edited 'staged edited' run.sh dir/removed 'dir/removed in work tree' becomes-link both;
  do echo "$f 1" > "$f"; done
  seq 100 > moved
  ln -s kept link
  printf 'odd 1' > "$(printf 'a\nb\377c"\\:')"
  git init -q sub && (cd sub && git commit -q --allow-empty -m 1)
  git add . 2>/dev/null
  git commit -q -m 1
)sh";

const std::string kChanges = R"sh(
  echo new > new; mkdir 'new dir'; echo new > 'new dir/new'
  echo 2 > 'staged edited'
  chmod +x run.sh
  git rm -q dir/removed
  git mv moved 'moved away'
  rm becomes-link; ln -s elsewhere becomes-link
  rm link; ln -s edited link
  printf 'odd 2' > "$(printf 'a\nb\377c"\\:')"
  echo 2 > both
  (cd sub && git commit -q --allow-empty -m 2)
  git add -A -- . ':!edited'
  echo intended > intended; git add -N intended
  echo 2 > edited
  echo 3 > both
  rm 'dir/removed in work tree'
  chmod +x new
  printf 'odd 3' > "$(printf 'a\nb\377c"\\:')"
  (cd sub && git commit -q --allow-empty -m 3; echo untracked > untracked)
  echo untracked > untracked
)sh";

TEST_CASE("staged and unstaged changes of all kinds are those of git", "[git][view]") {
  struct Kind {
    const char *name, *init, *before, *after;
  };
  const auto kind = GENERATE(
      Kind{"plain", "git init -q", "", ""}, Kind{"SHA-256", "git init -q --object-format=sha256", "", ""},
      Kind{"split index", "git init -q", "git update-index --split-index; touch -d '2001-01-01' .git/sharedindex.*",
           "ls .git/sharedindex.*"},
      Kind{"split SHA-256 index", "git init -q --object-format=sha256", "git update-index --split-index",
           "git update-index --split-index; echo >later; git add later; touch -d 2001-01-01 .git/sharedindex.*"},
      Kind{"index of version 4", "git init -q", "git update-index --index-version 4", ""},
      Kind{"packed", "git init -q", "git gc -q", ""}, Kind{"detached", "git init -q", "git checkout -q --detach", ""});
  DYNAMIC_SECTION(kind.name) {
    const Place place;
    // No submodule of another hash.
    const std::string first = std::string(kind.name).find("SHA-256") == std::string::npos
                                  ? kFirstCommit
                                  : "git() { if [ \"$1 $2\" = 'init -q' ]; then command git init -q "
                                    "--object-format=sha256 "
                                    "\"$3\"; else command git \"$@\"; fi; }\n" +
                                        kFirstCommit;
    place.sh(kind.init + ("\n" + first) + kind.before + kChanges + kind.after, "repo");
    compare(place);
    // The test looks at something.
    CHECK(expected_staged(place, "repo").size() >= 8);
    CHECK(expected_unstaged(place, "repo").size() >= 5);
  }
}

TEST_CASE("before the first commit all that is staged is new", "[git][view]") {
  const Place place;
  const std::string format = GENERATE("sha1", "sha256");
  place.sh("git init -q --object-format=" + format + "; echo 1 > a; mkdir d; echo 2 > d/b; git add .; echo 3 > a",
           "repo");
  compare(place);
  CHECK(expected_staged(place, "repo").size() == 2);
  // A branch that is broken is not one that does not exist.
  place.sh("mkdir -p .git/refs/heads; echo nonsense > .git/refs/heads/main", "repo");
  CHECK_FALSE(staged_changes(view_of(place.repository())).ok());
}

TEST_CASE("paths in conflict come with each of their versions", "[git][view]") {
  const Place place;
  place.sh(R"sh(
    git init -q
    for f in edited removed-here removed-there mode; do seq 5 > $f; done; git add .; git commit -q -m base
    git checkout -q -b side
    echo there > edited; git rm -q removed-there; echo there > removed-here; echo there > added; git add .;
    git commit -q -m side
    git checkout -q main
    echo here > edited; git rm -q removed-here; echo here > removed-there; echo here > added; git add .;
    git commit -q -m main
    git merge side > /dev/null || true
    echo resolved > removed-there; rm added)sh",
           "repo");
  CHECK(expected_staged(place, "repo").size() == 9);  // 3 of edited, 2 of each other
  compare(place);
}

TEST_CASE("a linked work tree has its own index, HEAD and reflog", "[git][view]") {
  const Place place;
  place.sh("git init -q\n" + kFirstCommit + "git worktree add -q -b other ../linked; echo 2 > kept; git add kept",
           "repo");
  place.sh(
      "echo linked > edited; git add edited; git commit -q -m linked; echo new > new; git add new; echo 2 > both;"
      "git update-ref refs/worktree/own HEAD; git update-index --split-index; echo 4 > kept; git add kept",
      "linked");
  compare(place, "linked");
  const View linked = view_of(place.repository("linked")), main = view_of(place.repository());
  const auto ids = [&](const View& view, const Arguments& arguments) {
    std::string text;
    for (const ObjectId& id : value(list_commits(view, arguments))) text += id.hex() + "\n";
    return text;
  };
  CHECK(ids(linked, {"HEAD"}) == place.sh("git rev-list HEAD", "linked"));
  CHECK(ids(main, {"HEAD"}) == place.sh("git rev-list HEAD", "repo"));
  CHECK(ids(linked, {"HEAD@{1}"}) == place.sh("git rev-list HEAD@{1}", "linked"));
  CHECK(ids(linked, {"refs/worktree/own"}) == place.sh("git rev-list refs/worktree/own", "linked"));
  CHECK(ids(linked, {"other@{0}", "main"}) == place.sh("git rev-list other@{0} main", "linked"));
  // HEADs of other work trees are among all.
  place.sh("git checkout -q --detach; git commit -q -m detached", "linked");
  CHECK(ids(main, {"--all"}) == place.sh("git rev-list --all", "repo"));
  CHECK(ids(linked, {"--all"}) == place.sh("git rev-list --all", "linked"));
}

TEST_CASE("a sparse checkout hides what is not checked out, and nothing else", "[git][view]") {
  const Place place;
  const std::string index = GENERATE("--no-sparse-index", "--sparse-index");
  place.sh(
      "git init -q\nmkdir in out out2; for d in in out out2; do echo 1 > $d/a; echo 1 > $d/b; done; git add .;"
      "git commit -q -m 1; git sparse-checkout set --cone " +
          index +
          " in; echo 2 > in/a; git add in/a; echo 3 "
          "> in/b;"
          "mkdir -p out; echo there all the same > out/a",
      "repo");
  // Git makes trees of a sparse index anew, and sets the time of those that are there.
  compare(place, "repo", index == "--sparse-index");
  CHECK(expected_unstaged(place, "repo").size() == 2);
}

TEST_CASE("a hook's index and quarantine are honoured", "[git][view]") {
  const Place place;
  place.sh(
      "git init -q; echo 1 > a; git add a; git commit -q -m 1; cp .git/index ../next; mkdir 'objects:of \"hook'; "
      "export GIT_INDEX_FILE=$PLACE/next GIT_OBJECT_DIRECTORY=$PLACE/'objects:of \"hook' "
      "GIT_ALTERNATE_OBJECT_DIRECTORIES=$PLACE/repo/.git/objects; mkdir \"$GIT_OBJECT_DIRECTORY\";"
      "echo hooked > a; git add a; git commit-tree HEAD^{tree} -p HEAD -m q > ../commit",
      "repo");
  Repository repository = place.repository();
  CHECK(value(staged_changes(view_of(repository))).empty());
  repository.index_file = place.path("next");
  const auto changes = value(staged_changes(view_of(repository)));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].path == "a");
  const std::string commit = place.read("commit").substr(0, 2 * kSha1Bytes);
  CHECK_FALSE(list_commits(view_of(repository), {commit}).ok());
  const std::string quarantine = place.path("objects:of \"hook"), own = repository.object_folders[0];
  repository.object_folders = {quarantine, own};
  CHECK(value(list_commits(view_of(repository), {commit})).size() == 2);
  repository.object_folders = {own, quarantine};  // whose name has to be quoted for git
  CHECK(value(list_commits(view_of(repository), {commit})).size() == 2);
}

}  // namespace
}  // namespace staunch
