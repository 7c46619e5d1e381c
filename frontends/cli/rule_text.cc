#include "frontends/cli/rule_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "frontends/report/words.h"

namespace staunch {

std::string_view word_of(Proof proof) {
  switch (proof) {
    case Proof::vendor: return "vendor";
    case Proof::two_tools: return "two-tools";
    case Proof::inferred: return "inferred";
    case Proof::unstated: break;
  }
  return {};
}

namespace {

// A TOML basic string.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  return out + '"';
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string literal(std::string_view text) {
  const bool plain =
      text.find("'''") == text.npos && !text.ends_with('\'') && std::none_of(text.begin(), text.end(), is_control);
  if (!plain) return quoted(text);
  return fmt::format("'''{}'''", text);
}

// Lines of one table; what is empty is left out.
class TomlLines {
 public:
  void table(std::string_view head) { text_ += fmt::format("\n{}\n", head); }
  void word(const char* key, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("{} = {}\n", key, quoted(value));
  }
  void regex(const char* key, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("{} = {}\n", key, literal(value));
  }
  template <typename Number>
  void number(const char* key, Number value, Number usual) {
    if (value != usual) text_ += fmt::format("{} = {}\n", key, value);
  }
  void flag(const char* key, bool value) {
    if (value) text_ += fmt::format("{} = true\n", key);
  }
  void words(const char* key, const std::vector<std::string>& values, bool as_regex = false) {
    if (values.empty()) return;
    text_ += fmt::format("{} = [", key);
    for (std::size_t i = 0; i < values.size(); ++i)
      text_ += (i == 0 ? "" : ", ") + (as_regex ? literal(values[i]) : quoted(values[i]));
    text_ += "]\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void show_allowlist(TomlLines& toml, std::string_view head, const Allowlist& list) {
  toml.table(head);
  toml.word("description", list.description);
  toml.word("condition", list.all ? "AND" : "");
  if (list.target != AllowTarget::secret)
    toml.word("regexTarget", list.target == AllowTarget::match ? "match" : "line");
  toml.words("commits", list.commits);
  toml.words("paths", list.paths, true);
  toml.words("regexes", list.regexes, true);
  toml.words("stopwords", list.stopwords);
  toml.words("targetRules", list.target_rules);
}

}  // namespace

std::string rule_text(const Rule& rule, bool all) {
  TomlLines toml;
  toml.table("[[rules]]");
  toml.word("id", rule.id);
  toml.words("aliases", rule.aliases);
  if (!rule.provider.empty()) toml.word("provider", rule.provider);
  toml.word("description", rule.description);
  toml.regex("regex", rule.regex);
  toml.regex("path", rule.path);
  toml.words("keywords", rule.keywords);
  toml.number("secretGroup", rule.secret_group, std::uint32_t{0});
  toml.flag("every_group", rule.every_group);
  toml.number("entropy", rule.entropy, 0.0);
  if (all || rule.severity_stated) toml.word("severity", word_of(rule.severity));
  if (all || rule.confidence_stated) toml.word("confidence", word_of(rule.confidence));
  toml.words("tags", rule.tags);
  toml.flag("generic", rule.generic);
  toml.flag("guessable", rule.guessable);
  toml.flag("scored", rule.scored);
  toml.word("named", rule.named);
  toml.flag("self_made", rule.self_made);
  toml.flag("skipReport", rule.skip_report);
  toml.word("proof", word_of(rule.proof));
  toml.word("source", rule.source);
  toml.word("no_secret", rule.no_secret);
  toml.words("samples", rule.samples);
  if (!rule.check.kind.empty()) {
    toml.table("[rules.check]");
    toml.word("kind", rule.check.kind);
    toml.number("prefix", rule.check.prefix, std::uint32_t{0});
    toml.word("on_fail", rule.check.on_fail == OnFail::drop ? "drop" : "lower");
  }
  if (!rule.format.alphabet.empty() || !rule.format.template_.empty()) {
    toml.table("[rules.format]");
    toml.word("prefix", rule.format.prefix);
    toml.word("alphabet", rule.format.alphabet);
    toml.number("length", rule.format.length, std::uint32_t{0});
    toml.word("suffix", rule.format.suffix);
    toml.word("check", rule.format.check);
    toml.word("template", rule.format.template_);
    toml.words("forms", rule.format.forms);
  }
  for (const Allowlist& list : rule.allowlists) show_allowlist(toml, "[[rules.allowlists]]", list);
  const auto show_others = [&](const char* name, const std::vector<Required>& others) {
    for (const Required& other : others) {
      toml.table(name);
      toml.word("id", other.id);
      toml.number("withinLines", other.within_lines, std::int64_t{-1});
      toml.number("withinColumns", other.within_columns, std::int64_t{-1});
    }
  };
  show_others("[[rules.required]]", rule.required);
  show_others("[[rules.half_of]]", rule.half_of);
  return toml.take();
}

std::string allowlist_text(const Allowlist& list) {
  TomlLines toml;
  show_allowlist(toml, "[[allowlists]]", list);
  return toml.take();
}

std::string quoted_text(std::string_view text) { return quoted(text); }

}  // namespace staunch
