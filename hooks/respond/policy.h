// The policy: what the response may do, as whom, and where it keeps its books. A TOML file named by flag.
//
//   journal = "/var/lib/staunch/journal"      # folder of the journal, its key and the audit
//   kill_switch = "/etc/staunch/stop"         # while this file exists, or cannot be looked for, nothing is changed
//   live_actions_per_day = 10
//   quiet_hours = "22:00-06:00"               # UTC; routine work waits
//   unused_days = 90                          # after which an older key may be freed at a slot limit
//   live = ["github", "aws"]                  # providers whose entries may be done live
//   [own_accounts]
//   aws = ["123456789012"]
//   [credentials.aws]                         # what we ask as
//   secret = { file = "/etc/staunch/aws-secret" }
//   key_id = { env = "STAUNCH_AWS_KEY_ID" }
//   [stores.vault]
//   kind = "vault"
//   ...
//   approval_keys = ["<64 hex digits>"]       # Ed25519 keys that sign approvals (approval.h)
//   [[respond]]                               # what findings lead to; the first that fits one counts (trigger.h)
//   providers = ["slack"]
//   do = ["incident", "revoke", "notify"]
//   notify = ["security"]
//   [notify.security]                         # a role
//   webhook = { file = "/etc/staunch/hook" }
//   [audit]                                   # where its head is told (audit_head.h)
//   syslog = true
//   webhook = { file = "/etc/staunch/audit-hook" }
//   [claims]                                  # where another responder sees what is being ended (claims.h)
//   store = "vault"
//   name = "staunch/claims/{fingerprint}"
//   [end_users]                               # whose keys are theirs to end: they are reminded, and nothing else
//   accounts = ["T9"]                         # and rules, fingerprints
//   [canaries]                                # made to be found, beside the known ones (canary.h)
//   accounts = ["210987654321"]
//   hosts = ["db7.example.com"]
//   fingerprints = ["sf1:…"]
//   [hosts]                                   # of one's own, that a provider's credentials may be sent to
//   vault = ["vault.example.com:8200"]
//   [network]
//   ca_file = "/etc/ssl/private-ca.pem"
//   [test_endpoints]
//   "api.github.com" = "127.0.0.1:8443"
//
// It is obeyed only where nobody but its owner can have written it and the owner is the caller or root, and where it
// does not lie in what was scanned. Unknown keys are errors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/canary.h"
#include "hooks/respond/http.h"

namespace staunch {

// Where a value is: exactly one of these.
struct Reference {
  std::string env, file, store, name, key;  // store: name and key in it
  std::vector<std::string> command;
  std::string until;  // of one that is not required: the date (YYYY-MM-DD) from which it must be gone
  bool required = true;
};

struct StoreSettings {
  std::string name, kind;  // dotenv, vault, secrets-manager, local, command
  std::string address;     // vault: https://HOST; its host is the policy's word
  std::string mount = "secret", path, region, file, vault_namespace;
  std::string credential;            // name of the policy's credential
  std::vector<std::string> command;  // command: the program and its first words
};

// What a finding leads to. Lists that are empty fit everything.
struct Response {
  std::vector<std::string> providers, rules;
  std::vector<std::string> sources;  // empty: dir and git, and of all others at most an incident
  std::vector<std::string> deeds;    // key `do`: verify, incident, hand-over, disable, revoke, rotate, notify
  std::vector<std::string> plans;    // of rotate: files; the one whose stores hold the leaked key is taken
  std::vector<std::string> roles;    // key `notify`
  std::string when = "live";         // or unknown (live or not known to be dead), any (nothing is asked)
  std::string exposure = "unknown";  // public, internal
  std::string revoker, credential;   // of hand-over: https://HOST of a revoker that speaks GitLab's contract
  std::string title, approval;       // approval: a file that says yes to what cannot be undone
};

// Who is told, and how: by a webhook, or by a program that takes the message on standard input (sendmail -t).
struct Role {
  std::string name, to;
  Reference webhook;  // where its URL is
  std::vector<std::string> command;
};

// Where the audit's head is told (audit_head.h).
struct AuditSettings {
  bool syslog = false;
  Reference webhook;  // where its URL is
};

// Where a claim on what is being ended is put (claims.h); no store: nowhere.
struct ClaimSettings {
  std::string store, name;
};

// Keys that are not ours to end: never revoked or rotated, their owners get a reminder.
struct EndUsers {
  std::vector<std::string> accounts, rules, fingerprints;
};

using References = std::map<std::string, Reference>;  // part -> where its value is

struct Policy {
  std::string path;
  std::string journal, kill_switch, quiet_hours;
  std::int64_t live_actions_per_day = 10;
  std::int64_t unused_days = 90;
  std::int64_t recheck_ms = 2000;  // between questions whether a secret is dead
  bool sole_responder = false;
  bool delete_orphans = false;  // keys whose secret was lost with the answer of their mint
  std::vector<std::string> live;
  std::map<std::string, std::vector<std::string>> own_accounts;
  std::map<std::string, References> credentials;
  std::vector<StoreSettings> stores;
  std::vector<std::string> approval_keys;
  std::vector<Response> responses;
  std::vector<Role> roles;
  AuditSettings audit;
  ClaimSettings claims;
  Canaries canaries;
  EndUsers end_users;
  Hosts hosts;  // of one's own, that a provider's credentials may be sent to
  Network network;
};

// `scanned` are the targets of the report that is acted on.
Result<Policy> read_policy(const std::string& path, const std::vector<std::string>& scanned);

// Of a file that says what is done: owned by the caller or root, a regular file, not writable by others.
Status check_trusted_file(const std::string& path);

// Whether a key is an end user's, by what is known of it; what is not known is empty.
bool is_end_users(const Policy& policy, const std::string& rule, const std::string& fingerprint,
                  const std::string& account);

// Nothing, or why no change may be made now: the kill switch is there or cannot be looked for.
Status check_kill_switch(const Policy& policy);

// Whether routine work waits at this time (seconds since 1970).
bool in_quiet_hours(const std::string& hours, std::int64_t now);

}  // namespace staunch
