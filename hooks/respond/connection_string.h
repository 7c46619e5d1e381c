// What stands around a secret in its connection string: "AccountName=app;AccountKey=…;EndpointSuffix=…".
//
// It was scanned, so it is hostile: it may choose among a provider's own hosts, never name another (fill.h).
#pragma once

#include <string_view>

#include "hooks/respond/fill.h"

namespace staunch {

// Each NAME=VALUE between semicolons beside the secret, by its name in lower case. `lines` are those it stands in.
Values said_beside(std::string_view lines, std::string_view secret);

}  // namespace staunch
