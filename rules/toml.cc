// toml++ 3.3 does the parsing. It bounds nested brackets by itself but not dotted keys, and a key of a million dots
// overflows the stack; so a small lexer looks at the text first. Where the two would disagree the text has a syntax
// error, at which toml++ stops. Some of its assertions do not hold for hostile text (a header that opens with '=', say)
// though the code behind them copes; they must neither stop the program nor, as with Clang and NDEBUG, be taken for true.
#include "rules/toml.h"

#pragma push_macro("NDEBUG")
#undef NDEBUG  // with it, an assertion becomes an assumption of the optimiser
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "rules/reader.h"

namespace staunch {
namespace {

struct Refusal {
  std::size_t offset = 0;
  std::string message;
};

// The end of the string whose opening quote is at `at`; the text's end where it is not closed.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool escapes = quote == '"';
  const std::string three(3, quote);
  const bool multi_line = text.substr(at, 3) == three;
  for (std::size_t i = at + (multi_line ? 3 : 1); i < text.size(); ++i) {
    if (escapes && text[i] == '\\') {
      ++i;
    } else if (multi_line && text.substr(i, 3) == three) {
      i += 3;
      for (int more = 0; more < 2 && i < text.size() && text[i] == quote; ++more) ++i;  // quotes before the last three
      return i;
    } else if (!multi_line && (text[i] == quote || text[i] == '\n')) {
      return i + 1;
    }
  }
  return text.size();
}

// The first place where `text` is nested too deep or has too many values.
std::optional<Refusal> refuse_shape(std::string_view text) {
  std::size_t dots = 0, depth = 0, values = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = end_of_string(text, i);
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') dots = 0;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == '=' || c == ',' || c == '[' || c == '{') ++values;
    if (dots > kMaxTomlNesting || depth > kMaxTomlNesting)
      return Refusal{i, fmt::format("nested deeper than {} levels", kMaxTomlNesting)};
    if (values > kMaxTomlValues) return Refusal{i, fmt::format("more than {} values", kMaxTomlValues)};
    ++i;
  }
  return std::nullopt;
}

std::optional<Refusal> refuse(std::string_view text) {
  if (text.size() > kMaxRuleFileBytes)
    return Refusal{0, fmt::format("the file has {} bytes; a rule file has at most {}", text.size(), kMaxRuleFileBytes)};
  if (const std::size_t nul = text.find('\0'); nul != text.npos)
    return Refusal{nul, "a NUL byte; a rule file is UTF-8 text"};
  return refuse_shape(text);
}

Spot spot_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  const auto bytes = before.substr(line_start);
  const auto points = bytes.size() - std::count_if(bytes.begin(), bytes.end(), continues);
  return {static_cast<std::uint32_t>(1 + std::count(before.begin(), before.end(), '\n')),
          static_cast<std::uint32_t>(1 + points)};
}

Spot spot_of(const toml::source_region& region) {
  return {static_cast<std::uint32_t>(region.begin.line), static_cast<std::uint32_t>(region.begin.column)};
}

// toml++ says "Error while parsing string: why", or just why.
std::string syntax_message(std::string_view description) {
  constexpr std::string_view kOpening = "Error while parsing ";
  if (description.starts_with(kOpening))
    return fmt::format("syntax error in {}", description.substr(kOpening.size()));
  return fmt::format("syntax error: {}", description);
}

bool earlier(const Spot& a, const Spot& b) { return std::pair(a.line, a.column) < std::pair(b.line, b.column); }

// The recursion is as deep as kMaxTomlNesting allows: brackets times dots.
TomlValue convert(const toml::node& node) {
  TomlValue out;
  out.spot = spot_of(node.source());
  if (const auto* table = node.as_table()) {
    TomlTable entries;
    for (const auto& [key, value] : *table)
      entries.push_back({std::string(key.str()), spot_of(key.source()), convert(value)});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const TomlEntry& a, const TomlEntry& b) { return earlier(a.spot, b.spot); });
    out.is = std::move(entries);
  } else if (const auto* array = node.as_array()) {
    TomlArray items;
    for (const toml::node& item : *array) items.push_back(convert(item));
    out.is = std::move(items);
  } else if (const auto* text = node.as_string()) {
    out.is = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.is = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    out.is = real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.is = boolean->get();
  } else {
    out.is = TomlDate{};
  }
  return out;
}

}  // namespace

std::string_view kind_name(const TomlValue& value) {
  static constexpr std::array<std::string_view, 7> kNames = {"a table",  "a list",  "a string", "an integer",
                                                             "a number", "a truth value", "a date"};
  return kNames[value.is.index()];
}

TomlValue parse_toml(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics) {
  const auto report = [&](Spot spot, std::string message) {
    diagnostics.push_back({Diagnostic::Level::error, {file, spot.line, spot.column}, std::move(message), {}});
    return TomlValue{};
  };
  if (std::optional<Refusal> refusal = refuse(text))
    return report(spot_of(text, refusal->offset), std::move(refusal->message));
  const toml::parse_result result = toml::parse(text, file);
  if (!result) return report(spot_of(result.error().source()), syntax_message(result.error().description()));
  return convert(result.table());
}

}  // namespace staunch
