// Credentials that look real and are not, made from a rule's `format` while tests run.
//
// No string in the repository looks like a live credential: tests, `rules test` and the benches generate theirs here,
// deterministically from a seed. In a `template`, `{hex:32}` stands for 32 characters of an alphabet, and
// `{base64<text>}`, `{base64url<text>}`, `{base32<text>}` for the encoded text, which may have holes of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace staunch {

// Names that `format.alphabet` may have: "HEX", "alnum-lower", "alnum-upper", "base32", "base32-lower", "base58",
// "base62", "base64", "base64url", "bech32" (upper case), "bech32-lower", "digit", "hex", "letters", "lower", "upper",
// "word".
const std::vector<std::string>& alphabets();

// A secret of the rule's format with its check characters right; nothing where the rule states no format.
std::optional<std::string> generate_secret(const Rule& rule, std::uint64_t seed);

// The same, and for every odd seed one of the other forms that the format states.
std::optional<std::string> generate_form(const Rule& rule, std::uint64_t seed);

// The rule's samples with `{secret}` replaced by what generate_form() gives.
std::vector<std::string> generate_samples(const Rule& rule, std::uint64_t seed);

}  // namespace staunch
