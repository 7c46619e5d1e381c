#include "frontends/git/places.h"

#include <algorithm>
#include <map>

namespace staunch {
namespace {

// Of places of one secret, those that are new: what stands on the same line in the version before is not, and of the
// rest the last ones are.
void keep_new(std::vector<Found::One>& all, const std::vector<Occurrence>& before, const Introduction::Secret& secret) {
  std::vector<Found::One*> mine;
  for (Found::One& one : all)
    if (one.handle == secret.handle) mine.push_back(&one);
  std::multimap<std::string_view, int> old_lines;
  for (const Occurrence& o : before) old_lines.emplace(o.lines.reveal(), 0);
  std::size_t drop = mine.size() - std::min<std::size_t>(mine.size(), secret.places);
  for (Found::One* one : mine) {
    if (drop == 0) return;
    const auto line = old_lines.find(one->occurrence.lines.reveal());
    if (line == old_lines.end()) continue;
    old_lines.erase(line);
    one->handle = 0;
    --drop;
  }
  for (auto one = mine.begin(); one != mine.end() && drop > 0; ++one)
    if ((*one)->handle != 0) (*one)->handle = 0, --drop;
}

}  // namespace

std::optional<std::vector<Occurrence>> Places::scan(std::uint32_t blob, const std::string& path, Found& found) const {
  const ObjectStore& store = history_.objects.store();
  const ObjectId id = history_.objects.numbers().id(blob);
  const auto fail = [&](const std::string& why) {
    found.failure = Note{"blob " + id.hex(), why};
    return std::nullopt;
  };
  const auto header = store.header(id);
  if (!header) return fail(header.error().what);
  ItemReport report;
  if (header->size >= kStreamedObject) {
    const auto bytes = store.stream(id);
    if (!bytes) return fail(bytes.error().what);
    report = scanner_.scan(**bytes, path);
  } else {
    const auto object = store.read(id, kMaxHeldObject);
    if (!object) return fail(object.error().what);
    Scanner::Lease worker = scanner_.lease();
    report = scanner_.scan(worker, object->bytes, path);
  }
  std::erase_if(report.occurrences, [&](const Occurrence& o) { return !counts_(o); });
  return std::move(report.occurrences);
}

Found Places::find(const Introduction& introduction) const {
  Found found;
  if (introduction.name_is_new) {
    find_in_name(introduction, found);
    return found;
  }
  auto occurrences = scan(introduction.blob, introduction.path, found);
  if (!occurrences) return found;
  for (Occurrence& o : *occurrences) {
    const std::uint64_t handle = secret_handle(scanner_, o);
    for (const Introduction::Secret& secret : introduction.secrets)
      if (secret.handle == handle) found.occurrences.push_back({std::move(o), handle, secret.versions});
  }
  if (introduction.before == Numbering::kNone) return found;
  const auto before = scan(introduction.before, introduction.before_path, found);
  if (!before) return found;
  for (const Introduction::Secret& secret : introduction.secrets) {
    std::vector<Occurrence> same;
    for (const Occurrence& o : *before)
      if (secret_handle(scanner_, o) == secret.handle) same.push_back(o);
    keep_new(found.occurrences, same, secret);
  }
  std::erase_if(found.occurrences, [](const Found::One& one) { return one.handle == 0; });
  return found;
}

// The place is the path itself, so there is no line.
void Places::find_in_name(const Introduction& introduction, Found& found) const {
  Scanner::Lease worker = scanner_.lease();
  const std::size_t slash = introduction.path.rfind('/');
  const std::string name = introduction.path.substr(slash == std::string::npos ? 0 : slash + 1);
  auto add = [&](std::vector<Occurrence> occurrences, bool in_name) {
    for (Occurrence& o : occurrences) {
      if (!counts_(o) || (o.match_begin.line != 0) != in_name) continue;
      if (in_name) {
        o.begin = o.end = o.match_begin = o.match_end = {};
        o.reasons.push_back("it stands in the name of a file");
      }
      found.occurrences.push_back({std::move(o), 1, 1});
    }
  };
  add(scanner_.scan(worker, name, introduction.path).occurrences, true);
  if (introduction.blob != Numbering::kNone)
    add(scanner_.scan(worker, {}, introduction.path).occurrences, false);
}

std::vector<bool> names_with_hits(Scanner& scanner, const Names& names, const Counts& counts) {
  std::vector<bool> hits;
  Scanner::Lease worker = scanner.lease();
  names.for_each([&](std::uint32_t number, const std::string& name) {
    const auto counted = [&](const std::vector<Occurrence>& found) {
      return std::any_of(found.begin(), found.end(), counts);
    };
    if (!counted(scanner.scan(worker, name, name).occurrences)) return;
    if (hits.size() <= number) hits.resize(number + 1);
    hits[number] = true;
  });
  return hits;
}

}  // namespace staunch
