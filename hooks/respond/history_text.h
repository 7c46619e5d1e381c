// One text of a git repository's history: a blob, or a file or message of a commit. Read with the readers of the git
// frontend: nothing of the repository's configuration takes effect, and git is not started.
#pragma once

#include <string>

#include "engine/result.h"

namespace staunch {

// `blob` (hex) where it is known, else what `path` was in `commit` (hex). The path "(commit message)" is the commit's
// message. An Error says what is missing.
Result<std::string> history_text(const std::string& repository, const std::string& commit, const std::string& path,
                                 const std::string& blob);

}  // namespace staunch
