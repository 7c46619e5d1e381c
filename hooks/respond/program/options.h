// Everything that the response's command line can say, as plain data.
#pragma once

#include <string>
#include <vector>

namespace staunch {

enum class Word : unsigned char { verify, revoke, rotate, incident, secrets, respond };

struct RespondOptions {
  Word word = Word::verify;
  std::string action;                // incident: open, list …; secrets: add, status
  std::string target;                // a report, "-", a plan, an id, a name
  std::string folder;                // that a report speaks of
  std::string unseal;                // the private key's file of a sealed report
  std::string seal, seal_to;         // respond: seals the report instead
  std::string policy, rule, format;  // files and words
  std::vector<std::string> parts;    // NAME=VALUE
  std::vector<std::string> issuers, only;
  std::string ca_file, proxy;
  bool ask_canaries = false;
  std::string max_age;                  // verify: how old a verdict of the journal may be
  bool once = false;                    // incident watch
  std::string serve_gitlab, port_file;  // respond: an address
  bool ready = false;                   // tells descriptor 3 when it listens
  bool beside = false;                  // verify: a scan's report as it is written; verdicts go to descriptor 3
  bool live = false, emergency = false, wait = false, sole_responder = false;
  std::string plan, code, store, approval;          // plan: revoke and rotate, the digest that a dry run told
  std::string source = "report";                    // respond: where the findings come from
  std::string title, exposure = "unknown", who;     // incident
  std::vector<std::string> references, ids, hosts;  // incident open: what an advisory names
  std::string list, head;
  std::string stage;                                                     // rotate: status, resume, abort, rollback
  std::string install;                                                   // rotate: systemd, cron, github
  bool if_due = false, take = false, done = false, both_leaked = false;  // rotate
  std::vector<std::string> replace;  // rotate: work trees in which the old value is looked for
  std::string patch;                 // rotate: where the patch goes
};

// Exit codes beside those of the core: 0 nothing live, 1 something is, 2 usage, 3 unknown remains, 4 not approved.
inline constexpr int kDone = 0, kLive = 1, kWrongUse = 2, kUnknown = 3, kNotApproved = 4;

}  // namespace staunch
