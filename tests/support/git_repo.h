// Repositories made by git itself while a test runs: nothing of the user's configuration counts, dates and names are
// always the same.
#pragma once

#include <catch2/catch.hpp>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace staunch::test {

// A folder with repositories in it, removed with all that it holds.
class GitRepo {
 public:
  GitRepo() {
    std::string name = (std::filesystem::temp_directory_path() / "staunch-git-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = std::filesystem::canonical(name).string();
  }
  ~GitRepo() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  GitRepo(const GitRepo&) = delete;
  GitRepo& operator=(const GitRepo&) = delete;

  const std::string& root() const { return root_; }
  std::string path(const std::string& name) const { return name.empty() ? root_ : root_ + "/" + name; }

  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Git's own files are read-only: they are replaced, not written into.
  void write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::filesystem::remove(path(name));
    std::ofstream out(path(name), std::ios::binary);
    out << bytes;
    REQUIRE(out.good());
  }
  // The files of a folder that end so, ordered; relative to root().
  std::vector<std::string> files(const std::string& folder, std::string_view ending) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path(folder)))
      if (entry.path().string().ends_with(ending)) found.push_back(folder + "/" + entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }

  // Lines of shell in `folder` under root(), in which git knows nothing of the user; their standard output. Each must
  // succeed.
  std::string shell(const std::string& line, const std::string& folder = {}) const {
    const std::string command =
        "cd '" + path(folder) + "' && env -i PATH=\"$PATH\" HOME='" + root_ +
        "' LC_ALL=C "
        "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.com "
        "GIT_COMMITTER_NAME=Bob GIT_COMMITTER_EMAIL=bob@example.com GIT_AUTHOR_DATE='1700000000 +0130' "
        "GIT_COMMITTER_DATE='1700000100 -0800' GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0=init.defaultBranch "
        "GIT_CONFIG_VALUE_0=main GIT_CONFIG_KEY_1=protocol.file.allow GIT_CONFIG_VALUE_1=always "
        "GIT_CONFIG_KEY_2=advice.detachedHead GIT_CONFIG_VALUE_2=false bash -e -c '" +
        quoted(line) + "' </dev/null 2>'" + root_ + "/.errors'";
    std::FILE* const pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 4096> block{};
    for (std::size_t got = 0; (got = fread(block.data(), 1, block.size(), pipe)) > 0;) out.append(block.data(), got);
    const int status = pclose(pipe);
    INFO(line << "\n" << read(".errors"));
    REQUIRE(status == 0);
    return out;
  }

  // git with these arguments, as a shell would read them; its standard output without the last line end.
  std::string git(const std::string& arguments, const std::string& folder = {}) const {
    std::string out = shell("git " + arguments, folder);
    if (out.ends_with('\n')) out.pop_back();
    return out;
  }

 private:
  static std::string quoted(const std::string& text) {
    std::string out;
    for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out;
  }

  std::string root_;
};

inline std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace staunch::test
