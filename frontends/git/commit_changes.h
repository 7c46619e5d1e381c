// What a commit changed against each of its parents, tree by tree.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "frontends/git/changes.h"
#include "frontends/git/object_store.h"

namespace staunch {

// Files whose content differs from what every parent has at their path. `trees`: the parents'. Errors: a tree that
// cannot be read, named.
Result<std::vector<Changed>> changed_files(const ObjectStore& store, const ObjectId& tree,
                                           const std::vector<ObjectId>& trees);

// The blob at a path of a tree; nothing where there is none.
ObjectId blob_at(const ObjectStore& store, const ObjectId& tree, const std::string& path);

}  // namespace staunch
