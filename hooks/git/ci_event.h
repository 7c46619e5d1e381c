// The event that GITHUB_EVENT_PATH describes, as far as it says which commits it is about. GitHub "Webhook events and
// payloads".
#pragma once

#include <string>

#include "engine/result.h"

namespace staunch {

// Empty: the event does not say it.
struct GithubEvent {
  std::string before, after, default_branch;                                     // push
  std::string pull_base, pull_head, pull_base_repository, pull_head_repository;  // pull_request
  std::string group_base, group_head;                                            // merge_group
};

// Errors: it cannot be read, or is no JSON.
Result<GithubEvent> read_github_event(const std::string& path);

}  // namespace staunch
