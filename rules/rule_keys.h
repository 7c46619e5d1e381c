// The keys of a rule and of an allowlist, the same for provider files and configurations.
#pragma once

#include <string_view>

#include "rules/key_table.h"
#include "rules/rule.h"

namespace staunch {

// Each returns whether the object is fit to be kept; what is wrong is in `reading`. A rule without regex and path is
// fit only in a configuration, where it may extend another.
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Rule& out);
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Allowlist& out);

// Reports a table that has both the old `[allowlist]` and the new `[[allowlists]]`.
void report_two_allowlists(Reading& reading, const TomlTable& table);

// Whether the table has the key, and not as an empty string. A value of a wrong type counts as there: it has been
// reported already.
bool states(const Reading& reading, const TomlValue& table, std::string_view key);

// An id stands in every finding and in most messages.
inline constexpr std::size_t kMaxIdBytes = 200;

// Reports an id that is too long, or that a provider file should not have: reports and ignore files can hold a-z, 0-9
// and "-._" without any quoting.
void report_odd_id(Reading& reading, const TomlEntry& entry);

}  // namespace staunch
