// One kind of check: its name, how it judges a secret, and how it completes one for a sample. Only check*.cc use this.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/check.h"

namespace staunch {

struct CheckKind {
  std::string_view name;
  CheckResult (*run)(std::string_view secret, std::uint32_t prefix);
  std::string (*fill)(std::string body, std::uint32_t prefix);  // null: no characters to fill
};

std::span<const CheckKind> checksum_kinds();   // check_checksum.cc
std::span<const CheckKind> azure_kinds();      // check_azure.cc
std::span<const CheckKind> structure_kinds();  // check_structure.cc
std::span<const CheckKind> key_block_kinds();  // check_key_block.cc

// Results with the one line that people read.
CheckResult check_passed(std::string reason);
CheckResult check_failed(std::string reason);

// A fact fit for a report: at most 200 printable ASCII bytes, anything else as '?'.
std::string fact(std::string_view text);

// Adds a fact unless it is empty.
void add_fact(CheckResult& result, const char* name, std::string_view text);

// Armour of a private key with escapes (`\n`), quotes and indentation in it, judged; used for key blocks and for keys
// inside JSON. Defined in check_key_block.cc.
CheckResult check_key_block(std::string_view text);

}  // namespace staunch
