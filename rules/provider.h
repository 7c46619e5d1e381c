// Who issues credentials, and how one is verified, revoked and rotated, as plain data.
//
// This is the second half of a provider file (`[provider]`, `[verify]`, `[revoke]`, `[rotate]`); the rules are the
// first. The engine never reads it, the response does. A configuration that was found in a scanned target can never set
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/rule.h"

namespace staunch {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// An HTTP request with `{secret}` and `{name}` holes. What a name stands for is said by `parts`.
struct Request {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string json;   // body, sent as application/json; empty for none
  std::string form;   // body, sent as application/x-www-form-urlencoded; empty for none
  std::string basic;  // "user:password" for HTTP Basic; empty for none
  std::string sign;   // who signs it: "aws:sts", "google:SCOPE" …; empty for nobody
};

// What a request for several secrets at once has in its JSON.
inline constexpr std::string_view kListOfSecrets = R"(["{secret}"])";

// One way to recognise an answer: a status code and, where it is not enough, a substring of the body, or a member of a
// JSON body by its pointer (RFC 6901) and its value as text.
struct Answer {
  std::uint32_t status = 0;
  std::string body_contains;
  std::string at;
  std::string is;
};

// How an answer's body is read before it counts.
enum class BodyKind : std::uint8_t { json, xml, text };

// Who has tried an entry: a real service, a double that holds the documented contract, nobody.
enum class Tried : std::uint8_t { none, double_, real };

struct Verify {
  std::vector<std::string> rules;
  Request request;
  std::vector<Answer> live;
  std::vector<Answer> dead;        // everything else is unknown
  std::vector<Answer> restricted;  // the credential is good, and not for this
  // What a hole stands for: "field:SEPARATOR:INDEX" of the secret (negative from its end), "derived:NAME" of the
  // finding (of a URL its host), "near:RULE" another finding beside it, "string:NAME" what its connection string says
  // (of a URL its host; "string:NAME:DEFAULT" where it may say nothing), "ask" the user alone, "host" the user or the
  // policy's [hosts], "host:NAME" these or else NAME.
  Pairs parts;
  // What the answer says: "account" -> a JSON pointer, "header:NAME" or "xml:TAG"; "derived:NAME" is the finding's own.
  Pairs tells;
  std::vector<std::string> hosts;  // that a host with a hole in it may be: suffixes (".example.com") and whole names
  BodyKind body = BodyKind::json;
  std::string elsewhere;    // where else such a credential may be good: then "dead" is only "not live here"
  bool named = false;       // several issuers share the format: asked only where context or user names this one
  bool no_control = false;  // a made-up credential cannot be told from a dead one here, or must not be sent
  Tried tested = Tried::none;
  std::string source;  // the documentation of the probe
  Place place = {};
};

// Finds the one object of an account that a secret belongs to. Lists are matched by a hint that shows some of the
// secret's characters around dots or asterisks.
struct Locate {
  Request request;
  std::string list;  // JSON pointer to the list; empty: the answer is the object, read by `take`
  std::string hint;  // JSON pointer in an element
  Pairs take;        // hole -> JSON pointer in the element, or "xml:TAG"
};

// Why there is no disable that could be undone, and the documentation that shows it. Said before a key is ended, for a
// responder expects the hold that other providers have. Empty where there is a disable, or where nothing is known.
struct Lack {
  std::string why, source;
};

// How long a provider may go on taking what it ended, in seconds, and who says so. Until then a dead answer may come
// from the one of its machines that knows already.
struct Settle {
  std::uint32_t seconds = 0;  // 0: nothing is known
  std::string source;
};

struct Revoke {
  std::vector<std::string> rules;  // empty: all rules of the provider
  std::string kind;                // key `class`: public, self, admin, app, console
  Request request;
  std::vector<Answer> done;
  bool asynchronous = false;  // the answer comes before the end
  bool irreversible = false;
  std::uint32_t batch = 1;  // secrets that one call takes, where its JSON has the list ["{secret}"]
  std::string rate;         // calls that are taken: "60/h"
  std::string collateral;   // what else dies
  std::string instruction;  // for class console: what a person does
  std::string credential;   // name of the policy's credential that asks, for the classes admin and app
  Pairs parts;
  std::vector<std::string> hosts;
  std::vector<Locate> locate;    // steps, one after another
  std::vector<Request> disable;  // at most one: the reversible step before the last
  std::vector<Request> enable;   // and the way back
  std::vector<Answer> gone;      // answers that say that it was dead already
  Lack no_disable;
  Settle settle;
  bool live = false;  // may be done live; else only planned
  Tried tested = Tried::none;
  Place place = {};
};

// What a rotation must know of keys before it asks anybody anything. Times in seconds.
struct Rotate {
  std::uint32_t slots = 0;          // keys that a holder can have at once; 0: more than a rotation needs
  std::uint32_t last_used_lag = 0;  // by which what is told of a key's last use may be late or coarse
  std::uint32_t sessions = 0;       // that sessions made with a key outlive it
  bool kills_old = false;  // making a new key ends the old one: never asked for twice, and there is no way back
  Lack no_disable;
  std::string source;
};

struct Provider {
  std::string id;
  std::string name;
  std::string console;  // where a person manages the credentials
  std::vector<Verify> verify;
  std::vector<Revoke> revoke;
  Rotate rotate;
  Place place = {};
};

}  // namespace staunch
