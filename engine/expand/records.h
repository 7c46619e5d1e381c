// Files that keep their texts in records: SQLite databases and compiled Python. A token in them may stand directly
// beside another record's letters, or be cut over pages; their Expansions have each text on a line of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/expand/expansion.h"
#include "engine/finding.h"
#include "engine/content.h"

namespace staunch {

// Called with parts of the Expansion; each part ends between two texts and begins a new copy (base 0).
using OnExpansion = std::function<void(Expansion&&)>;

// The texts of all tables of an SQLite 3 database (https://www.sqlite.org/fileformat2.html), each on a line, as
// "name = value" where the name of its column is known; overflow pages are followed. Returns what could not be read:
// "could not be read: " is an Error of `content`, "damaged: " the database's own.
std::vector<Note> expand_sqlite(const Content& content, std::uint64_t size, const std::string& path,
                                const OnExpansion& on_expansion);

// The string constants of a .pyc file (CPython 3.6 to 3.13 marshal data), each on a line. Notes likewise.
std::vector<Note> expand_pyc(const Content& content, std::uint64_t size, const std::string& path,
                             const OnExpansion& on_expansion);

}  // namespace staunch
