// Commits that a View lists, beside those of git log; and arguments that it refuses.
#include <filesystem>

#include "tests/frontends/git_place.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;
using test::Arguments;
using test::kBranches;
using test::Place;
using test::value;
using test::view_of;

TEST_CASE("commits are those of git log", "[git][view]") {
  const Place place;
  place.sh(kBranches, "repo");
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
                           "--committer Bob",
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
  place.sh(kBranches, "repo");
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
  place.sh(kBranches, "repo");
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

}  // namespace
}  // namespace staunch
