// Files of NAME=VALUE lines: what is not ours stays as it is, byte by byte.
#include <catch2/catch.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "hooks/respond/store.h"

using namespace staunch;

namespace {

class File {
 public:
  explicit File(std::string_view text) {
    std::string name = "/tmp/dotenv.XXXXXX";
    const int fd = mkstemp(name.data());
    REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(fd);
    path = name;
  }
  ~File() { unlink(path.c_str()); }
  std::string text() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path;
};

std::string read(Store& store, const char* name, Stage stage = Stage::current) {
  const auto value = store.read(name, stage);
  return value ? std::string(value->value.reveal()) : "error: " + value.error().what;
}

}  // namespace

TEST_CASE("values of a dotenv file", "[respond]") {
  const File file(
      "A=plain # note\nexport B = \"two\\nlines \\\"x\\\"\"\r\nC='single # \\n'\nD=\"over\ntwo "
      "lines\"\n#E=no\nA=last\n");
  const auto store = dotenv_store(file.path);
  CHECK(read(*store, "A") == "last");
  CHECK(read(*store, "B") == "two\nlines \"x\"");
  CHECK(read(*store, "C") == "single # \\n");
  CHECK(read(*store, "D") == "over\ntwo lines");
  CHECK(read(*store, "E").starts_with("error"));
}

TEST_CASE("1 staged, promoted and given back, and nothing else touched", "[respond]") {
  const std::string before = "# first\n\nOTHER = \"kept  as it is\" # yes\r\nexport KEY='old one'\nLAST=1";
  const File file(before);
  chmod(file.path.c_str(), 0640);
  const auto store = dotenv_store(file.path);
  REQUIRE(store->stage("KEY", Secret("new\"$value'"), "t"));
  CHECK(read(*store, "KEY") == "old one");
  CHECK(read(*store, "KEY", Stage::pending) == "new\"$value'");
  CHECK(file.text().starts_with(before));
  for (int twice = 0; twice < 2; ++twice) REQUIRE(store->promote("KEY", "t"));
  CHECK(read(*store, "KEY") == "new\"$value'");
  CHECK(read(*store, "KEY", Stage::previous) == "old one");
  CHECK(file.text().starts_with("# first\n\nOTHER = \"kept  as it is\" # yes\r\nexport KEY="));
  struct stat status;
  REQUIRE(stat(file.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  REQUIRE(store->demote("KEY", "t"));
  REQUIRE(store->drop("KEY", "t"));
  CHECK(read(*store, "KEY") == "old one");
  CHECK(file.text() == before + "\n");
}

TEST_CASE("1 what is not there is not staged over", "[respond]") {
  const File file("A=1\n");
  const auto store = dotenv_store(file.path);
  CHECK_FALSE(store->stage("B", Secret("x"), "t"));
  CHECK_FALSE(store->promote("A", "t"));
  CHECK_FALSE(store->demote("A", "t"));
  CHECK(file.text() == "A=1\n");
}
