// Who issues credentials, and how one is verified and revoked, as plain data.
//
// This is the second half of a provider file (`[provider]`, `[verify]`, `[revoke]`); the rules are the first. The
// engine never reads it, the response does. A configuration that was found in a scanned target can never set it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rules/rule.h"

namespace staunch {

// An HTTP request with `{secret}` and `{name}` holes.
struct Request {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string json;  // body, sent as application/json; empty for none
  std::string form;  // body, sent as application/x-www-form-urlencoded; empty for none
};

// One way to recognise an answer: a status code and, where it is not enough, a substring of the body.
struct Answer {
  std::uint32_t status = 0;
  std::string body_contains;
};

struct Verify {
  std::vector<std::string> rules;
  Request request;
  std::vector<Answer> live;
  std::vector<Answer> dead;  // everything else is unknown
  Place place = {};
};

struct Revoke {
  std::vector<std::string> rules;  // empty: all rules of the provider
  std::string kind;                // key `class`: public, self, admin, app, console
  Request request;
  std::vector<Answer> done;
  bool asynchronous = false;
  bool irreversible = false;
  std::uint32_t batch = 1;
  std::string rate;         // "60/h"
  std::string collateral;   // what else dies
  std::string instruction;  // for class console: what a person does
  Place place = {};
};

struct Provider {
  std::string id;
  std::string name;
  std::string console;  // where a person manages the credentials
  std::vector<Verify> verify;
  std::vector<Revoke> revoke;
  Place place = {};
};

}  // namespace staunch
