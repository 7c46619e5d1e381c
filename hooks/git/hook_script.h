// The shell scripts that git finds where it looks for hooks. They name the program by its absolute path, because a
// hook's PATH may be anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace staunch {

struct HookCall {
  std::string program;                 // absolute
  std::vector<std::string> arguments;  // behind the hook's name
};

// For one repository, or one server: first what stood there before, kept beside it under kBefore, then ours.
std::string hook_script(const std::string& hook, const HookCall& call);

// For a folder that core.hooksPath names: the repository's own hook, which git then passes over, and ours where `call`
// is given.
std::string global_hook_script(const std::string& hook, const HookCall* call);

bool is_hook_script(std::string_view text);  // one of ours

inline constexpr const char* kBefore = ".before-staunch";

// Hooks that `install` puts into a repository.
inline constexpr const char* kClientHooks[] = {"pre-commit", "pre-merge-commit", "pre-push", "commit-msg"};

// All that git looks for in core.hooksPath, but for those whose presence alone changes what git does
// (push-to-checkout, proc-receive, fsmonitor-watchman) and those of git-p4. githooks(5), git 2.51.
inline constexpr const char* kGlobalHooks[] = {"applypatch-msg",
                                               "commit-msg",
                                               "post-applypatch",
                                               "post-checkout",
                                               "post-commit",
                                               "post-index-change",
                                               "post-merge",
                                               "post-receive",
                                               "post-rewrite",
                                               "post-update",
                                               "pre-applypatch",
                                               "pre-auto-gc",
                                               "pre-commit",
                                               "pre-merge-commit",
                                               "pre-push",
                                               "pre-rebase",
                                               "pre-receive",
                                               "prepare-commit-msg",
                                               "reference-transaction",
                                               "sendemail-validate",
                                               "update"};

}  // namespace staunch
