// Places where secrets are kept, and how a new version gets there without an outage.
//
// stage() writes a version that no reader sees yet, read() reads it back, promote() is the one move that makes readers
// see it, drop() takes a staged one away, and demote() gives readers the version before. Each is idempotent: a step
// that was taken may be taken again. Nothing is ever written over a value in use, and where the store changed under us
// since the version was noted the step fails and nothing is lost.
//
//   dotenv            NAME in a file of NAME=VALUE lines. Staging keeps the value under NAME__NEXT; other lines stay
//                     as they are, byte by byte. The file is replaced whole.
//   vault             a field of a KV v2 secret, "PATH#FIELD". What is staged lies in a sibling, PATH__next; promoting
//                     is one write with check-and-set.
//   secrets-manager   AWSPENDING and AWSCURRENT of a secret; the request token is the rotation's.
//   local             sealed values of this machine's journal.
//   command           a program of the policy's: WORDS… read NAME current|pending|previous, stage NAME TOKEN,
//                     promote NAME TOKEN, drop NAME TOKEN, demote NAME TOKEN, create NAME. Values go to it on standard
//                     input and come back on descriptor 3; it ends with 0 where all was done.
#pragma once

#include <memory>
#include <string>

#include "engine/result.h"
#include "engine/secret.h"
#include "hooks/respond/fill.h"
#include "hooks/respond/journal.h"
#include "hooks/respond/policy.h"

namespace staunch {

struct StoreValue {
  Secret value;
  std::string version;     // the store's own word for it
  std::int64_t since = 0;  // seconds since 1970; 0 where it is not told
};

enum class Stage : std::uint8_t { current, pending, previous };

class Store {
 public:
  virtual ~Store() = default;
  // `name` is the store's own name for the secret, `token` names the rotation (32 to 64 letters, digits and dashes).
  virtual Result<StoreValue> read(const std::string& name, Stage stage) = 0;
  virtual Status stage(const std::string& name, const Secret& value, const std::string& token) = 0;
  virtual Status promote(const std::string& name, const std::string& token) = 0;
  virtual Status drop(const std::string& name, const std::string& token) = 0;    // what is staged
  virtual Status demote(const std::string& name, const std::string& token) = 0;  // back to the version before
  virtual Status create(const std::string& name, const Secret& value) = 0;       // of a secret that is not there yet

  // Whether other responders can see here that a rotation is under way. claim() fails where another one is, and may be
  // repeated; held() is asked before each change, for somebody may have taken the claim away from one who was thought
  // dead; release() ends it, and takes what is left of the staged version away.
  virtual bool can_claim() const { return false; }
  virtual Status make_place(const std::string&) { return Done{}; }  // for a name that only claims use
  virtual Status claim(const std::string&, const std::string&) { return Done{}; }
  virtual Status held(const std::string&, const std::string&) { return Done{}; }  // an Error where it is no longer ours
  virtual Status release(const std::string&, const std::string&) { return Done{}; }
};

// Everything that a store may need; outlives it.
struct StoreWorld {
  const Policy& policy;
  Journal* journal = nullptr;  // null where none is open
};

// Whose claim it is now that was ours.
Error taken(const std::string& holder, const std::string& name);

Result<std::unique_ptr<Store>> open_store(const StoreWorld& world, const std::string& name);

std::unique_ptr<Store> dotenv_store(const std::string& file);
std::unique_ptr<Store> local_store(Journal& journal);
Result<std::unique_ptr<Store>> command_store(const StoreSettings& settings);
Result<std::unique_ptr<Store>> vault_store(const StoreWorld& world, const StoreSettings& settings);
Result<std::unique_ptr<Store>> secrets_manager_store(const StoreWorld& world, const StoreSettings& settings);

// The value of a reference. What it stands for is never shown; an Error names the reference.
Result<Secret> resolve(const StoreWorld& world, const Reference& reference);
std::string describe(const Reference& reference);

// All parts of a credential of the policy: "secret", "key_id" …
Result<Values> credential(const StoreWorld& world, const std::string& name);

}  // namespace staunch
