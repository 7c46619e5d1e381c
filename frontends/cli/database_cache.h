// Compiled rules of configurations, kept between runs in a folder that is the user's alone.
//
// $XDG_CACHE_HOME/staunch or ~/.cache/staunch, made with mode 0700; one that belongs to somebody else, is a link, or
// that others may write to is not used. A file is named by a hash of program, processor and rules and holds the rules
// themselves, which are compared byte for byte: a hash that somebody forged gains nothing. Files are written under
// another name and renamed. A file that is damaged, or anything else that goes wrong here, only means compiling anew.
#pragma once

#include <memory>
#include <vector>

#include "engine/database.h"
#include "rules/catalogue.h"
#include "rules/diagnostic.h"

namespace staunch {

// What is kept at most; the oldest files beyond it are removed when one is written.
inline constexpr std::size_t kMaxCachedDatabases = 32;
inline constexpr std::size_t kMaxCachedBytes = 256u << 20;  // of one file

// As Database::compile. Rules that brought diagnostics are not kept, so that these are told in each run.
Result<std::shared_ptr<const Database>> compile_cached(Catalogue catalogue, std::vector<Diagnostic>& diagnostics,
                                                       bool use_cache);

}  // namespace staunch
