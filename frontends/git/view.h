// A look at a repository through git itself, with nothing of the repository's own taking effect.
//
// What git does well and we need rarely (revision syntax, the index in all its forms) is asked of `git`. A repository's
// configuration can name programs (fsmonitor, filters, textconv, hooks, helpers of remotes), so git is never pointed at
// it: a folder of our own is made that holds links to its refs, objects, index, reflogs, and a configuration of ours.
// Replace objects, grafts and lazy fetching are off. The folder is removed with the View.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "frontends/git/process.h"
#include "frontends/git/repository.h"

namespace staunch {

class View {
 public:
  // Errors: no temporary folder can be made, `git` is not installed, HEAD or the index cannot be what git takes for one
  // (a FIFO, which git would wait for).
  static Result<View> make(const Repository& repository);
  View(View&&) noexcept;
  View& operator=(View&&) noexcept;
  ~View();

  // Never ask for what enters submodules (status, diff, diff-index, diff-files without --ignore-submodules): git runs
  // itself in each of them, and there their own configuration holds.
  // Runs git with these arguments; its standard output. Errors: its standard error, where it ended with anything but 0.
  Result<std::string> run(const std::vector<std::string>& arguments) const;
  // … with this on its standard input. Not for several threads at once.
  Result<std::string> run(const std::vector<std::string>& arguments, std::string_view input) const;

  // How long one call of git may take; it is ended then, which is an error.
  void limit(std::chrono::milliseconds time) { time_limit_ = time; }

  // Makes the reflogs files of our own: git lists none behind links ("--reflog"), though it reads each by name.
  Status copy_reflogs() const;

  const std::string& folder() const { return folder_; }  // the git directory of our own; nobody else writes there
  std::size_t id_bytes() const { return id_bytes_; }

 private:
  View() = default;
  std::string folder_, work_tree_;  // absolute; work_tree_ is empty where there is none
  std::size_t id_bytes_ = kSha1Bytes;
  std::vector<std::string> environment_;  // all that git gets
  std::chrono::milliseconds time_limit_ = Program().time_limit;
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
// The files of the index at these paths, with no `before`. Of paths in conflict each version.
Result<std::vector<Change>> indexed_files(const View& view, const std::vector<std::string>& paths);
// Files of the work tree that differ from the index: tracked ones only. `before` is the index' version (of a path in
// conflict: our side's). One may be listed whose content is the same (touched, or written with other line ends): only
// the caller, who reads it, can tell. A mode says file or link, but what is there now may be anything.
Result<std::vector<Change>> unstaged_changes(const View& view);

// Ids of commits, in git's own order: `git rev-list` with these arguments (revisions, ranges, "--all", limits, paths;
// what `git log` takes to select commits); HEAD's where they name no revision. Refused: every option that is not known
// to select commits, so all that write files, run programs, or print something else. Options that only say how `git
// log` shows a commit's changes (-p, -U0, --full-diff ...) are passed over. A branch's upstream ("@{u}") is not known.
Result<std::vector<ObjectId>> list_commits(const View& view, const std::vector<std::string>& arguments);

// Ids of the commits that `wanted` lead to and none of `known` do, in git's own order. Any number of ids, of objects
// that are here: of a tag what it names counts, trees and blobs lead to no commit.
Result<std::vector<ObjectId>> list_new_commits(const View& view, const std::vector<ObjectId>& wanted,
                                               const std::vector<ObjectId>& known);

// Words separated by white space, quoted as for a shell by '', "" and backslashes; nothing is expanded. Errors: a quote
// that is not closed, a backslash at the end.
Result<std::vector<std::string>> split_arguments(std::string_view line);

}  // namespace staunch
