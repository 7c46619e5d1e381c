// yaml-cpp's parser tells events, of which the tree is made here: its own tree would follow aliases. Mistakes are
// exceptions in it; they end in parse_yaml().
#include "rules/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <utility>

#include "rules/reader.h"

namespace staunch {
namespace {

Spot spot_of(const YAML::Mark& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

struct Refused {
  Spot spot;
  std::string message;
};

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  if (text.substr(0, 1) == "+") text.remove_prefix(1);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// A word without quotes: the core schema's kinds (10.3.2), without octal and hexadecimal numbers, which no rule has.
void set_plain(TomlValue& value, const std::string& word) {
  if (word == "true" || word == "True" || word == "TRUE") value.is = true;
  else if (word == "false" || word == "False" || word == "FALSE") value.is = false;
  else if (word == "~" || word == "null" || word == "Null" || word == "NULL") value.is = std::string();
  else if (const auto integer = number_of<std::int64_t>(word)) value.is = *integer;
  else if (const bool digit = word.find_first_of("0123456789") != word.npos; digit && number_of<double>(word))
    value.is = *number_of<double>(word);
  else value.is = word;
}

class Builder : public YAML::EventHandler {
 public:
  TomlValue take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, std::string()); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases are not followed"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (at_key()) return set_key(mark, anchor, text);
    TomlValue value;
    if (tag == "?") set_plain(value, text);
    else value.is = text;
    add(mark, anchor, std::move(value.is));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, TomlArray());
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, TomlTable());
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  // An open list or table. Only the innermost one grows, so that the pointers stay right.
  struct Level {
    TomlValue* value;
    std::optional<std::pair<std::string, Spot>> key;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string message) {
    throw Refused{spot_of(mark), std::move(message)};
  }

  bool at_key() const {
    return !open_.empty() && std::holds_alternative<TomlTable>(open_.back().value->is) && !open_.back().key;
  }

  void set_key(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    if (anchor != 0) refuse(mark, "anchors are not understood");
    open_.back().key.emplace(text, spot_of(mark));
  }

  TomlValue& add(const YAML::Mark& mark, YAML::anchor_t anchor, decltype(TomlValue::is) is) {
    if (anchor != 0) refuse(mark, "anchors are not understood");
    if (at_key()) refuse(mark, "a key that is no word");
    if (++values_ > kMaxTomlValues) refuse(mark, fmt::format("more than {} values", kMaxTomlValues));
    TomlValue value{spot_of(mark), std::move(is)};
    if (open_.empty()) return root_ = std::move(value);
    Level& level = open_.back();
    if (auto* list = std::get_if<TomlArray>(&level.value->is)) return list->emplace_back(std::move(value));
    auto& table = std::get<TomlTable>(level.value->is);
    table.push_back({std::move(level.key->first), level.key->second, std::move(value)});
    level.key.reset();
    return table.back().value;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, decltype(TomlValue::is) is) {
    if (open_.size() >= kMaxTomlNesting) refuse(mark, fmt::format("nested deeper than {} levels", kMaxTomlNesting));
    open_.push_back({&add(mark, anchor, std::move(is)), {}});
  }

  TomlValue root_;
  std::vector<Level> open_;
  std::size_t values_ = 0;
};

TomlValue parse(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  Builder builder, rest;
  parser.HandleNextDocument(builder);
  if (parser.HandleNextDocument(rest)) throw Refused{{1, 1}, "more than one document"};
  return builder.take();
}

}  // namespace

TomlValue parse_yaml(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics) {
  const auto report = [&](Spot spot, std::string message) {
    diagnostics.push_back({Diagnostic::Level::error, {file, spot.line, spot.column}, std::move(message), {}});
    return TomlValue{};
  };
  if (text.size() > kMaxRuleFileBytes)
    return report({}, fmt::format("the file has {} bytes; a rule file has at most {}", text.size(), kMaxRuleFileBytes));
  try {
    return parse(text);
  } catch (const Refused& refused) {
    return report(refused.spot, refused.message);
  } catch (const YAML::Exception& error) {
    return report(error.mark.is_null() ? Spot{} : spot_of(error.mark), "syntax error: " + error.msg);
  }
}

}  // namespace staunch
