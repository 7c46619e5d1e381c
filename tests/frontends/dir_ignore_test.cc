// --respect-gitignore against git itself: `git ls-files --others --exclude-standard` in a repository without a commit
// lists exactly the files that no pattern leaves out.
#include <algorithm>
#include <random>
#include <set>

#include "frontends/dir/glob.h"
#include "tests/frontends/dir_tree.h"

using namespace staunch;
using namespace staunch::test;

namespace {

std::set<std::string> git_says(const TempTree& tree) {
  const std::string command =
      "cd '" + tree.root() + "' && git -c core.excludesFile=/dev/null ls-files -z --others --exclude-standard";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  for (int c; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  REQUIRE(pclose(pipe) == 0);
  std::set<std::string> files;
  for (std::size_t at = 0; at < output.size();) {
    files.insert(output.c_str() + at);
    at = output.find('\0', at) + 1;
  }
  return files;
}

std::set<std::string> we_say(const TempTree& tree, const std::string& below = "") {
  DirOptions options;
  options.paths = {tree.root() + below};
  options.respect_gitignore = true;
  std::set<std::string> files;
  for (const std::string& path : scan(options).paths) {
    const std::string relative = path.substr(tree.root().size() + 1);
    if (relative.rfind(".git/", 0) != 0) files.insert(relative);
  }
  return files;
}

void init(const TempTree& tree) {
  REQUIRE(std::system(("git -c init.defaultBranch=main init -q '" + tree.root() + "'").c_str()) == 0);
}

const std::string kMarked = "# mark_00000001\n";  // in every file, and a comment in an ignore file

}  // namespace

TEST_CASE("gitignore files mean what git takes them to mean", "[dir][gitignore]") {
  const TempTree tree;
  init(tree);
  for (const char* path : {"a.o",       "keep.o",          "src/a.o",         "src/keep.o",
                           "build/x",   "src/build/y",     "doc/frotz/z",     "a/doc/frotz/z",
                           "foo/bar/1", "foo/2",           "x/y/z/deep",      "abc/q/w/def",
                           "abc/def",   "abcdef",          "#hash",           "!bang",
                           "trail ",    "trail",           "back\\slash",     "log.1",
                           "log.a",     "log.]",           "log.-",           "Upper",
                           "star*",     "starx",           "dir/only/file",   "only",
                           "sp ace/f",  "nested/in/a.txt", "nested/in/b.txt", "nested/in/deep/a.txt",
                           "crlf",      "mid/x/end",       "mid/end",         "mid/x/y/end"})
    tree.write(path, kMarked);
  tree.write(".gitignore", kMarked +
                               "*.o\n!keep.o\n/build\ndoc/frotz/\nfoo/*\n!foo/bar\nx/**/deep\nabc/**/def\n\\#hash\n"
                               "\\!bang\ntrail\\ \nback\\\\slash\nlog.[[:digit:]]\nlog.[]-]\n[[:upper:]]pper\nstar\\*\n"
                               "only/\nsp\\ ace\ncrlf\r\nmid/**/end   \n[unclosed\n\\\n/\n!\n**\\\n");
  tree.write("src/.gitignore", kMarked + "!a.o\nbuild\n");
  tree.write("nested/.gitignore", kMarked + "/in/*\n!/in/b.txt\n");
  tree.write("nested/in/.gitignore", kMarked + "!a.txt\n");
  tree.write(".git/info/exclude", "log.a\n");
  const auto expected = git_says(tree);
  REQUIRE(expected.size() > 10);
  CHECK(we_say(tree) == expected);

  std::set<std::string> nested;
  for (const std::string& path : expected)
    if (path.rfind("nested/", 0) == 0) nested.insert(path);
  CHECK(we_say(tree, "/nested") == nested);
}

TEST_CASE("random gitignore files mean what git takes them to mean", "[dir][gitignore]") {
  std::mt19937 random(7);
  const std::vector<std::string> kNames = {"a", "b", "ab", "ba", "aab", "a.b", "b.a", "abab"};
  const std::vector<std::string> kPieces = {"a",     "b",           "*",    "**",   "?",    "/", "/**/",
                                            "**/",   "/*",          "[ab]", "[!a]", "[^b]", ".", "\\a",
                                            "[a-b]", "[[:alpha:]]", "*/",   "a*",   "***"};
  const std::vector<std::string> kFolders = {"", "a/", "ab/", "a/b/", "b/a/ab/", "ab/aab/"};
  for (int round = 0; round < 60; ++round) {
    const TempTree tree;
    std::string lists;
    init(tree);
    for (const std::string& folder : kFolders)
      for (const std::string& name : kNames)
        if (!std::filesystem::exists(tree.path(folder + name))) {
          const bool is_folder = std::any_of(kFolders.begin(), kFolders.end(), [&](const std::string& other) {
            return other.rfind(folder + name + "/", 0) == 0;
          });
          if (!is_folder) tree.write(folder + name, kMarked);
        }
    for (const std::string& folder : kFolders) {
      if (random() % 2 == 0) continue;
      std::string text = kMarked;
      for (auto lines = random() % 4; lines-- > 0;) {
        if (random() % 3 == 0) text += '!';
        for (auto pieces = 1 + random() % 5; pieces-- > 0;) text += kPieces[random() % kPieces.size()];
        text += '\n';
      }
      tree.write(folder + ".gitignore", text);
      lists += folder + ".gitignore:\n" + text;
    }
    INFO(lists);
    CHECK(we_say(tree) == git_says(tree));
  }
}

TEST_CASE("a hostile pattern takes bounded time", "[dir][gitignore]") {
  std::string pattern, text(2000, 'a');
  for (int i = 0; i < 60; ++i) pattern += "a*";
  CHECK_FALSE(Glob(pattern + "b").matches(text));
  std::string crossing, path;
  for (int i = 0; i < 30; ++i) crossing += "**/a*a/";
  for (int i = 0; i < 400; ++i) path += "aaaa/";
  CHECK_FALSE(Glob(crossing + "b").matches(path + "a"));
  CHECK(Glob(crossing + "a").matches(path + "a"));
}
