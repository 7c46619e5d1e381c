// What git tells a hook on standard input: which refs change, and how. githooks(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "frontends/git/object_id.h"

namespace staunch {

inline constexpr std::size_t kMaxHookInput = 256u << 20;  // some two million refs

struct RefUpdate {
  std::string ref;         // where it is pushed to; raw bytes
  ObjectId before, after;  // nothing: no such ref
};

// pre-receive: "<old id> SP <new id> SP <ref>". Errors: a line that is none; nothing of it is skipped.
Result<std::vector<RefUpdate>> parse_received(std::string_view lines);
// pre-push: "<local ref> SP <local id> SP <remote ref> SP <remote id>".
Result<std::vector<RefUpdate>> parse_pushed(std::string_view lines);

// All of standard input, up to kMaxHookInput.
Result<std::string> read_hook_input();

}  // namespace staunch
