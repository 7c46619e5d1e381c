// The names of a table's columns, from the statement that made it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

struct SqliteTable {
  std::uint64_t root = 0;            // page
  std::vector<std::string> columns;  // as they stand in its records; empty where that is not known
};

// The columns that a record of the table made by `sql` holds, in their order. Lenient: whatever is not understood ends
// the list. Columns that are computed when they are read are not in the record.
std::vector<std::string> columns_of(std::string_view sql);

}  // namespace staunch
