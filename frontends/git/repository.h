// Where a repository keeps its things, and what its refs say. Read with readers of our own: nothing of a repository's
// configuration takes effect, and none of its programs run.
//
// gitrepository-layout(5). Understood: a work tree with .git as a folder or a file, bare repositories, linked work
// trees, git directories of submodules, SHA-1 and SHA-256, shallow and partial clones. Not understood: reftable, which
// is an error that says so.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/result.h"
#include "frontends/git/object_id.h"

namespace staunch {

struct Repository {
  std::string path;                         // as it was asked for
  std::string git_dir;                      // HEAD and index of this work tree
  std::string common_dir;                   // refs, config; the same but for a linked work tree
  std::string work_tree;                    // empty: bare
  std::vector<std::string> object_folders;  // without alternates; quarantine first
  std::string index_file;
  std::size_t id_bytes = kSha1Bytes;
  bool partial = false;        // objects may be missing on purpose
  std::set<ObjectId> shallow;  // commits whose parents were not fetched
};

// Environment variables of git that are honoured (GIT_DIR, GIT_WORK_TREE, GIT_COMMON_DIR, GIT_OBJECT_DIRECTORY,
// GIT_ALTERNATE_OBJECT_DIRECTORIES, GIT_INDEX_FILE), as a hook gets them.
using GitEnvironment = std::map<std::string, std::string>;
GitEnvironment git_environment();  // those that are set in this process

// The repository at `path`: its work tree or a folder in it (searched upwards, as git does), its .git, or a bare one.
// `environment` wins over the search where it names a GIT_DIR. Errors name the file that is wrong.
Result<Repository> open_repository(const std::string& path, const GitEnvironment& environment);

struct Ref {
  std::string name;  // "refs/heads/main", "HEAD"
  ObjectId id;       // what it points to, symbolic refs followed
  ObjectId peeled;   // of an annotated tag where packed-refs says it; else nothing
};

struct Refs {
  std::vector<Ref> refs;     // ordered by name; with HEAD and, for linked work trees, their HEADs
  std::string head_branch;   // "refs/heads/main"; empty where HEAD is detached
  std::vector<Ref> reflogs;  // each old and new id that stands in a reflog, once per reflog; `name` is the ref's
  std::vector<Note> notes;   // refs that cannot be read, or hold no id
};
Refs read_refs(const Repository& repository);

// The submodules' git directories inside this one (.git/modules/**, where a HEAD and objects lie), ordered.
std::vector<std::string> submodule_git_dirs(const Repository& repository);

}  // namespace staunch
