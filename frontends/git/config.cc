#include "frontends/git/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace staunch {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }

std::string small_letters(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  // False where a line is not understood.
  bool parse(Config& out) {
    for (skip_blank(); at_ < text_.size(); skip_blank()) {
      if (text_[at_] == '#' || text_[at_] == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_[at_] == '[') {
        if (!section()) return false;
      } else if (!entry(out)) {
        return false;
      }
    }
    return true;
  }

  std::size_t line() const {
    const std::string_view before = text_.substr(0, at_);
    return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  void skip_spaces() {
    while (is_space(peek())) ++at_;
  }
  void skip_blank() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '\n')) ++at_;
  }
  std::string_view word(bool dots) {
    const std::size_t begin = at_;
    while (is_word(peek()) || (dots && peek() == '.')) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // [name], [name "sub section"], or the older [name.sub]
  bool section() {
    ++at_;
    const std::string name = small_letters(word(true));
    const std::size_t dot = name.find('.');
    section_ = name.substr(0, dot);
    subsection_ = dot == std::string::npos ? "" : name.substr(dot + 1);
    if (section_.empty()) return false;
    skip_spaces();
    if (peek() == '"' && !quoted_subsection()) return false;
    if (peek() != ']') return false;
    ++at_;
    return true;
  }

  bool quoted_subsection() {
    subsection_.clear();
    for (++at_; peek() != '"'; ++at_) {
      if (peek() == '\\') ++at_;
      if (peek() == '\n') return false;
      subsection_ += peek();
    }
    ++at_;
    return true;
  }

  bool entry(Config& out) {
    if (section_.empty() || !is_letter(peek())) return false;
    std::string key = small_letters(word(false));
    skip_spaces();
    std::optional<std::string> text = "true";
    if (peek() == '=') {
      ++at_;
      text = value();
    } else if (peek() != '\n' && peek() != '#' && peek() != ';') {
      return false;
    }
    if (!text) return false;
    out.push_back({section_, subsection_, std::move(key), std::move(*text)});
    return true;
  }

  // To the end of the line, or of those that a backslash joins to it.
  std::optional<std::string> value() {
    std::string out;
    std::size_t kept = 0;  // of out; behind it are spaces that count only where something follows
    bool quoted = false;
    skip_spaces();
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') break;
      if (c == '"') {
        quoted = !quoted;
        kept = out.size();
      } else if (c == '\\') {
        ++at_;
        if (!escaped(out)) return std::nullopt;
        kept = out.size();
      } else if (!quoted && (c == '#' || c == ';')) {
        at_ = std::min(text_.find('\n', at_), text_.size());
        break;
      } else {
        out += c;
        if (quoted || !is_space(c)) kept = out.size();
      }
    }
    if (quoted) return std::nullopt;
    out.resize(kept);
    return out;
  }

  // What stands behind a backslash; at_ is left on its last character.
  bool escaped(std::string& out) {
    if (text_.substr(at_).starts_with("\r\n")) ++at_;
    switch (at_ < text_.size() ? text_[at_] : '\0') {
      case '\n': return true;
      case 'n': out += '\n'; return true;
      case 't': out += '\t'; return true;
      case 'b': out += '\b'; return true;
      case '"':
      case '\\': out += text_[at_]; return true;
      default: at_ = std::min(at_, text_.size()); return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string section_, subsection_;
};

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& path) {
  Config out;
  Parser parser(text);
  if (!parser.parse(out)) return Error{fmt::format("line {} is not understood", parser.line()), path};
  return out;
}

const std::string* config_value(const Config& config, std::string_view section, std::string_view key) {
  const auto found = std::find_if(config.rbegin(), config.rend(), [&](const ConfigEntry& entry) {
    return entry.section == section && entry.key == key && entry.subsection.empty();
  });
  return found == config.rend() ? nullptr : &found->value;
}

bool config_truth(std::string_view value) {
  const std::string word = small_letters(value);
  if (word == "true" || word == "yes" || word == "on") return true;
  return !word.empty() && word.find_first_not_of("+-0123456789kmg") == std::string::npos &&
         word.find_first_of("123456789") != std::string::npos;
}

}  // namespace staunch
