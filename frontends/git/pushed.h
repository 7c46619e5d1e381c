// What a push brings, or a branch beside another: all that some ids lead to and others do not.
//
// Mostly commits; but a ref may also lead to a tag, whose message is read here, or to a tree or a blob without any
// commit, which is read whole.
#pragma once

#include <vector>

#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/git/changes.h"
#include "frontends/git/object_store.h"
#include "frontends/git/repository.h"
#include "frontends/git/scopes.h"

namespace staunch {

// The commits; those of `pushed` that are not here are passed over. Errors: git cannot list them in the scope's time.
Result<std::vector<ObjectId>> commits_of_push(const Repository& repository, const ObjectStore& store,
                                              const Scope& scope);

// The rest: tags, trees, blobs, and (as what could not be read) ids of `wanted` that are not here.
void scan_pushed_objects(const ObjectStore& store, Scanner& scanner, const Pushed& pushed, const ChangeOptions& options,
                         Sink& sink, Totals& totals, const Progress& progress);

}  // namespace staunch
