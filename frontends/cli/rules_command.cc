// staunch rules list and show: the catalogue for people.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/report/terminal.h"
#include "frontends/report/words.h"

namespace staunch {
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

std::string literal(std::string_view text) {
  if (text.find("'''") != std::string_view::npos || text.find('\n') != std::string_view::npos) return quoted(text);
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

std::string_view word_of(Proof proof) {
  switch (proof) {
    case Proof::vendor: return "vendor";
    case Proof::two_tools: return "two-tools";
    case Proof::inferred: return "inferred";
    case Proof::unstated: break;
  }
  return {};
}

void show_allowlist(TomlLines& toml, const Allowlist& list) {
  toml.table("[[rules.allowlists]]");
  toml.word("description", list.description);
  toml.word("condition", list.all ? "AND" : "");
  if (list.target != AllowTarget::secret)
    toml.word("regexTarget", list.target == AllowTarget::match ? "match" : "line");
  toml.words("commits", list.commits);
  toml.words("paths", list.paths, true);
  toml.words("regexes", list.regexes, true);
  toml.words("stopwords", list.stopwords);
}

std::string show_rule(const Rule& rule) {
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
  toml.number("entropy", rule.entropy, 0.0);
  toml.word("severity", word_of(rule.severity));
  toml.word("confidence", word_of(rule.confidence));
  toml.words("tags", rule.tags);
  toml.flag("generic", rule.generic);
  toml.flag("guessable", rule.guessable);
  toml.flag("scored", rule.scored);
  toml.flag("self_made", rule.self_made);
  toml.flag("skipReport", rule.skip_report);
  toml.word("proof", word_of(rule.proof));
  toml.word("source", rule.source);
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
  }
  for (const Allowlist& list : rule.allowlists) show_allowlist(toml, list);
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

}  // namespace

int run_rules_list(const Options& options) {
  const Messages messages(options);
  const auto loaded = load_rules(options, {}, messages);
  if (!loaded) {
    messages.error(to_string(loaded.error()));
    return kExitUsage;
  }
  const auto& rules = loaded->database->catalogue().rules;
  std::size_t id = 2, provider = 8;
  for (const Rule& rule : rules) {
    id = std::max(id, rule.id.size());
    provider = std::max(provider, rule.provider.size());
  }
  const auto row = [&](auto a, auto b, auto c, auto d, auto e) {
    return fmt::format("{:<{}}  {:<{}}  {:<8}  {:<10}  {}\n", a, id, b, provider, c, d, e);
  };
  std::string table = row("id", "provider", "severity", "confidence", std::string("description"));
  for (const Rule& rule : rules)
    table += row(rule.id, rule.provider, word_of(rule.severity), word_of(rule.confidence), visible(rule.description));
  return print_answer(table, kExitClean, messages);
}

int run_rules_show(const Options& options) {
  const Messages messages(options);
  const auto loaded = load_rules(options, {}, messages);
  if (!loaded) {
    messages.error(to_string(loaded.error()));
    return kExitUsage;
  }
  std::string text;
  for (const std::string& id : options.paths) {
    const auto& rules = loaded->database->catalogue().rules;
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& candidate) {
      return candidate.id == id || std::count(candidate.aliases.begin(), candidate.aliases.end(), id) != 0;
    });
    if (rule == rules.end()) {
      messages.error(unknown_rule(loaded->database->catalogue(), id));
      return kExitUsage;
    }
    text += show_rule(*rule);
  }
  return print_answer(std::string_view(text).substr(1), kExitClean, messages);  // without the first empty line
}

}  // namespace staunch
