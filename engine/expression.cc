#include "engine/expression.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/parts.h"
#include "engine/width.h"

namespace staunch {
namespace {

// With narrower bounds left out, too many matches are long enough to have passed one; with wider ones kept, more is
// compiled than must be.
constexpr std::size_t kWide = 32;
// Without its bounds a regex may read on to the end for each match, however short that is: fewer bytes may hold many.
constexpr std::size_t kNear = 1024;

struct Counts {
  std::size_t least = 0, most = 0;
  std::size_t size = 0;  // in bytes, with its braces
};

std::optional<std::size_t> number(std::string_view digits) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

// The {n,m} that `pattern` begins with.
std::optional<Counts> leading_counts(std::string_view pattern) {
  const std::size_t comma = pattern.find(','), end = pattern.find('}');
  if (comma >= end || end == std::string_view::npos) return std::nullopt;
  const auto least = number(pattern.substr(1, comma - 1)), most = number(pattern.substr(comma + 1, end - comma - 1));
  if (!least || !most) return std::nullopt;
  return Counts{*least, *most, end + 1};
}

// Bytes of the class that `pattern` begins with.
std::size_t class_size(std::string_view pattern) {
  std::size_t at = pattern.starts_with("[^") ? 2 : 1;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  while (at < pattern.size() && pattern[at] != ']') {
    const std::size_t named = pattern.substr(at).starts_with("[:") ? pattern.find(":]", at) : std::string_view::npos;
    if (named != std::string_view::npos) {
      at = named + 2;
    } else {
      at += pattern[at] == '\\' ? 2 : 1;
    }
  }
  return std::min(at + 1, pattern.size());
}

}  // namespace

Unbounded without_bounds(const std::string& pattern) {
  Unbounded out{{}, std::numeric_limits<std::size_t>::max()};
  if (pattern.find("\\Q") != std::string::npos) return {pattern, out.slack};
  bool takes_bytes = false;  // whether what stands before is a character or a class, which no text is too short for
  for (std::size_t at = 0; at < pattern.size();) {
    const std::string_view rest = std::string_view(pattern).substr(at);
    std::size_t size = 1;
    if (rest[0] == '{' && takes_bytes) {
      takes_bytes = false;
      if (const auto counts = leading_counts(rest); counts && counts->most >= kWide) {
        out.pattern += "{" + std::to_string(counts->least) + ",}";
        out.slack = std::min(out.slack, counts->most - counts->least);
        at += counts->size;
        continue;
      }
    } else if (rest[0] == '\\' && rest.size() > 1) {
      size = 2;
      takes_bytes = std::string_view("bBAzE").find(rest[1]) == std::string_view::npos;
    } else if (rest[0] == '[') {
      size = class_size(rest);
      takes_bytes = true;
    } else {
      takes_bytes = std::string_view("(){}|*+?^$").find(rest[0]) == std::string_view::npos;
    }
    out.pattern += rest.substr(0, size);
    at += size;
  }
  return out;
}

Expression::Expression(std::string pattern) : pattern_(std::move(pattern)) {
  const Unbounded unbounded = without_bounds(pattern_);
  const auto syntax = Syntax::parse(pattern_, encoding_of(pattern_));
  const std::size_t least = syntax ? min_width(*syntax->root()) : 0;
  longest_ = unbounded.slack + std::min(least, std::numeric_limits<std::size_t>::max() - unbounded.slack);
  unbounded_ = std::make_unique<RE2>(unbounded.pattern, re2_options(pattern_));
}

bool Expression::match(re2::StringPiece text, std::size_t begin, std::size_t end, re2::StringPiece* groups,
                       int count) const {
  if (end - begin <= kNear) {
    if (!unbounded_->Match(text, begin, end, RE2::UNANCHORED, groups, count)) return false;
    if (groups[0].size() <= longest_) return true;
  }
  const RE2& written = written_.get([&] { return std::make_unique<RE2>(pattern_, re2_options(pattern_)); });
  return written.Match(text, begin, end, RE2::UNANCHORED, groups, count);
}

}  // namespace staunch
