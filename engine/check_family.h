// One kind of check: its name, how it judges a secret, and how it completes one for a sample. Only check*.cc use this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
std::span<const CheckKind> part_kinds();       // check_parts.cc

// Results with the one line that people read.
CheckResult check_passed(std::string reason);
CheckResult check_failed(std::string reason);

// A fact fit for a report: at most 200 printable ASCII bytes, anything else as '?'.
std::string fact(std::string_view text);

// Adds a fact unless it is empty.
void add_fact(CheckResult& result, const char* name, std::string_view text);

// What the facts are made of (check_facts.cc).
using Fields = std::map<std::string, std::string>;
std::string_view field(const Fields& fields, const char* name);
bool consists_of(std::string_view text, std::string_view characters);  // and is not empty
inline constexpr std::string_view kDigits = "0123456789";

// "2026-11-21T07:36:23Z" for seconds since 1970, as a JSON number; empty for what is not a date of our times.
std::string date_of(std::string_view number);

// The moment `seconds` (digits) after `stamp` ("20260101T120000Z"); empty where either is not what it should be.
std::string later(std::string_view stamp, std::string_view seconds);

// Base64 of either alphabet that holds a JSON object.
std::optional<Fields> decode_json(std::string_view base64);

// The value of a query parameter in a URL, or in a query that stands alone, as written.
std::string_view parameter(std::string_view url, std::string_view name);

// Armour of a private key with escapes (`\n`), quotes and indentation in it, judged; used for key blocks and for keys
// inside JSON. Defined in check_key_block.cc.
CheckResult check_key_block(std::string_view text);

}  // namespace staunch
