// Hits that no commit leads to: of trees that hang nowhere, and blobs that stand in no tree.
#pragma once

#include <vector>

#include "frontends/git/introductions.h"

namespace staunch {

// Appended to the introductions of `out`; on the way, objects that commits lead to and that are not here are added to
// its `missed`.
void add_unreached(const History& history, const std::vector<HitBlob>& hits, SecretsAt& secrets_at, Attribution& out);

}  // namespace staunch
