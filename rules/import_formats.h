// The readers behind import.h, one a format.
#pragma once

#include <string>
#include <string_view>

#include "rules/import.h"
#include "rules/key_table.h"
#include "rules/toml.h"

namespace staunch {

// Of messages: every one of a large rule file, within what memory bears.
inline constexpr std::size_t kMaxImportMessages = 100'000;

// An id for a rule from its name: small letters, digits, one dash for anything else.
std::string id_of_name(std::string_view name);

void import_scanner_rules(const TomlValue& document, Reading& reading, Imported& out);  // noseyparker and kingfisher
void import_custom_patterns(const TomlValue& document, Reading& reading, Imported& out);
TomlValue csv_as_tree(std::string_view text, Reading& reading);  // a list of tables by the words of the head
void import_hashes(const TomlValue& document, Reading& reading, Imported& out);  // a detect-secrets baseline

}  // namespace staunch
