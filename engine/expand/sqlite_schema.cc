// CREATE TABLE, as far as the names of the columns need it: words, quoted names, commas and parentheses.
#include "engine/expand/sqlite_schema.h"

#include <algorithm>
#include <array>

namespace staunch {
namespace {

struct Token {
  enum Kind { end, word, quoted, sign } kind = end;
  std::string_view text;  // without its quotes
};

bool is_word(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
  return letter || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

// Blanks and comments.
void skip_blanks(std::string_view& sql) {
  while (!sql.empty()) {
    std::size_t size = std::min(sql.find_first_not_of(" \t\r\n\f"), sql.size());
    if (size == 0 && sql.starts_with("--")) size = std::min(sql.find('\n'), sql.size());
    if (size == 0 && sql.starts_with("/*")) size = std::min(sql.find("*/", 2), sql.size() - 2) + 2;
    if (size == 0) return;
    sql.remove_prefix(size);
  }
}

// A quote within a quoted name is written twice; names that hold one end there.
Token take(std::string_view& sql) {
  skip_blanks(sql);
  if (sql.empty()) return {};
  const char first = sql.front();
  std::size_t size = 1;
  if (first == '"' || first == '\'' || first == '`' || first == '[') {
    const std::size_t close = sql.find(first == '[' ? ']' : first, 1);
    const Token token{Token::quoted, sql.substr(1, std::min(close, sql.size()) - 1)};
    sql.remove_prefix(close == std::string_view::npos ? sql.size() : close + 1);
    return token;
  }
  while (is_word(first) && size < sql.size() && is_word(sql[size])) ++size;
  const Token token{is_word(first) ? Token::word : Token::sign, sql.substr(0, size)};
  sql.remove_prefix(size);
  return token;
}

bool is(const Token& token, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; };
  return token.kind == Token::word && std::equal(token.text.begin(), token.text.end(), word.begin(), word.end(), same);
}

bool begins_constraint(const Token& token) {
  constexpr std::array kWords = {"constraint", "primary", "unique", "check", "foreign"};
  return std::any_of(kWords.begin(), kWords.end(), [&](const char* word) { return is(token, word); });
}

// Passes over the definition of a column up to its comma or the end of the list.
struct Definition {
  bool computed = false;  // and not stored
  bool last = false;
};

Definition pass_over(std::string_view& sql) {
  Definition definition;
  bool stored = false;
  for (int depth = 0;;) {
    const Token token = take(sql);
    if (token.kind == Token::end || (depth == 0 && token.text == ")" && token.kind == Token::sign)) {
      definition.last = true;
      break;
    }
    if (token.kind == Token::sign && token.text == "(") ++depth;
    if (token.kind == Token::sign && token.text == ")") --depth;
    if (depth > 0) continue;
    if (token.kind == Token::sign && token.text == ",") break;
    definition.computed = definition.computed || is(token, "as");
    stored = stored || is(token, "stored");
  }
  definition.computed = definition.computed && !stored;
  return definition;
}

// "WITHOUT ROWID" among the table's options.
bool is_without_rowid(std::string_view sql) {
  for (Token token = take(sql); token.kind != Token::end; token = take(sql))
    if (is(token, "without")) return true;
  return false;
}

}  // namespace

std::vector<std::string> columns_of(std::string_view sql) {
  std::vector<std::string> columns;
  for (Token token = take(sql); token.text != "(" || token.kind != Token::sign; token = take(sql))
    if (token.kind == Token::end) return columns;
  for (bool last = false; !last;) {
    const Token name = take(sql);
    if (name.kind != Token::word && name.kind != Token::quoted) break;
    const bool column = !begins_constraint(name);
    const Definition definition = pass_over(sql);
    if (column && !definition.computed) columns.emplace_back(name.text);
    last = definition.last;
  }
  if (is_without_rowid(sql)) columns.clear();
  return columns;
}

}  // namespace staunch
