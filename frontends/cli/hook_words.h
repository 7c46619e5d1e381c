// What a hook says around its report: that something is blocked, and the ways on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "frontends/cli/hook_sink.h"

namespace staunch {

enum class HookKind : std::uint8_t { pre_commit, pre_push, commit_msg, pre_receive };

const char* hook_name(HookKind kind);  // as git calls it

// Of a push: staunch.skip, with its reason, which may be missing.
struct SkipRequest {
  std::string reason;
};

std::string words_before(HookKind kind, const HookFindings& found, bool let_through);
// `message_file` is of commit-msg.
std::string words_after(HookKind kind, const std::string& message_file, bool found,
                        const std::optional<SkipRequest>& skip, bool may_skip);
std::string words_for_skipped();
std::string words_for_timeout(HookKind kind, double seconds, bool allowed);

// A commit's message in the file that commit-msg is given: without the changes that `git commit -v` shows below it,
// which pre-commit has seen and which hold what was taken out as well. Comments stay: git may keep them.
std::string_view message_of(std::string_view file);

}  // namespace staunch
