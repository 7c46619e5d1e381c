#include "frontends/cli/configuration.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "engine/builtin.h"
#include "frontends/cli/database_cache.h"
#include "frontends/report/small_file.h"
#include "rules/gitleaks_names.h"
#include "rules/nearest.h"
#include "rules/reader.h"

namespace staunch {
namespace {

// A configuration before it is read.
struct Source {
  std::string name;  // its path, or the variable that holds it
  std::string text;
  Trust trust = Trust::user;
  std::string folder;  // of a target's configuration, with a slash at the end
};

bool exists(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

bool is_folder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Result<Source> read_source(std::string path, Trust trust, std::string folder) {
  if (is_folder(path)) return Error{"is a folder; a configuration is a file", path};
  Result<std::string> text = read_small_file(path, kMaxRuleFileBytes);
  if (!text) return text.error();
  return Source{std::move(path), std::move(*text), trust, std::move(folder)};
}

// The configuration that stands in the scanned folder. Where several are scanned, none is used: what one of them says
// is not for the others.
std::optional<std::pair<std::string, std::string>> in_target(const std::vector<std::string>& targets,
                                                             const Messages& messages) {
  std::optional<std::pair<std::string, std::string>> found;
  for (const std::string& target : targets) {
    if (!is_folder(target)) continue;
    const std::string folder = target.back() == '/' ? target : target + "/";
    for (const char* name : {".staunch.toml", ".gitleaks.toml", ".betterleaks.toml"}) {
      if (!exists(folder + name)) continue;
      if (targets.size() == 1) found.emplace(folder + name, folder);
      else messages.warn(fmt::format("{}: not used, for it is about one of several targets", folder + name));
      break;
    }
  }
  return found;
}

Result<std::optional<Source>> find_source(const Options& options, const std::vector<std::string>& targets,
                                          const Messages& messages) {
  const auto optional = [](Result<Source> source) -> Result<std::optional<Source>> {
    if (!source) return source.error();
    return std::optional(std::move(*source));
  };
  if (!options.config.empty()) return optional(read_source(options.config, Trust::user, {}));
  for (const char* name : {"STAUNCH_CONFIG", "GITLEAKS_CONFIG", "BETTERLEAKS_CONFIG"})
    if (auto path = variable(name)) return optional(read_source(*path, Trust::user, {}));
  for (const char* name : {"GITLEAKS_CONFIG_TOML", "BETTERLEAKS_CONFIG_TOML"})
    if (auto text = variable(name)) return std::optional(Source{name, std::move(*text), Trust::user, {}});
  if (options.ignore_target_config) return std::optional<Source>();
  if (auto found = in_target(targets, messages))
    return optional(read_source(found->first, Trust::target, found->second));
  return std::optional<Source>();
}

void append(std::vector<Diagnostic>& to, std::vector<Diagnostic> from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

// Whether a target's configuration may read `path`: a file in its own folder, links resolved.
bool lies_in(const std::string& folder, const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  const std::unique_ptr<char, void (*)(void*)> real_folder(realpath(folder.c_str(), nullptr), std::free);
  if (real == nullptr || real_folder == nullptr) return false;
  return std::string_view(real.get()).substr(0, std::string_view(real_folder.get()).size() + 1) ==
         std::string(real_folder.get()) + "/";
}

// A configuration with what it extends.
struct Read {
  Catalogue catalogue;
  std::string fingerprint_key;  // the outermost that is given
  bool over_builtin = false;    // whether the built-in catalogue lies below
};

Read read_extended(const Source& source, std::vector<Diagnostic>& diagnostics, int depth);

// What `extend` lays the configuration over: nothing, the built-in catalogue, or another file.
std::optional<Read> base_of(const Source& source, const Extend& extend, std::vector<Diagnostic>& diagnostics,
                            int depth) {
  const auto mistake = [&](std::string message) {
    diagnostics.push_back({Diagnostic::Level::error, extend.place, std::move(message), {}});
    return std::nullopt;
  };
  if (!extend.use_default && extend.path.empty()) return std::nullopt;
  if (depth >= kMaxExtendDepth) {
    diagnostics.push_back({Diagnostic::Level::warning,
                           extend.place,
                           fmt::format("[extend] is followed {} times only", kMaxExtendDepth),
                           {}});
    return std::nullopt;
  }
  if (extend.use_default) {
    auto builtin = builtin_catalogue();
    if (!builtin) return mistake(to_string(builtin.error()));
    return Read{std::move(*builtin), {}, true};
  }
  if (source.trust == Trust::target && !lies_in(source.folder, extend.path))
    return mistake("a configuration of a scanned folder may extend only files of that folder");
  auto other = read_source(extend.path, source.trust, source.folder);
  if (!other) return mistake(fmt::format("[extend] path: {}", to_string(other.error())));
  return read_extended(*other, diagnostics, depth + 1);
}

Catalogue lay_over_builtin(Catalogue builtin, Catalogue own, std::vector<std::string> disabled,
                           std::vector<Diagnostic>& diagnostics) {
  spread_gitleaks_generic(builtin, disabled);
  spread_gitleaks_generic(builtin, own);
  leave_out_strangers(builtin, own, diagnostics);
  return extend_catalogue(std::move(builtin), std::move(own), disabled, diagnostics);
}

Read read_extended(const Source& source, std::vector<Diagnostic>& diagnostics, int depth) {
  RuleFile file = read_configuration(source.text, source.name, source.trust);
  append(diagnostics, std::move(file.diagnostics));
  auto base = base_of(source, file.extend, diagnostics, depth);
  if (!base) return {std::move(file.catalogue), std::move(file.fingerprint_key)};
  if (!file.fingerprint_key.empty()) base->fingerprint_key = std::move(file.fingerprint_key);
  base->catalogue = file.extend.use_default ? lay_over_builtin(std::move(base->catalogue), std::move(file.catalogue),
                                                               std::move(file.extend.disabled_rules), diagnostics)
                                            : extend_catalogue(std::move(base->catalogue), std::move(file.catalogue),
                                                               file.extend.disabled_rules, diagnostics);
  return *std::move(base);
}

// A configuration that has no rule, its own or another's, only says what is allowed: of what the catalogue finds.
Read read_whole(const Source& source, std::vector<Diagnostic>& diagnostics) {
  Read read = read_extended(source, diagnostics, 0);
  if (read.over_builtin || !read.catalogue.rules.empty() || has_errors(diagnostics)) return read;
  diagnostics.push_back(
      {Diagnostic::Level::warning,
       {source.name, 0, 0},
       "has no rules: what it says is laid over the built-in catalogue, as `[extend] useDefault = true` does",
       {}});
  auto builtin = builtin_catalogue();
  if (!builtin) {
    diagnostics.push_back({Diagnostic::Level::error, {source.name, 0, 0}, to_string(builtin.error()), {}});
    return read;
  }
  read.catalogue = lay_over_builtin(std::move(*builtin), std::move(read.catalogue), {}, diagnostics);
  read.over_builtin = true;
  return read;
}

const Rule* find_rule(const Catalogue& catalogue, const std::string& id) {
  for (const Rule& rule : catalogue.rules)
    if (rule.id == id || std::count(rule.aliases.begin(), rule.aliases.end(), id) != 0) return &rule;
  return nullptr;
}

// Only the rules asked for, and the parts that composite ones among them need, which then report nothing themselves.
Status keep_only(const std::vector<std::string>& ids, Catalogue& catalogue) {
  std::set<std::string> asked, parts;
  for (const std::string& id : ids) {
    const Rule* rule = find_rule(catalogue, id);
    if (rule == nullptr) return Error{unknown_rule(catalogue, id), "--enable-rule"};
    asked.insert(rule->id);
    for (const Required& part : rule->required)
      if (const Rule* needed = find_rule(catalogue, part.id)) parts.insert(needed->id);
  }
  std::vector<Rule> kept;
  for (Rule& rule : catalogue.rules) {
    const bool wanted = asked.count(rule.id) != 0;
    if (!wanted && parts.count(rule.id) == 0) continue;
    if (!wanted) rule.skip_report = true;
    kept.push_back(std::move(rule));
  }
  catalogue.rules = std::move(kept);
  const auto gone = [&](const std::string& id) { return find_rule(catalogue, id) == nullptr; };
  auto& lists = catalogue.allowlists;
  for (Allowlist& list : lists) {
    const bool had = !list.target_rules.empty();
    list.target_rules.erase(std::remove_if(list.target_rules.begin(), list.target_rules.end(), gone),
                            list.target_rules.end());
    if (had && list.target_rules.empty()) list.regexes = list.paths = list.stopwords = list.commits = {};
  }
  lists.erase(std::remove_if(lists.begin(), lists.end(),
                             [](const Allowlist& list) {
                               return list.regexes.empty() && list.paths.empty() && list.stopwords.empty() &&
                                      list.commits.empty();
                             }),
              lists.end());
  return Done{};
}

bool is_provider_file(std::string_view text) {
  for (std::string_view line : lines_of(text))
    if (trimmed(line).substr(0, 10) == "[provider]") return true;
  return false;
}

}  // namespace

std::string unknown_rule(const Catalogue& catalogue, const std::string& id) {
  std::vector<std::string_view> ids;
  for (const Rule& rule : catalogue.rules) ids.push_back(rule.id);
  const std::string_view near = nearest(id, ids);
  return near.empty() ? fmt::format("there is no rule \"{}\"", id)
                      : fmt::format("there is no rule \"{}\" (did you mean \"{}\"?)", id, near);
}

Result<Catalogue> read_rule_file(const std::string& path, std::vector<Diagnostic>& diagnostics) {
  auto source = read_source(path, Trust::user, {});
  if (!source) return source.error();
  if (!is_provider_file(source->text)) return read_whole(*source, diagnostics).catalogue;
  RuleFile file = read_provider_file(source->text, path);
  append(diagnostics, std::move(file.diagnostics));
  return std::move(file.catalogue);
}

Result<Rules> load_rules(const Options& options, const std::vector<std::string>& targets, const Messages& messages) {
  auto source = find_source(options, targets, messages);
  if (!source) return source.error();
  if (!*source && options.enable_rules.empty()) {
    messages.debug("rules: the built-in catalogue");
    auto builtin = builtin_database();
    if (!builtin) return builtin.error();
    return Rules{std::move(*builtin), {}};
  }
  std::vector<Diagnostic> diagnostics;
  Catalogue catalogue;
  std::string key;
  if (*source) {
    messages.debug(fmt::format("rules: {}", (*source)->name));
    Read read = read_whole(**source, diagnostics);
    catalogue = std::move(read.catalogue);
    key = std::move(read.fingerprint_key);
    append(diagnostics, check_catalogue(catalogue));
    if ((*source)->trust == Trust::target && !read.over_builtin && !catalogue.rules.empty())
      messages.info(
          fmt::format("{}: its rules ({}) are looked for, not the built-in ones; --ignore-target-config turns that off",
                      (*source)->name, catalogue.rules.size()));
  } else {
    auto builtin = builtin_catalogue();
    if (!builtin) return builtin.error();
    catalogue = std::move(*builtin);
  }
  const std::string name = *source ? (*source)->name : "built-in catalogue";
  if (has_errors(diagnostics)) {
    messages.diagnostics(diagnostics);
    return Error{"the configuration cannot be used", name};
  }
  if (!options.enable_rules.empty()) {
    std::vector<std::string> ids = options.enable_rules;
    spread_gitleaks_generic(catalogue, ids);
    if (const Status kept = keep_only(ids, catalogue); !kept) return kept.error();
  }
  auto database = compile_cached(std::move(catalogue), diagnostics, !options.no_cache);
  messages.diagnostics(diagnostics);
  if (!database) return Error{"the rules cannot be used: " + database.error().what, name};
  return Rules{std::move(*database), std::move(key)};
}

}  // namespace staunch
