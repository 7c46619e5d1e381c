// A branch that is new has no commit before it; what counts then is the default branch. Other branches do not: whoever
// pushes one commit to two branches at once would see it taken for known in both runs.
#include "hooks/git/ci_range.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "hooks/git/ci_event.h"

namespace staunch {
namespace {

class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  std::string operator()(const char* name) const {
    const auto found = environment_.find(name);
    return found == environment_.end() ? std::string() : found->second;
  }
  bool has(const char* name) const { return !(*this)(name).empty(); }

 private:
  const Environment& environment_;
};

// Without what stands for nothing: no value, or an id of zeros.
void add(std::vector<std::string>& to, std::string value) {
  if (value.find_first_not_of('0') != std::string::npos) to.push_back(std::move(value));
}

std::string branch_of(std::string ref) {
  for (const std::string_view prefix : {"refs/heads/", "origin/"})
    if (ref.starts_with(prefix)) return ref.substr(prefix.size());
  return ref;
}

void add_default_branch(CiRun& run, const std::string& name, const std::string& own) {
  if (name != own) add(run.bases, name);
}

Result<CiRun> github(const Reader& get) {
  CiRun run{CiSystem::github, {}, {}, false, false};
  const auto read = read_github_event(get("GITHUB_EVENT_PATH"));
  if (!read) return read.error();
  const GithubEvent& event = *read;
  const std::string name = get("GITHUB_EVENT_NAME");
  if (name.starts_with("pull_request")) {
    add(run.bases, event.pull_base);
    add(run.bases, get("GITHUB_BASE_REF"));
    add(run.heads, event.pull_head);
    run.foreign = event.pull_head_repository != event.pull_base_repository || event.pull_head_repository.empty();
  } else if (name == "merge_group") {
    add(run.bases, event.group_base);
    add(run.heads, event.group_head);
  } else if (name == "push") {
    add(run.bases, event.before);
    add_default_branch(run, event.default_branch, get("GITHUB_REF_TYPE") == "tag" ? "" : get("GITHUB_REF_NAME"));
    add(run.heads, event.after);
  } else {
    run.everything = true;
  }
  if (name != "pull_request_target") add(run.heads, get("GITHUB_SHA"));  // there it is the base's
  return run;
}

CiRun gitlab(const Reader& get) {
  CiRun run{CiSystem::gitlab, {}, {}, false, get("CI_PIPELINE_SOURCE") == "schedule"};
  if (get.has("CI_MERGE_REQUEST_IID")) {
    add(run.bases, get("CI_MERGE_REQUEST_DIFF_BASE_SHA"));
    add(run.bases, get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"));
    add(run.bases, get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"));
    add(run.heads, get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"));
    run.foreign = get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") != get("CI_MERGE_REQUEST_PROJECT_ID");
  } else {
    add(run.bases, get("CI_COMMIT_BEFORE_SHA"));
    add_default_branch(run, get("CI_DEFAULT_BRANCH"), get.has("CI_COMMIT_TAG") ? "" : get("CI_COMMIT_REF_NAME"));
  }
  add(run.heads, get("CI_COMMIT_SHA"));
  return run;
}

// The last build that succeeded: one that found a secret shall not make it known.
CiRun jenkins(const Reader& get) {
  CiRun run{CiSystem::jenkins, {}, {}, get.has("CHANGE_FORK"), false};
  add(run.bases, get.has("CHANGE_TARGET") ? get("CHANGE_TARGET") : get("GIT_PREVIOUS_SUCCESSFUL_COMMIT"));
  add(run.heads, get("GIT_COMMIT"));
  return run;
}

CiRun azure(const Reader& get) {
  CiRun run{CiSystem::azure, {}, {}, get("SYSTEM_PULLREQUEST_ISFORK") == "True", get("BUILD_REASON") == "Schedule"};
  add(run.bases, branch_of(get("SYSTEM_PULLREQUEST_TARGETBRANCH")));
  add(run.heads, get("SYSTEM_PULLREQUEST_SOURCECOMMITID"));
  add(run.heads, get("BUILD_SOURCEVERSION"));
  return run;
}

CiRun circleci(const Reader& get) {
  CiRun run{CiSystem::circleci, {}, {}, get.has("CIRCLE_PR_USERNAME"), false};
  add(run.heads, get("CIRCLE_SHA1"));
  return run;
}

// What an address names, however it is spelt: `git@HOST:A/B.git`, `https://HOST/A/B` and `git://HOST/A/B.git` are one.
std::string place_of(std::string address) {
  if (const std::size_t scheme = address.find("://"); scheme != std::string::npos) address.erase(0, scheme + 3);
  if (const std::size_t user = address.find('@'); user < address.find('/')) address.erase(0, user + 1);
  if (const std::size_t colon = address.find(':'); colon < address.find('/')) address[colon] = '/';
  while (address.ends_with('/')) address.pop_back();
  if (address.ends_with(".git")) address.resize(address.size() - 4);
  return address;
}

// Both addresses come from where they were set up: the repository's by ssh mostly, the pull request's by git:// or
// https.
CiRun buildkite(const Reader& get) {
  CiRun run{CiSystem::buildkite, {}, {}, false, get("BUILDKITE_SOURCE") == "schedule"};
  if (const std::string pull = get("BUILDKITE_PULL_REQUEST"); !pull.empty() && pull != "false") {
    add(run.bases, get("BUILDKITE_PULL_REQUEST_BASE_BRANCH"));
    run.foreign = get.has("BUILDKITE_PULL_REQUEST_REPO") &&
                  place_of(get("BUILDKITE_PULL_REQUEST_REPO")) != place_of(get("BUILDKITE_REPO"));
  } else {
    add(run.bases, get("BUILDKITE_MERGE_QUEUE_BASE_COMMIT"));
    add_default_branch(run, get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"), get("BUILDKITE_BRANCH"));
  }
  if (get("BUILDKITE_COMMIT") != "HEAD") add(run.heads, get("BUILDKITE_COMMIT"));
  return run;
}

}  // namespace

Environment environment_of_process() {
  Environment environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return environment;
}

Result<CiRun> ci_run(const Environment& environment) {
  const Reader get(environment);
  if (get("GITHUB_ACTIONS") == "true") return github(get);
  if (get("GITLAB_CI") == "true") return gitlab(get);
  if (get("TF_BUILD") == "True") return azure(get);
  if (get("CIRCLECI") == "true") return circleci(get);
  if (get("BUILDKITE") == "true") return buildkite(get);
  if (get.has("JENKINS_URL")) return jenkins(get);
  return CiRun();
}

const char* name_of(CiSystem system) {
  switch (system) {
    case CiSystem::github: return "GitHub Actions";
    case CiSystem::gitlab: return "GitLab CI";
    case CiSystem::jenkins: return "Jenkins";
    case CiSystem::azure: return "Azure Pipelines";
    case CiSystem::circleci: return "CircleCI";
    case CiSystem::buildkite: return "Buildkite";
    case CiSystem::none: break;
  }
  return "";
}

}  // namespace staunch
