// What kind of letter a byte is, for the scorer (engine/score.h): ASCII, whatever the locale.
#pragma once

namespace staunch {

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_alnum(char c) { return is_letter(c) || is_digit(c); }
inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool is_separator(char c) { return c == '-' || c == '_' || c == '.' || c == '/' || c == ':'; }
inline bool is_identifier(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }

}  // namespace staunch
