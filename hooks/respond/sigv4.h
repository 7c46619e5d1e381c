// AWS Signature Version 4: how a request proves that its sender holds a secret access key.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html; the tests hold
// AWS's published vectors. Services whose paths are encoded once (S3) are not served.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hooks/respond/http.h"

namespace staunch {

struct AwsKey {
  std::string_view id;
  std::string_view secret;
  std::string_view session_token;  // empty for a long-term key
};

// The region and service that stand in the host's name: "sts.eu-west-1.amazonaws.com"; "us-east-1" where it names none.
std::string region_of_host(std::string_view host);

// Adds Host, X-Amz-Date, X-Amz-Security-Token and Authorization. All headers of the request are signed. `now` in
// seconds since 1970.
void sign_v4(HttpRequest& request, const AwsKey& key, std::string_view region, std::string_view service,
             std::int64_t now);

}  // namespace staunch
