// A detect-secrets baseline: for each file, what stands in it, by kind, line and SHA-1 of the secret.
//
// Each hash becomes a line of an ignore file ("sha1:…"), which holds back whatever has that secret, wherever it stands.
// It works where both programs take the same bytes for the secret; whether they do cannot be told from a hash. What was
// audited as a real secret is not ignored. Filters and plugins say how detect-secrets looks, not what was found.
// Source: detect-secrets' docs/design.md and the baselines that it writes ("results": {file: [{type, hashed_secret,
// line_number, is_secret}]}); the hash is that of the secret's UTF-8 bytes, without salt.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rules/import_formats.h"

namespace staunch {

struct HashedSecret {
  std::string type, file, hash;
  std::int64_t line = 0;
  bool verified = false, audited = false, real = false;
  Spot spot;
};

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, HashedSecret& out);

namespace {

void read_audit(Reading& reading, const TomlEntry& entry, HashedSecret& out) {
  out.audited = read_value(reading, entry.key, entry.value, out.real);
}

constexpr Key<HashedSecret> kSecretKeys[] = {
    {"type", set<&HashedSecret::type>},          {"filename", set<&HashedSecret::file>},
    {"hashed_secret", set<&HashedSecret::hash>}, {"is_verified", set<&HashedSecret::verified>},
    {"line_number", set<&HashedSecret::line>},   {"is_secret", read_audit},
    {"is_added", ignore<HashedSecret>},          {"is_removed", ignore<HashedSecret>},
};

bool is_sha1(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Of a file's name in a comment.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

void add_secret(const HashedSecret& secret, Reading& reading, std::set<std::string>& seen, Imported& out) {
  if (!is_sha1(secret.hash))
    return reading.warning(secret.spot, "a secret without hashed_secret (40 hex digits) is not carried over");
  if (secret.audited && secret.real)
    return reading.warning(secret.spot,
                           fmt::format("line {} of {} was audited as a real secret: it is not ignored", secret.line,
                                       one_line(secret.file)),
                           "revoke it");
  if (!seen.insert(secret.hash).second) return;
  out.ignores.push_back(fmt::format("sha1:{}  # {} in {}, line {}", secret.hash, one_line(secret.type),
                                    one_line(secret.file), secret.line));
}

// What makes detect-secrets look away.
void warn_of_filters(const TomlEntry& entry, Reading& reading) {
  const auto* filters = std::get_if<TomlArray>(&entry.value.is);
  if (filters == nullptr) return;
  for (const TomlValue& filter : *filters)
    if (const auto* table = std::get_if<TomlTable>(&filter.is))
      for (const TomlEntry& setting : *table) {
        if (setting.key != "pattern") continue;
        reading.warning(setting.spot, "a filter by pattern is not carried over",
                        "an [[allowlists]] of a configuration has paths and regexes");
      }
}

void read_results(const TomlEntry& results, Reading& reading, Imported& out) {
  const TomlTable* files = expect_table(reading, results.key, results.value);
  if (files == nullptr) return;
  std::set<std::string> seen;
  for (const TomlEntry& file : *files) {
    std::vector<HashedSecret> secrets;
    read_value(reading, file.key, file.value, secrets);
    for (HashedSecret& secret : secrets) {
      if (secret.file.empty()) secret.file = file.key;
      add_secret(secret, reading, seen, out);
    }
  }
}

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, HashedSecret& out) {
  out.spot = value.spot;
  return read_table(reading, key, value, kSecretKeys, out);
}

void import_hashes(const TomlValue& document, Reading& reading, Imported& out) {
  const TomlTable* table = expect_table(reading, "the file", document);
  if (table == nullptr) return;
  bool found = false;
  for (const TomlEntry& entry : *table) {
    if (entry.key == "results") read_results(entry, reading, out), found = true;
    if (entry.key == "filters_used") warn_of_filters(entry, reading);
  }
  if (!found) reading.error(document.spot, "no 'results': not a detect-secrets baseline");
}

}  // namespace staunch
