// A look at a repository through git itself, with nothing of the repository's own taking effect.
//
// What git does well and we need rarely (revision syntax, the index in all its forms) is asked of `git`. A repository's
// configuration can name programs (fsmonitor, filters, textconv, hooks, helpers of remotes), so git is never pointed at
// it: a folder of our own is made that holds links to its refs, objects, index and reflogs, and a configuration of ours.
// Replace objects, grafts and lazy fetching are off. The folder is removed with the View.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "frontends/git/repository.h"

namespace staunch {

class View {
 public:
  // Errors: no temporary folder can be made, `git` is not installed.
  static Result<View> make(const Repository& repository);
  View(View&&) noexcept;
  View& operator=(View&&) noexcept;
  ~View();

  // Runs git with these arguments; its standard output. Errors: its standard error, where it ended with anything but 0.
  Result<std::string> run(const std::vector<std::string>& arguments) const;

 private:
  View() = default;
  std::string folder_;
  std::vector<std::string> environment_;  // all that git gets
};

// A path whose content changed. Ids of nothing: it was not there, or (`after` of an unstaged change) it stands in the
// work tree only.
struct Change {
  std::string path;  // raw bytes, from the top of the work tree
  ObjectId before, after;
  std::uint32_t mode = 0;  // of what is there now; 0 where it was deleted
};

// What the index has that HEAD has not (all of it before the first commit). Deletions, submodules and pure changes of
// mode are left out; paths in conflict come with each of their versions.
Result<std::vector<Change>> staged_changes(const View& view);
// Files of the work tree that differ from the index: tracked ones only. `before` is the index' version.
Result<std::vector<Change>> unstaged_changes(const View& view);

// Ids of commits, in git's own order: `git rev-list` with these arguments (revisions, ranges, "--all", limits, paths;
// what `git log` takes to select commits). Refused: arguments that write files or run programs.
Result<std::vector<ObjectId>> list_commits(const View& view, const std::vector<std::string>& arguments);

}  // namespace staunch
