// Claims on what is being ended, so that responders on two machines do not end it twice.
//
// Each machine has a journal of its own, so a claim lies in a store that all of them see: the policy's
//
//   [claims]
//   store = "vault"                            # one that can show claims (store.h): vault, secrets-manager
//   name = "staunch/claims/{fingerprint}"      # the hole is the credential; without it they go one after another
//
// It is put before the first call that changes something, by the one who comes first, and taken away when the outcome
// is known. While it is not known the claim stays: nobody else may send what may have been done, and this responder
// takes it up again (a claim names the journal that put it, which one process at a time holds; so it is its own fencing
// number). A claim has no end: where its responder is gone for good a person takes it away, and should that responder
// wake up it finds before its next change that the claim is not its own. The look is the last thing before the call;
// what is sent in the moment between is not fenced, for providers know no claims. Ending what is ended does nothing: it
// is answered as "gone". Enabling is the one call that could undo another's, so the claim is looked at after it, too.
// Vault and Secrets Manager are written by compare-and-swap. Without [claims] somebody has to say that there is no
// other responder: --sole-responder, or 'sole_responder = true' in the policy.
#pragma once

#include <string>

#include "hooks/respond/store.h"

namespace staunch {

// Whether the policy has a place for claims, or says that there is only one responder.
Status check_claims(const Policy& policy);

class Claim {
 public:
  // Before anything is changed; an Error where another responder is at it. Where the policy has no [claims] and there
  // is one responder, it claims nothing.
  static Result<Claim> put(const StoreWorld& world, const std::string& fingerprint);

  // Asked right before each call that changes something: an Error where the claim was taken over, or away.
  Status held();

  // The outcome is known.
  Status release();

 private:
  Claim(std::unique_ptr<Store> store, std::string name, std::string token)
      : store_(std::move(store)), name_(std::move(name)), token_(std::move(token)) {}
  std::unique_ptr<Store> store_;  // null where nothing is claimed
  std::string name_, token_;
};

}  // namespace staunch
