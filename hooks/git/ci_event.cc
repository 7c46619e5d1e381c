#include "hooks/git/ci_event.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "frontends/git/git_file.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxEventBytes = 64u << 20;

// The text at the end of these names; empty where there is none.
std::string text_at(const nlohmann::json& event, std::initializer_list<const char*> names) {
  const nlohmann::json* at = &event;
  for (const char* name : names) {
    if (!at->is_object()) return {};
    const auto found = at->find(name);
    if (found == at->end()) return {};
    at = &*found;
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

Result<GithubEvent> read_github_event(const std::string& path) {
  if (path.empty()) return Error{"does not say where the event is described", "GITHUB_EVENT_PATH"};
  const auto text = read_git_file(path, kMaxEventBytes);
  if (!text) return text.error();
  if (!*text) return Error{"does not exist", path};
  const auto json = nlohmann::json::parse(**text, nullptr, false);
  if (!json.is_object()) return Error{"is no JSON object", path};
  GithubEvent event;
  event.before = text_at(json, {"before"});
  event.after = text_at(json, {"after"});
  event.default_branch = text_at(json, {"repository", "default_branch"});
  event.pull_base = text_at(json, {"pull_request", "base", "sha"});
  event.pull_head = text_at(json, {"pull_request", "head", "sha"});
  event.pull_base_repository = text_at(json, {"pull_request", "base", "repo", "full_name"});
  event.pull_head_repository = text_at(json, {"pull_request", "head", "repo", "full_name"});
  event.group_base = text_at(json, {"merge_group", "base_sha"});
  event.group_head = text_at(json, {"merge_group", "head_sha"});
  return event;
}

}  // namespace staunch
