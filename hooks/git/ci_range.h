// What a run of continuous integration is about, told by its environment: which commits are new, and whether they come
// from people who may not decide about themselves.
//
// Sources: GitHub "Variables reference" and "Webhook events and payloads" (push, pull_request, merge_group); GitLab
// "Predefined CI/CD variables"; Jenkins Git and Branch API plugins ("Global Variable Reference"); Azure Pipelines
// "Use predefined variables"; CircleCI "Built-in environment variables"; Buildkite "Environment variables".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/result.h"

namespace staunch {

enum class CiSystem { none, github, gitlab, jenkins, azure, circleci, buildkite };

struct CiRun {
  CiSystem system = CiSystem::none;
  // Ids, or names of branches; the first that is here counts. No base: all that the head leads to is new.
  std::vector<std::string> bases, heads;
  bool foreign = false;     // a fork's: its configuration and its tags decide nothing
  bool everything = false;  // it is about no change (a schedule)
};

using Environment = std::map<std::string, std::string>;

Environment environment_of_process();

// Errors: the event that GitHub describes in a file cannot be read.
Result<CiRun> ci_run(const Environment& environment);

const char* name_of(CiSystem system);

}  // namespace staunch
