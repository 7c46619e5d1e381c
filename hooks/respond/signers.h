// How a request shows that its sender holds a key, where the key itself is not sent: one signer a scheme.
//
// A template names its signer: `sign = "NAME"` or "NAME:ARGUMENT". A signer takes the values that it names (and
// "session_token" where there is one), and adds headers to the filled request, or fields to its form. It reads nothing
// else, sends nothing, and goes nowhere: the host is the template's. What it cannot sign with (half a key, a key of
// another kind) is an Error, so that nothing is sent. Each has its source in its file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/fill.h"
#include "hooks/respond/http.h"

namespace staunch {

struct Signing {
  HttpRequest& request;
  const Values& values;
  std::string_view argument;
  std::int64_t now;                                    // seconds since 1970
  std::string_view text(std::string_view name) const;  // empty where there is no such value
};

struct Signer {
  std::string_view name;
  std::vector<std::string_view> holes;  // values that must be there
  Status (*sign)(const Signing& signing);
  // A made-up secret, where a rule's format makes none that could sign; empty where there is none.
  std::string (*invent)() = nullptr;
};

// The signer that a template's `sign` names; null where there is none.
const Signer* find_signer(std::string_view sign);

// Signs as `sign` says.
Status sign_request(std::string_view sign, HttpRequest& request, const Values& values, std::int64_t now);

Status sign_aws(const Signing& signing);      // "aws:SERVICE" with key_id, secret: sigv4.h
Status sign_alibaba(const Signing& signing);  // "alibaba" with key_id, secret
Status sign_azure_storage(
    const Signing& signing);                       // "azure-storage" with secret; the account is the host's first label
Status sign_azure_cosmos(const Signing& signing);  // "azure-cosmos:RESOURCE TYPE" with secret
Status sign_azure_sas(const Signing& signing);     // "azure-sas" with policy, secret; for the whole host
Status sign_google(const Signing& signing);        // "google:SCOPE" with secret, a service account's key file
std::string invent_google();
Status sign_digest(const Signing& signing);  // "digest" with user, secret; libcurl answers the challenge (RFC 7616)

}  // namespace staunch
