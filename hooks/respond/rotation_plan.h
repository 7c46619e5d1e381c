// A rotation as a person writes it down: whose key, where its value is written, who must work with it afterwards.
//
//   name = "billing"
//   provider = "aws"                # or postgresql, with server = "db.example:5432/app"
//   user = "billing"                # whose keys
//   credential = "aws"              # of the policy: who mints
//   every = "90d"                   # when it is due again
//   watch = "1h"                    # how long the old key must go unused
//   hold = "24h"                    # how long it stays disabled before it is deleted
//   [[targets]]
//   store = "prod"                  # of the policy
//   name = "billing/aws"
//   value = '{"id":"{key_id}","secret":"{secret}"}'
//   [deploy]
//   command = ["/usr/local/bin/deploy", "billing"]
//   rollback = ["/usr/local/bin/deploy", "billing", "--previous"]
//   [[consumers]]
//   name = "invoices"
//   probe = ["/usr/local/bin/probe", "invoices"]
//   times = 3
//   reconnect = "restart the unit invoices"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"

namespace staunch {

struct RotationTarget {
  std::string store, name, value = "{secret}";
};

struct Consumer {
  std::string name, reconnect;
  std::vector<std::string> probe;  // passes where it exits with 0
  std::uint32_t times = 1;
};

struct Deploy {
  std::vector<std::string> command, rollback;
};

struct RotationPlan {
  std::string name, provider, user, credential;
  std::string server;  // postgresql: HOST:PORT/DATABASE
  std::int64_t every = 0, watch = 3600, hold = 86400, poll = 60;  // seconds
  std::vector<RotationTarget> targets;
  Deploy deploy;
  std::vector<Consumer> consumers;
  std::string path, text;
};

// A file under the same rules as a policy. Nothing in it is a secret.
Result<RotationPlan> read_rotation_plan(const std::string& path);
Result<RotationPlan> parse_rotation_plan(const std::string& text, const std::string& path);

}  // namespace staunch
