// --cache: the folder, and the generation that its files must be of.
#pragma once

#include <optional>

#include "engine/database.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/git/git_cache.h"

namespace staunch {

// Nothing where none was asked for, and, with a warning, where the folder is not ours alone.
std::optional<GitCache> open_git_cache(const Options& options, const Database& database, const Messages& messages);

}  // namespace staunch
