// Commits, tags, trees and configurations: what git wrote, as git itself prints it, and what nobody should write.
#include "frontends/git/parse.h"

#include <catch2/catch.hpp>

#include "frontends/git/config.h"
#include "tests/support/git_repo.h"

using namespace staunch;
using namespace staunch::test;

namespace {

const std::string kId = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

Config parsed(std::string_view text) {
  const auto config = parse_config(text, "config");
  INFO((config ? std::string() : to_string(config.error())));
  REQUIRE(config);
  return *config;
}

}  // namespace

TEST_CASE("git parse: commits, tags and trees as git prints them") {
  for (const std::string format : {"sha1", "sha256"}) {
    const std::size_t id_bytes = format == "sha1" ? kSha1Bytes : kSha256Bytes;
    const GitRepo repo;
    repo.git("init -q --object-format=" + format + " r");
    repo.write("r/a", "one");
    repo.write("r/folder/b", "two");
    repo.git("add . && git commit -q -m first && git checkout -q -b side && git commit -q --allow-empty -m side", "r");
    repo.git("checkout -q main && git commit -q --allow-empty -m other", "r");
    repo.git("merge -q -m $'merged\\n\\nbody' side", "r");
    repo.git("tag -a -m 'tag message' v1", "r");

    const std::string text = repo.shell("git cat-file commit HEAD", "r");
    const auto commit = parse_commit(text, id_bytes);
    REQUIRE(commit);
    CHECK(commit->tree.hex() == repo.git("rev-parse HEAD^{tree}", "r"));
    REQUIRE(commit->parents.size() == 2);
    CHECK(commit->parents[0].hex() == repo.git("rev-parse HEAD^1", "r"));
    CHECK(commit->parents[1].hex() == repo.git("rev-parse HEAD^2", "r"));
    CHECK(std::string(commit->author.name) == repo.git("log -1 --format=%an", "r"));
    CHECK(std::string(commit->author.email) == repo.git("log -1 --format=%ae", "r"));
    CHECK(std::to_string(commit->author.seconds) == repo.git("log -1 --format=%at", "r"));
    CHECK(std::to_string(commit->committer.seconds) == repo.git("log -1 --format=%ct", "r"));
    CHECK(std::string(commit->committer.name) == repo.git("log -1 --format=%cn", "r"));
    CHECK(commit->author.zone_minutes == 90);
    CHECK(commit->committer.zone_minutes == -480);
    CHECK(std::string(commit->message) == repo.git("log -1 --format=%B", "r"));
    CHECK(text.substr(commit->author_line).starts_with("author Ann"));
    CHECK(text.substr(commit->message_offset) == commit->message);

    const std::string tag_text = repo.shell("git cat-file tag v1", "r");
    const auto tag = parse_tag(tag_text, id_bytes);
    REQUIRE(tag);
    CHECK(tag->object.hex() == repo.git("rev-parse v1^{}", "r"));
    CHECK(tag->type == ObjectType::commit);
    CHECK(tag->name == "v1");
    CHECK(tag->tagger.name == "Bob");
    CHECK(tag->message == "tag message\n");
    CHECK(tag_text.substr(tag->message_offset) == tag->message);

    const std::string tree = repo.shell("git cat-file tree HEAD^{tree}", "r");
    TreeReader reader(tree, id_bytes);
    TreeEntry entry;
    std::string listed;
    while (reader.next(entry))
      listed += (entry.is_tree() ? "040000 tree " : "100644 blob ") + ObjectId(entry.id).hex() + "\t" +
                std::string(entry.name) + "\n";
    CHECK(!reader.damaged());
    CHECK(listed == repo.shell("git ls-tree HEAD", "r"));
  }
}

TEST_CASE("git parse: headers that others write") {
  const std::string begin = "tree " + kId + "\n";
  const std::string odd_text = begin + "author A <<b> c> 12 +9x\ngpgsig -----BEGIN\n \n line\n\nm";
  const auto odd = parse_commit(odd_text, kSha1Bytes);
  REQUIRE(odd);
  CHECK(odd->author.email == "<b");
  CHECK(odd->author.seconds == 12);
  CHECK(odd->author.zone_minutes == 0);
  CHECK(odd->committer.name.empty());
  CHECK(odd->message == "m");
  const auto late = parse_commit(begin + "author A <a> 99999999999999999999 +0000\n\n", kSha1Bytes);
  REQUIRE(late);
  CHECK(late->author.seconds == 0);
  const auto bare = parse_commit(begin.substr(0, 45), kSha1Bytes);
  REQUIRE(bare);
  CHECK(bare->message.empty());
  CHECK(bare->message_offset == 45);

  for (const std::string& text : {std::string(), std::string("tree"), std::string("tree \n"), "parent " + kId + "\n",
                                  "tree " + kId.substr(1) + "\n", "tree " + kId + kId + "\n"})
    CHECK(!parse_commit(text, kSha1Bytes));
  CHECK(!parse_commit(begin, kSha256Bytes));
  const auto wrong = parse_commit(begin + "parent x\n", kSha1Bytes);
  REQUIRE(!wrong);
  CHECK(to_string(wrong.error()) == "a parent that is no id at byte 46");
  CHECK(!parse_tag("object " + kId + "\ntype thing\n", kSha1Bytes));
  CHECK(!parse_tag("type commit\n", kSha1Bytes));
  CHECK(parse_tag("object " + kId + "\ntype blob\n", kSha1Bytes));
}

TEST_CASE("git parse: a damaged tree gives what stands before the damage") {
  const std::string entry = std::string("100644 a\0", 9) + std::string(20, 'x');
  for (const std::string& rest : {std::string("100644 b"), std::string("9 b\0", 4) + std::string(20, 'x'),
                                  std::string("100644 \0", 8) + std::string(20, 'x'), entry.substr(0, 20)}) {
    const std::string text = entry + rest;
    TreeReader reader(text, kSha1Bytes);
    TreeEntry found;
    CHECK(reader.next(found));
    CHECK(!reader.next(found));
    CHECK(reader.damaged());
  }
}

TEST_CASE("git config: as git reads it") {
  const std::string text =
      "\xef\xbb\xbf; comment\n[CORE] bare = false # not\n\tWorkTree = \"a;b\"  c \\\n  d\t ; end\n"
      "[Remote \"Up \\\"x\\\\\"]promisor\n\turl = a\\tb\\\"\n[old.Style]\r\n\tkey = 1\r\n[core]\n"
      "\tempty =\n\tbare = yes";
  const GitRepo repo;
  repo.write("c", text);
  std::string ours;
  for (const ConfigEntry& entry : parsed(text)) {
    ours += entry.section + "." + (entry.subsection.empty() ? "" : entry.subsection + ".") + entry.key + "=" +
            entry.value + "\n";
  }
  // Git prints a key without a value without a "=".
  std::string theirs = repo.git("config --file c --list") + "\n";
  theirs.replace(theirs.find(".promisor\n"), 10, ".promisor=true\n");
  CHECK(ours == theirs);
  const Config config = parsed(text);
  REQUIRE(config_value(config, "core", "bare") != nullptr);
  CHECK(*config_value(config, "core", "bare") == "yes");
  CHECK(config_value(config, "remote", "url") == nullptr);
  for (const char* yes : {"true", "YES", "on", "1", "-1", "10k"}) CHECK(config_truth(yes));
  for (const char* no : {"", "false", "no", "off", "0", "maybe"}) CHECK(!config_truth(no));
}

TEST_CASE("git config: nonsense is told with its line") {
  for (const char* text : {"[core]\n[", "[core]\nx = \"a\n", "[core]\nx = \\q\n", "[core]\n1 = 2\n", "\nkey = 1\n",
                           "[core]\n[a \"b]\n", "[core]\n[]\n", "[core]\nx y\n", "[core]\nx = \\"}) {
    INFO(text);
    const auto config = parse_config(text, "the/config");
    REQUIRE(!config);
    CHECK(to_string(config.error()).starts_with("the/config: line 2"));
  }
}
