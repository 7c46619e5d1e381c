// A repository that is looked at through a View, and git's own word on it.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "frontends/git/view.h"
#include "tests/support/git_repo.h"

namespace staunch::test {

using Arguments = std::vector<std::string>;

// A folder with an empty one in it, `repo`. Scripts find it in $PLACE.
class Place : public GitRepo {
 public:
  Place() { std::filesystem::create_directory(path("repo")); }

  std::string sh(const std::string& script, const std::string& folder = {}) const {
    return shell("PLACE='" + root() + "'\n" + script, folder);
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
};

inline View view_of(const Repository& repository) {
  auto view = View::make(repository);
  if (!view) FAIL(to_string(view.error()));
  return *std::move(view);
}

template <typename T>
T value(Result<T> result) {
  if (!result) FAIL(to_string(result.error()));
  return *std::move(result);
}

// A history with two branches, a merge, a tag, and names that need care.
inline const std::string kBranches = R"sh(
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

}  // namespace staunch::test
