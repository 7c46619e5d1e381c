// `staunch hook install` and `uninstall`: where hooks go, and who else looks after them.
//
// - A repository: pre-commit, pre-merge-commit, pre-push and commit-msg in its hooks folder. Where a manager of hooks
// is
//   at work (husky, lefthook, the pre-commit framework, a core.hooksPath of anyone's), nothing is done: the error says
//   which line goes where instead.
// - All repositories of a user: core.hooksPath in the user's configuration, naming a folder of ours. A template would
//   reach only repositories that are made later, and would leave copies behind; core.hooksPath reaches all at once and
//   is undone at once. Git then passes over the repositories' own hooks, so the folder has every hook that git looks
//   for and each calls the repository's own first. A repository with a core.hooksPath of its own stays outside.
// - A server: pre-receive. Of a bare repository hooks/pre-receive; with Gitea, Forgejo and Gogs hooks/pre-receive.d;
// with
//   GitLab custom_hooks/pre-receive.d of a repository, or pre-receive.d in the folder that is custom_hooks_dir for
//   all; for GitHub Enterprise Server a script in the repository of hooks that its administrators choose from.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/git/hook_script.h"

namespace staunch {

enum class HookPlace { repository, user, server };

struct InstallJob {
  HookPlace place = HookPlace::repository;
  std::string path = ".";  // of the repository; of a server's folder of hooks
  std::string layout;      // of a server: "git", "gitea", "gitlab", "github"; empty: told by what is there
  bool force = false;      // beside a manager
  HookCall call;
};

// What was done, a line each. Errors: what could not be done; of several hooks the earlier ones are then in place.
Result<std::vector<std::string>> install_hooks(const InstallJob& job);
Result<std::vector<std::string>> uninstall_hooks(const InstallJob& job);

}  // namespace staunch
