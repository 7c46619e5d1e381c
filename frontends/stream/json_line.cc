#include "frontends/stream/json_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "engine/expand/expansion.h"
#include <string>

namespace staunch {
namespace {

// A string's content, or a number or word.
struct Token {
  std::size_t begin = 0, end = 0;
  bool string = false;
  std::string pointer;  // only where `wanted` bytes stand in it
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// RFC 6901. Escapes in a key stay as they are written.
void append_step(std::string& pointer, std::string_view key) {
  pointer += '/';
  for (const char c : key) {
    if (c == '~') pointer += "~0";
    else if (c == '/') pointer += "~1";
    else pointer += c;
  }
}

// Walks a line without recursion, and keeps the tokens that touch one of the wanted spans.
class Walk {
 public:
  Walk(std::string_view line, const std::vector<Span>& wanted) : line_(line), wanted_(wanted) {}

  // Nothing where it is no JSON.
  std::optional<std::vector<Token>> tokens() {
    if (!value()) return std::nullopt;
    while (!levels_.empty())
      if (!next()) return std::nullopt;
    skip_space();
    if (at_ != line_.size()) return std::nullopt;
    return std::move(tokens_);
  }

 private:
  struct Level {
    bool object;
    std::size_t index = 0;  // of an array's element
    std::string_view key;   // of an object's member, as written
    bool first = true;
  };

  void skip_space() {
    while (at_ < line_.size() && is_space(line_[at_])) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }

  // A member, an element, or the end of the innermost level.
  bool next() {
    Level& level = levels_.back();
    if (take(level.object ? '}' : ']')) {
      levels_.pop_back();
      return true;
    }
    if (!level.first && !take(',')) return false;
    if (!level.first) ++level.index;
    level.first = false;
    if (level.object) {
      Token key;
      if (!string(key)) return false;
      level.key = line_.substr(key.begin, key.end - key.begin);
      keep(key);
      if (!take(':')) return false;
    }
    return value();
  }

  bool value() {
    skip_space();
    if (at_ >= line_.size()) return false;
    const char c = line_[at_];
    if (c == '{' || c == '[') {
      if (levels_.size() == kMaxLineJsonDepth) return false;
      ++at_;
      levels_.push_back({c == '{', 0, {}, true});
      return true;
    }
    Token token;
    if (c == '"' ? !string(token) : !word(token)) return false;
    keep(token);
    return true;
  }

  bool string(Token& token) {
    if (!take('"')) return false;
    token.begin = at_;
    token.string = true;
    for (; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(line_[at_]) < ' ') return false;
      if (line_[at_] == '\\' && ++at_ >= line_.size()) return false;
    }
    token.end = at_;
    return take('"');
  }

  bool word(Token& token) {
    token.begin = at_;
    const auto ends = [](char c) {
      return is_space(c) || std::string_view(",:[]{}\"").find(c) != std::string_view::npos;
    };
    while (at_ < line_.size() && !ends(line_[at_])) ++at_;
    token.end = at_;
    const std::string_view text = line_.substr(token.begin, token.end - token.begin);
    return text == "true" || text == "false" || text == "null" ||
           (!text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos);
  }

  void keep(Token& token) {
    while (span_ < wanted_.size() && wanted_[span_].end <= token.begin) ++span_;
    if (span_ == wanted_.size() || wanted_[span_].begin >= token.end) return;
    for (const Level& level : levels_)
      append_step(token.pointer,
                  level.object ? shown(level.key) : std::string_view(fmt::format_int(level.index).str()));
    tokens_.push_back(std::move(token));
  }

  // A name that is a secret itself, or holds one, stands in no pointer.
  std::string_view shown(std::string_view key) const {
    const auto begin = static_cast<std::uint64_t>(key.data() - line_.data());
    const bool secret = std::any_of(wanted_.begin(), wanted_.end(), [&](const Span& span) {
      return span.begin < begin + key.size() && begin < span.end;
    });
    return secret ? "..." : key;
  }

  const std::string_view line_;
  const std::vector<Span>& wanted_;  // in order
  std::size_t at_ = 0, span_ = 0;
  std::vector<Level> levels_;
  std::vector<Token> tokens_;
};

// The units of a string's content are bytes, and escapes as a whole: [begin, end) without cutting one.
Span whole_units(std::string_view line, const Token& token, Span span) {
  std::size_t at = token.begin;
  Span out{token.end, token.begin};
  while (at < token.end) {
    std::size_t size = 1;
    if (line[at] == '\\') size = line.substr(at, 2) == "\\u" ? 6 : 2;
    // A pair of surrogates is one character.
    if (size == 6 && at + 8 <= token.end && (line[at + 2] == 'd' || line[at + 2] == 'D') &&
        std::string_view("89abAB").find(line[at + 3]) != std::string_view::npos && line.substr(at + 6, 2) == "\\u")
      size = 12;
    const std::size_t end = std::min(at + size, token.end);
    if (end > span.begin && at < span.end) {
      out.begin = std::min<std::uint64_t>(out.begin, at);
      out.end = std::max<std::uint64_t>(out.end, end);
    }
    at = end;
  }
  return out;
}

}  // namespace

bool fit_json_line(std::string_view line, std::vector<Edit>& edits, const std::vector<Ruling*>& rulings) {
  std::vector<Span> wanted;
  for (const Edit& edit : edits) wanted.push_back({edit.offset, edit.offset + edit.length});
  for (const Ruling* ruling : rulings) wanted.push_back({ruling->offset, ruling->offset + ruling->length});
  std::sort(wanted.begin(), wanted.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  // Spans that overlap become one, so that none that reaches far is passed over.
  std::vector<Span> apart;
  for (const Span& span : wanted) {
    if (!apart.empty() && span.begin <= apart.back().end) apart.back().end = std::max(apart.back().end, span.end);
    else apart.push_back(span);
  }
  const auto tokens = Walk(line, apart).tokens();
  if (!tokens) return false;
  for (Ruling* ruling : rulings)
    for (const Token& token : *tokens)
      if (token.begin < ruling->offset + ruling->length && ruling->offset < token.end) {
        ruling->pointer = token.pointer;
        break;
      }
  std::vector<Edit> fitting;
  for (const Edit& edit : edits) {
    for (const Token& token : *tokens) {
      if (token.end <= edit.offset || token.begin >= edit.offset + edit.length) continue;
      Edit part = edit;
      Span span{token.begin, token.end};
      if (token.string) span = whole_units(line, token, {edit.offset, edit.offset + edit.length});
      else part.replacement = fmt::format("\"{}\"", edit.replacement);
      // What the one before has taken already is gone.
      if (!fitting.empty()) span.begin = std::max(span.begin, fitting.back().offset + fitting.back().length);
      if (span.begin >= span.end) continue;
      part.offset = span.begin;
      part.length = span.end - span.begin;
      fitting.push_back(std::move(part));
    }
  }
  edits = std::move(fitting);
  return true;
}

}  // namespace staunch
