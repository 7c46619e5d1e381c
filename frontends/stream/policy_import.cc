#include "frontends/stream/policy_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "frontends/stream/terms.h"
#include "rules/key_table.h"
#include "rules/yaml.h"

namespace staunch {
namespace {

constexpr std::string_view kName = "dlp-filter";
constexpr std::int64_t kTheirMaxDistance = 8;

struct Text {
  std::string text;
  Spot spot;
};

struct Block {
  std::vector<Text> patterns, terms;
  Action action = Action::redact;
  bool fuzzy = false;
  std::int64_t distance = 1;
  Spot distance_spot;
};

template <auto Member>
void read_texts(Reading& reading, const TomlEntry& entry, Block& out) {
  const TomlArray* items = std::get_if<TomlArray>(&entry.value.is);
  if (items == nullptr) return report_kind(reading, entry.key, entry.value, "a list of strings");
  for (const TomlValue& item : *items) {
    const std::string* text = std::get_if<std::string>(&item.is);
    if (text != nullptr && !text->empty()) (out.*Member).push_back({*text, item.spot});
    else reading.error(item.spot, fmt::format("'{}' must hold strings that are not empty", entry.key));
  }
}

constexpr Word<Action> kActions[] = {{"redact", Action::redact}, {"block", Action::block}};

void read_action(Reading& reading, const TomlEntry& entry, Block& out) {
  read_word(reading, entry.key, entry.value, kActions, out.action);
}

void read_distance(Reading& reading, const TomlEntry& entry, Block& out) {
  out.distance_spot = entry.value.spot;
  set_in<&Block::distance, 0, kTheirMaxDistance>(reading, entry, out);
}

// The higher levels switch detectors on that are not described.
void read_level(Reading& reading, const TomlEntry& entry, Block&) {
  constexpr Word<bool> kLevels[] = {{"standard", true}, {"high", false}, {"restricted", false}};
  bool understood = true;
  if (read_word(reading, entry.key, entry.value, kLevels, understood) && !understood)
    reading.error(entry.value.spot, "this 'sensitivity_level' adds detectors of that gateway which are not known here",
                  "write what it shall find as detect_patterns or blocked_terms, and 'standard' here");
}

constexpr Key<Block> kBlockKeys[] = {
    {"detect_patterns", read_texts<&Block::patterns>},
    {"blocked_terms", read_texts<&Block::terms>},
    {"action", read_action},
    {"fuzzy_matching", set<&Block::fuzzy>},
    {"max_distance", read_distance},
    {"sensitivity_level", read_level},
};

const TomlEntry* entry_of(const TomlValue* value, std::string_view key) {
  const TomlTable* table = value == nullptr ? nullptr : std::get_if<TomlTable>(&value->is);
  if (table == nullptr) return nullptr;
  const auto found = std::find_if(table->begin(), table->end(), [&](const TomlEntry& e) { return e.key == key; });
  return found == table->end() ? nullptr : &*found;
}

const TomlValue* at(const TomlValue* value, std::string_view key) {
  const TomlEntry* entry = entry_of(value, key);
  return entry == nullptr ? nullptr : &entry->value;
}

void check_chain(Reading& reading, const TomlValue& root, Spot block) {
  const TomlValue* chain = at(at(&root, "policies"), "chain");
  const TomlArray* items = chain == nullptr ? nullptr : std::get_if<TomlArray>(&chain->is);
  if (items == nullptr)
    return reading.error(block, "there is no list 'policies.chain', so nothing says that this runs");
  bool runs = false;
  for (const TomlValue& item : *items) {
    const std::string* name = std::get_if<std::string>(&item.is);
    if (name == nullptr) reading.error(item.spot, "'policies.chain' must hold names");
    else if (*name == kName) runs = true;
    else reading.warning(item.spot, fmt::format("'{}' is another policy and is not carried over", *name));
  }
  if (!runs) reading.error(block, "'policies.chain' does not name 'dlp-filter', so this never ran");
}

void check_terms(Reading& reading, const Block& block) {
  const std::int64_t distance = block.fuzzy ? block.distance : 0;
  if (distance > kMaxDistance)
    return reading.error(block.distance_spot, fmt::format("'max_distance' is at most {} here", kMaxDistance),
                         "more finds what is not meant");
  for (const Text& term : block.terms)
    if (folded(term.text).size() < 4 * (static_cast<std::size_t>(distance) + 1))
      reading.error(term.spot, fmt::format("the term '{}' needs {} letters and digits at distance {}", term.text,
                                           4 * (distance + 1), distance));
}

std::vector<std::string> texts(const std::vector<Text>& from) {
  std::vector<std::string> out;
  for (const Text& each : from) out.push_back(each.text);
  return out;
}

}  // namespace

ImportedDlp import_dlp(std::string_view yaml, const std::string& file_name, std::vector<Diagnostic>& diagnostics) {
  Reading reading;
  reading.file = file_name;
  const TomlValue root = parse_yaml(yaml, file_name, reading.diagnostics);
  Block block;
  if (!has_errors(reading.diagnostics)) {
    const TomlEntry* top = entry_of(at(&root, "policy"), kName);
    const TomlEntry* under = entry_of(at(at(&root, "policies"), "policy"), kName);
    const TomlEntry* entry = top != nullptr ? top : under;
    if (entry == nullptr) {
      reading.error(root.spot, "there is no 'dlp-filter' under 'policy'");
    } else {
      if (top != nullptr && under != nullptr) reading.error(under->spot, "'dlp-filter' stands here twice");
      read_table(reading, kName, entry->value, kBlockKeys, block);
      check_chain(reading, root, entry->spot);
      check_terms(reading, block);
    }
  }
  std::vector<Diagnostic> mistakes = take_diagnostics(reading);
  std::move(mistakes.begin(), mistakes.end(), std::back_inserter(diagnostics));
  const unsigned distance = block.fuzzy ? static_cast<unsigned>(block.distance) : 0;
  return {texts(block.patterns), texts(block.terms), block.action, block.fuzzy, distance};
}

}  // namespace staunch
