// A gitleaks configuration, `.gitleaks.toml` or `.staunch.toml`: rules and allowlists of a user or of a scanned target.
//
// Such files were written for another program, so what is unknown is passed over with a warning; what is known and
// wrong is an error, since a rule that means something else than its author thinks is worse than none. Providers come
// from provider files alone, so a table that names one is an error whoever wrote the configuration; one from a scanned
// target may not even try to set anything beyond detection.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rules/letters.h"
#include "rules/reader.h"
#include "rules/rule_keys.h"

namespace staunch {

// Found by the templates of key_table.h through their last argument, so they cannot be in the unnamed namespace.
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Extend& out);

namespace {

struct Configuration {
  Extend extend;
  std::vector<Rule> rules;
  std::vector<Allowlist> allowlists;
  std::string fingerprint_key;
  Spot fingerprint_key_spot = {};
};

constexpr std::array<std::string_view, 5> kProviderWords = {"provider", "providers", "verify", "revoke", "rotate"};
constexpr std::array<std::string_view, 13> kSteeringWords = {
    "endpoint", "endpoints", "test_endpoints", "policy",   "policies",       "plan",           "plans",
    "respond",  "response",  "command",        "commands", "secret_key_ref", "fingerprint_key"};
constexpr std::array<std::string_view, 6> kBetterleaksWords = {
    "filter", "prefilter", "validate", "specificity", "tokenEfficiency", "betterleaksMinVersion"};

template <std::size_t N>
bool among(std::string_view key, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return same_letters(key, word); });
}

bool explain_for_user(Reading& reading, const TomlEntry& entry) {
  if (among(entry.key, kProviderWords)) {
    reading.error(entry.spot, fmt::format("'{}' cannot stand in a configuration, which holds rules only", entry.key),
                  "providers have files of their own");
    return true;
  }
  if (!among(entry.key, kBetterleaksWords)) return false;
  reading.warning(entry.spot, fmt::format("'{}' is a betterleaks key that is not understood", entry.key),
                  "the rules work as if it were not there");
  return true;
}

void refuse_in_target(Reading& reading, Spot spot, std::string_view key) {
  reading.error(spot, fmt::format("'{}' cannot stand in the configuration of a scanned target", key),
                "what is scanned may say how to find secrets, nothing else");
}

bool explain_for_target(Reading& reading, const TomlEntry& entry) {
  if (!among(entry.key, kProviderWords) && !among(entry.key, kSteeringWords)) return explain_for_user(reading, entry);
  refuse_in_target(reading, entry.spot, entry.key);
  return true;
}

void warn_of_url(Reading& reading, const TomlEntry& entry, Extend&) {
  reading.warning(entry.spot, "'url' of [extend] is not used: nothing is fetched", "'path' extends a local file");
}

constexpr Key<Extend> kExtendKeys[] = {
    {"useDefault", set<&Extend::use_default>},
    {"use_default", set<&Extend::use_default>},
    {"path", set<&Extend::path>},
    {"disabledRules", set<&Extend::disabled_rules>},
    {"disabled_rules", set<&Extend::disabled_rules>},
    {"url", warn_of_url},
};

void read_fingerprint_key(Reading& reading, const TomlEntry& entry, Configuration& out) {
  out.fingerprint_key_spot = entry.spot;
  if (read_value(reading, entry.key, entry.value, out.fingerprint_key) && out.fingerprint_key.empty())
    reading.error(entry.spot, "'fingerprint_key' is empty", "leave it out to have public fingerprints");
}

constexpr Key<Configuration> kConfigurationKeys[] = {
    {"title", ignore},
    {"description", ignore},
    {"minVersion", ignore},
    {"extend", set<&Configuration::extend>},
    {"rules", set<&Configuration::rules>},
    {"allowlists", set<&Configuration::allowlists>},
    {"allowlist", set<&Configuration::allowlists>},
    {"fingerprint_key", read_fingerprint_key},
};

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Extend& out) {
  out.place = reading.place(value.spot);
  const bool right = read_table(reading, key, value, kExtendKeys, out);
  if (out.use_default && !out.path.empty())
    reading.error(value.spot, "'useDefault' and 'path' of [extend] exclude each other");
  return right;
}

RuleFile read_configuration(std::string_view text, const std::string& file_name, Trust trust, std::size_t limit) {
  Reading reading;
  if (limit != 0) reading.limit = limit;
  reading.file = file_name;
  reading.dialect = Dialect::configuration;
  reading.explain = trust == Trust::target ? explain_for_target : explain_for_user;
  const TomlValue document = parse_toml(text, file_name, reading.diagnostics);
  Configuration file;
  if (reading.diagnostics.empty()) {
    read_table(reading, "the file", document, kConfigurationKeys, file);
    report_two_allowlists(reading, std::get<TomlTable>(document.is));
    if (trust == Trust::target && file.fingerprint_key_spot.line != 0)
      refuse_in_target(reading, file.fingerprint_key_spot, "fingerprint_key");
  }
  std::stable_sort(file.rules.begin(), file.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  RuleFile out;
  out.catalogue.rules = std::move(file.rules);
  out.catalogue.allowlists = std::move(file.allowlists);
  out.extend = std::move(file.extend);
  out.fingerprint_key = std::move(file.fingerprint_key);
  out.diagnostics = take_diagnostics(reading);
  return out;
}

}  // namespace staunch
