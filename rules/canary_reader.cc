// rules/canaries.toml: strict, as provider files are.
#include <fmt/format.h>

#include "rules/reader.h"
#include "rules/rule_keys.h"

namespace staunch {

// Found by the templates of key_table.h through their last argument, so it cannot be in the unnamed namespace.
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, CanaryService& out);

namespace {

struct CanaryFile {
  std::vector<CanaryService> canaries;
};

constexpr Key<CanaryService> kServiceKeys[] = {{"service", set<&CanaryService::name>},
                                               {"accounts", set<&CanaryService::accounts>},
                                               {"hosts", set<&CanaryService::hosts>},
                                               {"sources", set<&CanaryService::sources>}};

constexpr Key<CanaryFile> kFileKeys[] = {{"canaries", set<&CanaryFile::canaries>}};

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, CanaryService& out) {
  if (!read_table(reading, key, value, kServiceKeys, out)) return false;
  for (const char* needed : {"service", "sources"})
    if (!states(reading, value, needed)) reading.error(value.spot, fmt::format("[[canaries]] needs '{}'", needed));
  return true;
}

RuleFile read_canary_file(std::string_view text, const std::string& file_name) {
  Reading reading;
  reading.file = file_name;
  const TomlValue document = parse_toml(text, file_name, reading.diagnostics);
  CanaryFile file;
  if (reading.diagnostics.empty()) read_table(reading, "the file", document, kFileKeys, file);
  if (file.canaries.empty()) reading.error(document.spot, "a file of canary tokens needs [[canaries]]");
  RuleFile out;
  out.catalogue.canaries = std::move(file.canaries);
  out.diagnostics = take_diagnostics(reading);
  return out;
}

}  // namespace staunch
