// A repository seen through a View, beside what git itself says of it; and repositories whose configuration would run
// programs.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "frontends/git/view.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

// A temporary folder in which shell scripts run, with git as a user has it.
class Place {
 public:
  Place() {
    std::string name = (fs::temp_directory_path() / "staunch-view-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = fs::canonical(name).string();
    fs::create_directory(path_ + "/home");
    sh("git config --global init.defaultBranch main; git config --global user.name N; "
       "git config --global user.email e@example.com; git config --global protocol.file.allow always; mkdir repo");
  }
  ~Place() { fs::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ + "/" + name; }

  // What the script prints; it must not fail.
  std::string sh(const std::string& script, const std::string& folder = "") const {
    std::ofstream(path_ + "/script") << script;
    FILE* pipe =
        popen(("cd '" + path_ + "/" + folder + "' && exec env -i PATH=\"$PATH\" LC_ALL=C.UTF-8 HOME='" + path_ +
               "/home' PLACE='" + path_ + "' bash -e '" + path_ + "/script' </dev/null 2>'" + path_ + "/errors'")
                  .c_str(),
              "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    char piece[4096];
    for (std::size_t got; (got = fread(piece, 1, sizeof piece, pipe)) > 0;) out.append(piece, got);
    const int status = pclose(pipe);
    INFO(script << "\n" << text("errors"));
    REQUIRE(status == 0);
    return out;
  }
  std::string text(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path_ + "/" + name).rdbuf();
    return out.str();
  }

  Repository repository(const std::string& folder = "repo") const {
    Repository repository;
    repository.path = path(folder);
    const auto line = [&](const std::string& command) {
      const std::string out = sh("git rev-parse --path-format=absolute " + command, folder);
      return out.substr(0, out.find('\n'));
    };
    repository.git_dir = line("--git-dir");
    repository.common_dir = line("--git-common-dir");
    if (line("--is-bare-repository") == "false") repository.work_tree = line("--show-toplevel");
    repository.object_folders = {repository.common_dir + "/objects"};
    repository.index_file = repository.git_dir + "/index";
    repository.id_bytes = line("--show-object-format") == "sha256" ? kSha256Bytes : kSha1Bytes;
    return repository;
  }

  // Every file of the folder with its times and size: nothing may have been written.
  std::string state(const std::string& folder) const {
    return sh("find . -printf '%p %y %T@ %C@ %s\\n' | LC_ALL=C sort", folder);
  }

 private:
  std::string path_;
};

View view_of(const Repository& repository) {
  auto view = View::make(repository);
  if (!view) FAIL(to_string(view.error()));
  return *std::move(view);
}

template <typename T>
T value(Result<T> result) {
  if (!result) FAIL(to_string(result.error()));
  return *std::move(result);
}

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
  // The script that looks is itself in the folder; all else is as it was.
  const auto without_script = [&](const std::string& state) {
    std::istringstream in(state);
    std::string kept;
    for (std::string line; std::getline(in, line);)
      if (line.find("./script ") != 0 && line.find("./errors ") != 0 && line.find(". d") != 0)
        kept +=
            (objects_touched && line.find("/objects/") != std::string::npos ? line.substr(0, line.find(' ')) : line) +
            '\n';
    return kept;
  };
  CHECK(without_script(place.state(".")) == without_script(before));
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
  const std::string commit = place.text("commit").substr(0, 2 * kSha1Bytes);
  CHECK_FALSE(list_commits(view_of(repository), {commit}).ok());
  const std::string quarantine = place.path("objects:of \"hook"), own = repository.object_folders[0];
  repository.object_folders = {quarantine, own};
  CHECK(value(list_commits(view_of(repository), {commit})).size() == 2);
  repository.object_folders = {own, quarantine};  // whose name has to be quoted for git
  CHECK(value(list_commits(view_of(repository), {commit})).size() == 2);
}

// A history with two branches, a merge, a tag, and names that need care.
const std::string kHistory = R"sh(
  git init -q
  commit() { echo "$1" >> "$2"; git add .;
  GIT_AUTHOR_NAME=$3 GIT_COMMITTER_DATE="@$4 +0000" GIT_AUTHOR_DATE="@$4 +0000" git commit -q -m "$1"; }
  commit one a Ann 1600000000; commit two b Bob 1600100000; git tag v1
  git checkout -q -b side; commit three c Ann 1600200000; commit 'Fix: four' a Cid 1600300000
  git checkout -q main; commit five b Bob 1600400000; git cherry-pick side~1 > /dev/null
  GIT_COMMITTER_DATE='@1600500000 +0000' git merge -q -m merge side
  commit six 'with space' Ann 1600600000; git tag -a -m note v2
  git update-ref refs/remotes/origin/topic side
  git commit -q --allow-empty -m lost; git reset -q --hard HEAD~1
)sh";

TEST_CASE("commits are those of git log", "[git][view]") {
  const Place place;
  place.sh(kHistory, "repo");
  place.sh(
      "git clone -q --bare repo bare; git clone -q --depth 2 \"file://$PLACE/repo\" shallow; git -C bare remote "
      "remove origin");
  const std::string folder = GENERATE("repo", "bare", "shallow");
  const std::string before = place.state(folder);
  const View view = view_of(place.repository(folder));
  const auto same = [&](const Arguments& arguments, const std::string& quoted, bool any = true) {
    INFO(folder << ": " << quoted);
    std::string ids;
    for (const ObjectId& id : value(list_commits(view, arguments))) ids += id.hex() + "\n";
    CHECK(ids == place.sh("git log --no-patch --format=%H " + quoted, folder));
    if (any) CHECK_FALSE(ids.empty());
  };
  for (const char* line : {"",
                           "--all",
                           "--branches",
                           "--tags",
                           "--branches=mai*",
                           "--glob=refs/heads/*",
                           "--all --not HEAD~1",
                           "HEAD~1..HEAD",
                           "HEAD --max-count=2",
                           "HEAD --max-count 2",
                           "-n 1",
                           "-n1",
                           "-2 --skip 1",
                           "--since=2020-09-20 HEAD",
                           "--since '2020-09-20' --until '2033-01-01'",
                           "--after=1600000000 --before=1700000000",
                           "--author=Ann",
                           "--author Ann",
                           "--committer N",
                           "--grep=s",
                           "-i --grep='fix: F'",
                           "-E --grep 'six|merge'",
                           "-F --grep six",
                           "-P --grep 's.x'",
                           "--grep six --invert-grep",
                           "--grep s --author Ann --all-match",
                           "--merges --all",
                           "--no-merges --reverse",
                           "--first-parent",
                           "--topo-order",
                           "--date-order",
                           "--min-parents=1",
                           "--max-parents=1",
                           "--no-walk HEAD",
                           "--reflog",
                           "--all -- a",
                           "--full-history -- a b",
                           "--simplify-merges -- a",
                           "-- 'with space'",
                           "HEAD -- ':(exclude)a'"})
    same(value(split_arguments(line)), line, false);
  same({"-p", "-U0", "-m", "--cc", "-M", "-M50%", "--full-diff", "--no-color", "--oneline", "--unified=3", "--all"},
       "--all");
  // One that begins like an option is the value of the one before.
  same({"--grep", "--output=x", "--author", "-p"}, "--grep=--output=x --author=-p", false);
  if (folder == "shallow") return;
  for (const char* line : {"main~1^1..side", "v1...side --cherry-pick", "v1..main --ancestry-path", "side ^v1", "v2",
                           "v1^{commit}", "main~1^2 main~1^1", ":/four", "main --left-only"})
    same(value(split_arguments(line)), line, line != std::string("main --left-only"));
  CHECK(place.state(folder) == before);
}

TEST_CASE("what is said of a work tree's branches is understood in it", "[git][view]") {
  const Place place;
  place.sh(kHistory, "repo");
  const View view = view_of(place.repository());
  CHECK(value(list_commits(view, {"HEAD@{1}"})).size() == value(list_commits(view, {"HEAD"})).size() + 1);
  CHECK(value(list_commits(view, {"--remotes=origin"})) == value(list_commits(view, {"side"})));
  CHECK(value(list_commits(view, {"ORIG_HEAD"})).size() == value(list_commits(view, {"HEAD@{1}"})).size());
  const auto wrong = list_commits(view, {"no-such-revision"});
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().what.find("ambiguous argument 'no-such-revision'") != std::string::npos);
}

TEST_CASE("arguments that do more than select commits are refused", "[git][view]") {
  const Place place;
  place.sh(kHistory, "repo");
  const View view = view_of(place.repository());
  const std::string written = place.path("written");
  for (const std::string& argument : {"--output=" + written,
                                      std::string("--output"),
                                      std::string("-o"),
                                      "-o" + written,
                                      std::string("--exec-path=/tmp"),
                                      std::string("--upload-pack=x"),
                                      std::string("--ext-diff"),
                                      std::string("--textconv"),
                                      std::string("--bisect"),
                                      std::string("--bisect-vars"),
                                      std::string("--use-bitmap-index"),
                                      std::string("--disk-usage"),
                                      std::string("--objects"),
                                      std::string("--objects-edge"),
                                      std::string("--filter=blob:none"),
                                      std::string("--stdin"),
                                      std::string("--header"),
                                      std::string("--pretty=raw"),
                                      std::string("--pretty"),
                                      std::string("--format=%B"),
                                      std::string("--graph"),
                                      std::string("--count"),
                                      std::string("--left-right"),
                                      std::string("--boundary"),
                                      std::string("--show-signature"),
                                      std::string("--alternate-refs"),
                                      std::string("--parents"),
                                      std::string("--outp=") + written,
                                      std::string("-"),
                                      std::string("--all=x"),
                                      std::string("-iE"),
                                      std::string("--default"),
                                      std::string("--exclude-hidden=fetch")}) {
    const auto commits = list_commits(view, {"HEAD", argument});
    INFO(argument);
    REQUIRE_FALSE(commits.ok());
    CHECK(commits.error().where == argument);
  }
  CHECK_FALSE(list_commits(view, {"--grep"}).ok());
  CHECK_FALSE(list_commits(view, {std::string("HEAD\0x", 6)}).ok());
  CHECK_FALSE(fs::exists(written));
}

TEST_CASE("a line of arguments is split as a shell does", "[git][view]") {
  const Place place;
  for (const char* line :
       {"", "  ", "a b", " a\tb  c ", "'a b' c", "a'b'\"c\"d", "'' \"\" x", "\"a\\\"b\\c\\\\\"", "a\\ b \\'c",
        "'a\\' b", "\"it's\" 'say \"x\"'", "--grep='a b' -- 'c d'", "a\\\nb", "a \\\n b"}) {
    std::string words;
    const std::string expected = place.sh("set -f; printf '%s\\0' begin " + std::string(line));
    for (const std::string& word : value(split_arguments("begin " + std::string(line)))) words += word + '\0';
    INFO(line);
    CHECK(words == expected);
  }
  CHECK(value(split_arguments(" a\tb\nc ")) == Arguments{"a", "b", "c"});
  for (const char* line : {"'a", "a \"b", "\"a\\\"", "a\\", "'"}) CHECK_FALSE(split_arguments(line).ok());
}

// Everything that a repository can name to be run, each saying so in the file "marker".
const std::string kHostile = R"sh(
  evil=$PLACE/evil
  printf '#!/bin/sh\necho "$1" >> "%s/marker"\n' "$PLACE" > $evil; chmod +x $evil
  git init -q
  seq 9 > a; seq 9 > b; git add .; git commit -q -m 1; echo 2 > a; git commit -q -a -m 2; echo 3 > a;
  git commit -q -a -m 3
  git init -q sub; (cd sub; git commit -q --allow-empty -m 1; git config core.fsmonitor "$evil sub-fsmonitor");
  git add sub 2>/dev/null
  git commit -q -m sub
  git replace HEAD~1 HEAD~3
  mkdir hooks; for hook in post-index-change reference-transaction pre-auto-gc post-checkout pre-commit; do
    printf '#!/bin/sh\n%s hook\n' $evil > hooks/$hook; done; chmod +x hooks/*
  cp hooks/* .git/hooks/
  echo '* filter=evil diff=evil merge=evil' | tee .gitattributes > .git/info/attributes
  echo 4 > a; git add a .gitattributes; echo 5 > b; echo 5 > sub/file
  git rev-parse HEAD > .git/info/grafts
  git clone -q --bare . $PLACE/alternate; git -C $PLACE/alternate config core.fsmonitor "$evil alternate"
  echo $PLACE/alternate/objects > .git/objects/info/alternates
  printf '\1missing' | git hash-object -w --stdin >/dev/null
  set() { git config "$1" "$evil ${2:-$1}"; }
  git config core.hooksPath $PWD/hooks
  for c in filter.evil.clean filter.evil.smudge diff.evil.textconv diff.external diff.evil.command core.pager \
    pager.rev-list pager.diff-index core.sshCommand core.editor core.alternateRefsCommand core.gitProxy core.askPass \
    credential.helper gpg.program merge.evil.driver uploadpack.packObjectsHook interactive.diffFilter; do set $c; done
  git config filter.evil.required true; git config core.attributesFile .gitattributes
  for c in rev-list diff-index diff-files ls-files for-each-ref symbolic-ref log;
  do git config alias.$c "!$evil alias"; done
  git config log.showSignature true; git config core.untrackedCache true; git config fetch.writeCommitGraph true
  git config protocol.ext.allow always; git config remote.origin.url "ext::$evil transport";
  git config remote.origin.promisor true
  git config remote.origin.partialclonefilter blob:none
  git config core.repositoryFormatVersion 1; git config extensions.partialClone origin
  set core.fsmonitor fsmonitor
)sh";

TEST_CASE("nothing that a repository's configuration names is run", "[git][view]") {
  const Place place;
  place.sh(kHostile, "repo");
  // Git itself, as its user would run it: else this test could not fail.
  place.sh(
      "touch a b; git status >/dev/null 2>&1 || true; git --no-pager diff >/dev/null 2>&1 || true; "
      "git -c diff.external= --no-pager log -p --textconv >/dev/null 2>&1 || true; "
      "git -c core.alternateRefsCommand=\"$PLACE/evil core.alternateRefsCommand\" rev-list --alternate-refs "
      ">/dev/null 2>&1 || true;"
      "timeout 5 git cat-file -p 1234567890123456789012345678901234567890 >/dev/null 2>&1 || true; rm -f "
      ".git/index.lock",
      "repo");
  for (const char* run :
       {"fsmonitor\n", "filter.evil.clean\n", "transport\n", "core.alternateRefsCommand\n", "hook\n"}) {
    INFO("git runs " << run << " of " << place.text("marker"));
    CHECK(place.text("marker").find(run) != std::string::npos);
  }
  CHECK((place.text("marker").find("textconv") != std::string::npos ||
         place.text("marker").find("diff.evil.command") != std::string::npos));
  const Repository repository = place.repository();
  // A tree that is missing on purpose, which git would fetch, and of which no alternate has a copy.
  fs::remove_all(place.path("alternate"));
  place.sh(
      "rm .git/info/grafts; tree=$(GIT_NO_REPLACE_OBJECTS=1 git rev-parse HEAD~2^{tree}); rm -f "
      ".git/objects/${tree:0:2}/${tree:2}",
      "repo");
  place.sh(
      "git rev-parse HEAD > .git/info/grafts; touch a b; rm -f $PLACE/marker; mkfifo $PLACE/fifo;"
      "printf '[include]\\n\\tpath = %s/fifo\\n' $PLACE >> .git/config",
      "repo");
  const std::string before = place.state("repo");
  {
    const View view = view_of(repository);
    for (int i = 0; i < 2; ++i) {
      (void)staged_changes(view);
      (void)unstaged_changes(view);
      (void)list_commits(view, {"--all"});
      (void)list_commits(view, {"--reflog", "--", "a"});
      (void)list_commits(view, {"--full-history", "--cherry-pick", "HEAD...HEAD~1", "--", "a"});
      (void)list_commits(view, {"1234567890123456789012345678901234567890"});
      (void)view.run({"cat-file", "-p", "1234567890123456789012345678901234567890"});
      (void)view.run({"log", "-p", "--all"});
      (void)view.run({"status", "--ignore-submodules"});
    }
  }
  CHECK(place.text("marker") == "");
  CHECK_FALSE(fs::exists(place.path("marker")));
  CHECK(place.state("repo") == before);
}

TEST_CASE("replaced commits and grafts are not what history is", "[git][view]") {
  const Place place;
  place.sh(kHistory + "git replace HEAD~1 v1; git rev-parse HEAD~1 > .git/info/grafts", "repo");
  const std::string original = place.sh(
      "cp -r . ../copy; rm ../copy/.git/info/grafts; GIT_NO_REPLACE_OBJECTS=1 git "
      "-C ../copy rev-list HEAD",
      "repo");
  std::string ids;
  for (const ObjectId& id : value(list_commits(view_of(place.repository()), {"HEAD"}))) ids += id.hex() + "\n";
  CHECK(ids == original);
  CHECK(ids != place.sh("git rev-list HEAD 2>/dev/null", "repo"));
}

TEST_CASE("what git would wait for is an error", "[git][view]") {
  const Place place;
  place.sh("git init -q; echo 1 > a; git add a; git commit -q -m 1", "repo");
  const Repository repository = place.repository();
  const std::string name = GENERATE("HEAD", "index", "packed-refs", "shallow");
  place.sh("rm -f .git/" + name + "; mkfifo .git/" + name, "repo");
  const auto view = View::make(repository);
  REQUIRE_FALSE(view.ok());
  CHECK(view.error().where == repository.git_dir + "/" + name);
}

TEST_CASE("the folder goes with its view", "[git][view]") {
  const Place place;
  place.sh(kHistory, "repo");
  const Repository repository = place.repository();
  const std::string before = place.state("repo");
  std::string first, second;
  {
    View view = view_of(repository), other = view_of(repository);
    first = view.folder();
    second = other.folder();
    struct stat status;
    REQUIRE(lstat(first.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    other = std::move(view);
    CHECK(value(list_commits(other, {"HEAD"})).size() > 5);
    CHECK(fs::exists(first));
  }
  CHECK_FALSE(fs::exists(first));
  CHECK_FALSE(fs::exists(second));
  CHECK(place.state("repo") == before);
}

}  // namespace
}  // namespace staunch
