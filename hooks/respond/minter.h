// Those who make keys: what a rotation asks of a provider beyond verifying.
//
// Every call that changes something may be lost; look() is then what decides. AWS: IAM access keys of one user, two at
// most. PostgreSQL: two login roles that take turns.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/fill.h"
#include "hooks/respond/policy.h"

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
};

// What became of a call that changes something.
enum class Fate : std::uint8_t { done, refused, lost };
struct Change {
  Fate fate = Fate::refused;
  std::string why;
};

class Minter {
 public:
  virtual ~Minter() = default;
  virtual std::size_t slots() const = 0;
  virtual std::string host() const = 0;                 // that says whether a key is good
  virtual std::int64_t least_watch() const = 0;         // seconds by which what is told of a key's last use lags
  virtual std::int64_t sessions_live() const = 0;       // seconds that sessions outlive their key
  // The account that our own credential is of, and who it is.
  virtual Result<std::pair<std::string, std::string>> who_are_we() = 0;
  virtual Result<std::vector<KeyFact>> look() = 0;
  virtual Change mint(Minted& minted) = 0;
  virtual Change set_active(const std::string& id, bool active) = 0;
  virtual Change remove(const std::string& id) = 0;  // done where it was not there
  // Whether this pair is good now: its account; an Error says why not ("dead" where it was refused as unknown).
  virtual Result<std::string> try_pair(const std::string& id, const Secret& secret) = 0;
};

// `server` is HOST:PORT/DATABASE; our own credential's "key_id" is a role that may make and alter roles.
Result<std::unique_ptr<Minter>> postgres_minter(const Network& network, Values own, const std::string& server,
                                                const std::string& user);
std::unique_ptr<Minter> aws_minter(const Network& network, Values own_key, const std::string& user);

}  // namespace staunch
