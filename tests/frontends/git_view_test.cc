// Repositories whose configuration would run programs, change what history is or make git wait; and what a View leaves
// behind.
#include <sys/stat.h>

#include <filesystem>

#include "tests/frontends/git_place.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;
using test::kBranches;
using test::Place;
using test::value;
using test::view_of;

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
    INFO("git runs " << run << " of " << place.read("marker"));
    CHECK(place.read("marker").find(run) != std::string::npos);
  }
  CHECK((place.read("marker").find("textconv") != std::string::npos ||
         place.read("marker").find("diff.evil.command") != std::string::npos));
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
  CHECK(place.read("marker") == "");
  CHECK_FALSE(fs::exists(place.path("marker")));
  CHECK(place.state("repo") == before);
}

TEST_CASE("replaced commits and grafts are not what history is", "[git][view]") {
  const Place place;
  place.sh(kBranches + "git replace HEAD~1 v1; git rev-parse HEAD~1 > .git/info/grafts", "repo");
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
  place.sh(kBranches, "repo");
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
