// Approvals: a file in which a person says yes, beforehand, to what cannot be undone.
//
//   {"approves":"<digest>","until":"2026-12-31T00:00:00Z","by":"the head of security"}
//
// with its Ed25519 signature (64 raw bytes) beside it in FILE.sig, by a key that the policy lists in `approval_keys`:
//
//   openssl genpkey -algorithm ed25519 -out approver.pem
//   openssl pkey -in approver.pem -pubout -outform DER | tail -c 32 | xxd -p -c 32          # for the policy
//   openssl pkeyutl -sign -rawin -inkey approver.pem -in FILE -out FILE.sig
//
// The digest is a plan's, or that of a [[respond]] entry of the policy: then it holds for all that the entry does until
// the entry is changed or the approval ends.
#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"
#include "hooks/respond/policy.h"

namespace staunch {

std::string response_digest(const Response& response);  // 64 hex digits

// Who approved; an Error where nobody did.
Result<std::string> check_approval(const Policy& policy, const std::string& file, const std::string& digest,
                                   std::int64_t now);

}  // namespace staunch
