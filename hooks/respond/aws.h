// Calls to AWS that the response makes itself: Query (IAM, STS) and JSON 1.1 (Secrets Manager), signed.
//
// Sources: the service models of botocore; AWS's API references.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/fill.h"
#include "hooks/respond/http.h"

namespace staunch {

using Fields = std::vector<std::pair<std::string, std::string>>;

// `key` has "key_id", "secret" and perhaps "session_token".
HttpAnswer aws_query(const Network& network, const Values& key, const std::string& service, const Fields& fields,
                     bool changes);
HttpAnswer aws_json(const Network& network, const Values& key, const std::string& service, const std::string& region,
                    const std::string& target, const std::string& body, bool changes);

// The error's code of either protocol: "NoSuchEntity", "ResourceNotFoundException"; empty where there is none.
std::string aws_error(const HttpAnswer& answer);

}  // namespace staunch
