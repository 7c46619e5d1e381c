// A rotation as a person writes it down: whose key, where its value is written, who must work with it afterwards.
//
//   name = "billing"
//   provider = "aws"                # minter.h lists them
//   user = "billing"                # whose keys
//   credential = "aws"              # of the policy: who mints; gitlab, self, command and person need none
//   every = "90d"                   # when it is due again
//   watch = "1h"                    # how long the old key must go unused
//   hold = "24h"                    # how long it stays disabled before it is deleted
//   wave = 3                        # consumers at a time, after one that goes first
//   stagger = "1h"                  # between one environment's confirmation and the next one's beginning
//   try = ["/usr/local/bin/may-list"]   # one permission that consumers need; the value is on its standard input
//   [[targets]]
//   store = "prod"                  # of the policy
//   name = "billing/aws"
//   value = '{"id":"{key_id}","secret":"{secret}"}'
//   [deploy]
//   command = ["/usr/local/bin/deploy", "billing"]
//   rollback = ["/usr/local/bin/deploy", "billing", "--previous"]
//   [[consumers]]
//   name = "invoices"
//   deploy = ["/usr/local/bin/restart", "invoices"]
//   probe = ["/usr/local/bin/probe", "invoices"]
//   times = 3
//   timeout = "30s"
//   reconnect = "restart the unit invoices"
//
// With environments, each has its own way to deploy and to go back instead of [deploy], and every target and consumer
// says which one it is of. They go one after the other, as written or as `after` says:
//
//   [[environments]]
//   name = "staging"
//   command = ["…"]                 # or kubernetes = ["NAMESPACE", "deployment/NAME", …]
//   [[environments]]
//   name = "production"
//   after = ["staging"]
//   stagger = "24h"
//
// Of some providers only: server (postgresql HOST:PORT/DATABASE; gitlab and self https://HOST), project (openai), mint
// (command: the program), console and rule (person: where the key is made, and what it is).
//
// A probe passes where it ends with 0. What it writes to descriptor 3 is the id of the key that its consumer works
// with: another one than the new key's does not pass.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"

namespace staunch {

struct RotationTarget {
  std::string store, name, value = "{secret}", environment;
};

struct Consumer {
  std::string name, reconnect, environment, url;
  std::vector<std::string> probe, deploy, rollback;
  std::uint32_t times = 1, status = 200;  // status: of `url`, where that is the probe
  std::int64_t timeout = 60;              // seconds
};

struct Deploy {
  std::vector<std::string> command, rollback, kubernetes;
};

struct Environment {
  std::string name;
  std::vector<std::string> after;
  std::int64_t stagger = -1;  // seconds; negative: the plan's
  Deploy deploy;
};

struct RotationPlan {
  std::string name, provider, user, credential;
  std::string server, project, console, rule;
  std::vector<std::string> mint, tried_by;                                     // key `try`
  std::int64_t every = 0, watch = 3600, hold = 86400, poll = 60, stagger = 0;  // seconds
  std::uint32_t wave = 1;
  bool other_rights = false;  // the new key may have other rights than the old one
  std::vector<RotationTarget> targets;
  Deploy deploy;
  std::vector<Environment> environments;  // in the order in which they go; one without name where the plan has none
  std::vector<Consumer> consumers;
  std::string path, text;
};

// A file under the same rules as a policy. Nothing in it is a secret. Environments that wait for each other are an
// Error.
Result<RotationPlan> read_rotation_plan(const std::string& path);
Result<RotationPlan> parse_rotation_plan(const std::string& text, const std::string& path);

}  // namespace staunch
