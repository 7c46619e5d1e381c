// Programs that are run and waited for.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "frontends/git/process.h"

namespace staunch {
namespace {

Program shell(const std::string& script) {
  return {"/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin", "ONLY=this"}, "/"};
}

TEST_CASE("a program's two outputs and its status come whole, however much it says", "[git][process]") {
  const auto output = run_program(shell(
      "i=0; while [ $i -lt 300 ]; do head -c 4096 /dev/zero | tr '\\0' e >&2; head -c 4096 /dev/zero | tr '\\0' o;"
      " i=$((i+1)); done; exit 7"));
  REQUIRE(output.ok());
  CHECK(output->status == 7);
  CHECK(output->out == std::string(300 * 4096, 'o'));
  CHECK(output->error == std::string(kMaxErrorBytes, 'e'));
}

TEST_CASE("a program gets nothing but what it was given", "[git][process]") {
  const auto output = run_program(shell("cat; echo \"$ONLY $HOME.$USER.\"; pwd; trap; kill -9 $$"));
  REQUIRE(output.ok());
  CHECK(output->out == "this ..\n/\n");
  CHECK(output->status == 128 + 9);
}

TEST_CASE("a program that cannot run is an error, and none is left behind", "[git][process]") {
  CHECK_FALSE(run_program({"/nonexistent/program", {"program"}, {}, ""}).ok());
  Program in_no_folder = shell("true");
  in_no_folder.folder = "/nonexistent";
  CHECK_FALSE(run_program(in_no_folder).ok());
  CHECK_FALSE(run_program(shell(std::string("true\0false", 10))).ok());
  Program endless = shell("exec sleep 1000");
  endless.time_limit = std::chrono::milliseconds(50);
  CHECK_FALSE(run_program(endless).ok());
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("programs are found in absolute folders of PATH only", "[git][process]") {
  const std::string before = std::getenv("PATH");
  setenv("PATH", "bin:.::/nonexistent:/usr/bin:/bin", 1);
  CHECK(find_program("sh") == "/usr/bin/sh");
  setenv("PATH", "bin:.:", 1);
  CHECK(find_program("sh").empty());
  setenv("PATH", before.c_str(), 1);
}

}  // namespace
}  // namespace staunch
