// Histories that git makes, opened as a store, for the tests of packs and loose objects: what git itself says of each
// object, and whether the store says the same.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "engine/content.h"
#include "frontends/git/object_store.h"
#include "tests/support/git_repo.h"

namespace staunch::test {

inline constexpr std::uint64_t kMaxObject = 64 << 20;

// Versions of a few files, a merge, a tag, an empty blob, and names that need care.
inline constexpr const char* kHistory = R"SH(
for i in $(seq 1 40); do
  seq 1 $((400 + i * 7)) | sed "s/^$((i * 9))$/changed in $i/" > long
  mkdir -p "folder $((i % 4))"
  echo "number $i" > "folder $((i % 4))/file $((i % 7))"
  git add -A && git commit -q -m "commit $i"
done
: > empty && git add empty && git commit -q -m empty
git checkout -q -b side HEAD~9 && seq 900 1500 > aside && git add -A && git commit -q -m aside
git checkout -q main && git merge -q -m merged side && git tag -a -m tagged v1
)SH";

// Made once for each format, and copied.
inline void make_history(const GitRepo& git, const std::string& format = "sha1") {
  static std::map<std::string, GitRepo> made;
  const auto [at, is_new] = made.try_emplace(format);
  if (is_new) at->second.shell("git init -q -b main --object-format=" + format + " r && cd r" + kHistory);
  git.shell("cp -a '" + at->second.path("r") + "' r");
}

// id to type and content, as `git cat-file` has them.
inline std::map<std::string, Object> from_git(const GitRepo& git, const std::string& repository) {
  const std::string text = git.shell("cd " + repository + " && git cat-file --batch --batch-all-objects");
  std::map<std::string, Object> objects;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    char id[65], type[16];
    std::size_t size = 0;
    REQUIRE(std::sscanf(text.substr(at, end - at).c_str(), "%64s %15s %zu", id, type, &size) == 3);
    objects[id] = {type_from_name(type), text.substr(end + 1, size)};
    at = end + 1 + size + 1;
  }
  return objects;
}

inline std::string drain(ByteStream& stream) {
  std::string all;
  char block[1000];
  for (;;) {
    const auto got = stream.read(block);
    REQUIRE(got.ok());
    if (*got == 0) return all;
    all.append(block, *got);
  }
}

inline ObjectId id_of(const std::string& hex) {
  const auto id = ObjectId::from_hex(hex);
  REQUIRE(id.has_value());
  return *id;
}

inline void check_object(const ObjectStore& store, const std::string& hex, const Object& expected) {
  INFO(hex);
  const auto object = store.read(id_of(hex), kMaxObject);
  REQUIRE(object.ok());
  CHECK(object->type == expected.type);
  CHECK(object->bytes == expected.bytes);
  const auto header = store.header(id_of(hex));
  REQUIRE(header.ok());
  CHECK(header->type == expected.type);
  CHECK(header->size == expected.bytes.size());
  CHECK(store.has(id_of(hex)));
}

inline ObjectStore open_store(const GitRepo& git, const std::string& repository, std::size_t id_bytes = kSha1Bytes) {
  return ObjectStore::open({git.path(repository + "/.git/objects")}, id_bytes);
}

// All of them, in an order in which bases come before and after what is made of them.
inline void check_all(const GitRepo& git, const std::string& repository, std::size_t id_bytes = kSha1Bytes) {
  const auto expected = from_git(git, repository);
  REQUIRE(expected.size() > 100);
  const ObjectStore store = open_store(git, repository, id_bytes);
  CHECK(store.notes().empty());
  for (const auto& [hex, object] : expected) check_object(store, hex, object);
}
inline std::string error_of(const ObjectStore& store, const ObjectId& id) {
  const auto object = store.read(id, kMaxObject);
  REQUIRE_FALSE(object.ok());
  CHECK(object.error().where == id.hex());
  return object.error().what;
}

}  // namespace staunch::test
