// What a value is called: the name before it that speaks of a secret, and what the name says, for the scorer
// (engine/score.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

// What the name of the value says.
enum class KeyKind : std::uint8_t { key, token, secret, password };
struct Key {
  KeyKind kind = KeyKind::key;
  std::string name;                // in lower case
  std::vector<std::string> words;  // of the name
};

// The nearest identifier before the value that speaks of a secret; empty where there is none. `before` ends where the
// value begins.
Key key_before(std::string_view before);
// The same, but of a name behind the value where the value is compared with it; `after` begins where the value ends.
Key key_of(std::string_view before, std::string_view after);
// Whether the name ends as those of something about a secret do (password_field), or speaks of something public.
bool is_odd(const Key& key);
bool is_public(const Key& key);

}  // namespace staunch
