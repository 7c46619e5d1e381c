// Those who make keys: what a rotation asks of a provider beyond verifying.
//
// Every call that changes something may be lost; look() is then what decides.
//
//   aws          IAM access keys of one user, two at most
//   postgresql   two login roles that take turns
//   gitlab       a token that rotates itself: the old one dies at once, and what was lost is never asked for again
//   openai       service accounts of a project, or the organisation's admin keys where the plan names no project
//   self         the self-rotation contract: an agent's key and rotation secret, both new and both old at once
//   command      a program of the plan (minter_command.cc says how it is called)
//   person       somebody makes the key where there is no API, and types it in
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/fill.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/rotation_plan.h"
#include "rules/provider.h"

namespace staunch {

struct KeyFact {
  std::string id;
  bool active = false;
  std::string created;    // RFC 3339
  std::string last_used;  // RFC 3339; empty: never, as far as the provider tells
};

struct Minted {
  std::string id;
  Secret secret;
  Values more;  // what else belongs to the key: "rotation_secret"
};

// What became of a call that changes something. later: nothing was changed; it may be asked again after `wait` seconds,
// or, where that is 0, when a person has done what `why` says.
enum class Fate : std::uint8_t { done, refused, lost, later };
struct Change {
  Fate fate = Fate::refused;
  std::string why;
  std::int64_t wait = 0;
};

class Minter {
 public:
  explicit Minter(Rotate facts) : facts_(std::move(facts)) {}
  virtual ~Minter() = default;
  const Rotate& facts() const { return facts_; }
  bool can_disable() const { return facts_.no_disable.why.empty(); }  // a disable that can be undone
  bool kills_old() const { return facts_.kills_old; }

  virtual std::string host() const = 0;  // that says whether a key is good
  // The account that our own credential is of, and who it is.
  virtual Result<std::pair<std::string, std::string>> who_are_we() = 0;
  virtual Result<std::vector<KeyFact>> look() = 0;
  virtual Change mint(Minted& minted) = 0;
  virtual Change set_active(const std::string& id, bool active) = 0;  // inactive: done where it was not there
  virtual Change remove(const std::string& id) = 0;                   // done where it was not there
  // Whether this pair is good now: its account; an Error says why not ("dead" where it was refused as unknown).
  virtual Result<std::string> try_pair(const std::string& id, const Secret& secret) = 0;

  virtual bool can_ask() const { return true; }                       // try_pair() can tell anything
  virtual std::vector<std::string> more_parts() const { return {}; }  // of a key, beside its secret
  // The id of the key with this secret, for stores that hold no id.
  virtual Result<std::string> id_of(const Secret&) { return Error{"which key this is cannot be told", ""}; }
  // What the key may do, in words that are equal for equal rights; empty where that follows from whose key it is.
  virtual Result<std::string> rights_of(const std::string&, const Secret&) { return std::string(); }
  // What a person does where the program cannot go on by itself.
  virtual std::string steps() const { return "make a new key by hand"; }

 private:
  Rotate facts_;
};

// What is known of the keys of a plan's provider before anybody is asked: its file's [rotate], or, where the keys are
// not a provider's (postgresql, self, command, person), what this program does itself.
Result<Rotate> rotate_facts(const std::string& provider);

// Asks a person for a part of a key ("secret", "rotation_secret"); empty where nobody is there to say it.
using Ask = std::function<Secret(const std::string& part)>;

struct MinterNeeds {
  const Policy& policy;
  const RotationPlan& plan;
  Values own;         // our own credential; empty where the plan names none
  Values old;         // "secret" and more of the key that is rotated; what is not known is not there
  std::string token;  // the rotation's id, for names that must not be taken for another's
  Ask ask;
  bool old_was_live = false;  // the old value said live before in this rotation
  Rotate facts = {};          // make_minter() fills them in
};

// A key that makes its own successor: the old one dies at once, so there is nothing to list, disable or delete.
class SuccessorMinter : public Minter {
 public:
  SuccessorMinter(MinterNeeds needs, std::string host)
      : Minter(needs.facts), needs_(std::move(needs)), host_(std::move(host)) {}
  std::string host() const override { return host_; }
  Result<std::vector<KeyFact>> look() override { return std::vector<KeyFact>(); }
  Change set_active(const std::string&, bool) override { return {Fate::refused, "there is no disable"}; }
  Change remove(const std::string&) override { return {Fate::done, "it died when the new one was made"}; }

 protected:
  MinterNeeds needs_;
  std::string host_;
};

Result<std::unique_ptr<Minter>> make_minter(MinterNeeds needs);
bool can_mint(const std::string& provider);

// The plan's server is HOST:PORT/DATABASE; our own credential's "key_id" is a role that may make and alter roles.
Result<std::unique_ptr<Minter>> postgres_minter(MinterNeeds needs);
Result<std::unique_ptr<Minter>> aws_minter(MinterNeeds needs);
Result<std::unique_ptr<Minter>> gitlab_minter(MinterNeeds needs);
Result<std::unique_ptr<Minter>> openai_minter(MinterNeeds needs);
Result<std::unique_ptr<Minter>> self_minter(MinterNeeds needs);
Result<std::unique_ptr<Minter>> command_minter(MinterNeeds needs);
Result<std::unique_ptr<Minter>> person_minter(MinterNeeds needs);

}  // namespace staunch
