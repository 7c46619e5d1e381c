// A commit as reports name it, and the parts of it in which people write.
#pragma once

#include <string>

#include "engine/finding.h"
#include "frontends/git/parse.h"

namespace staunch {

// RFC 3339, in UTC, so that dates order as texts do; empty for 0.
std::string date_of(const Signature& signature);

// Id, author, dates and message; the rest is the caller's.
Commit commit_of(const ObjectId& id, const CommitText& text);

// What is scanned of a commit: its message, so that lines count from the message's first, then who wrote it. Signatures
// and ids are left out.
std::string written_text(const CommitText& text);
std::string written_text(const TagText& text);

}  // namespace staunch
