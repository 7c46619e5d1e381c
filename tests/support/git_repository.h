// Real repositories in a temporary folder, made by git itself while a test runs.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace staunch::test {

// A folder that is removed with all that it holds; `git` runs in it with nothing of the machine's configuration.
class GitFolder {
 public:
  GitFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "staunch-git-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~GitFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  GitFolder(const GitFolder&) = delete;
  GitFolder& operator=(const GitFolder&) = delete;

  std::string path(const std::string& relative) const { return root_ + "/" + relative; }

  // What a shell command in this folder writes; it has to end well.
  std::string run(const std::string& command) const {
    const std::string out = path(".out");
    const std::string line = "cd '" + root_ + "' && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 " +
                             "GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=C " +
                             "GIT_COMMITTER_EMAIL=c@example.com GIT_AUTHOR_DATE='1700000000 +0100' " +
                             "GIT_COMMITTER_DATE='1700000000 +0100' HOME='" + root_ + "' && unset GIT_DIR && { " +
                             command + "\n} >'" + out + "' 2>'" + path(".err") + "'";
    const int status = std::system(line.c_str());
    INFO(command << "\n" << read(".err"));
    REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return read(".out");
  }
  // The same, without its last line's end.
  std::string line(const std::string& command) const {
    std::string text = run(command);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

  std::string read(const std::string& relative) const {
    std::ifstream in(path(relative), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Git's own files are read-only: they are replaced, not written into.
  void write(const std::string& relative, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path(relative)).parent_path());
    std::filesystem::remove(path(relative));
    std::ofstream(path(relative), std::ios::binary) << bytes;
    REQUIRE(read(relative) == bytes);
  }
  // The files of a folder that end so, ordered; relative to this one.
  std::vector<std::string> files(const std::string& folder, const std::string& ending) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path(folder)))
      if (entry.path().string().ends_with(ending)) found.push_back(folder + "/" + entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string root_;
};

}  // namespace staunch::test
