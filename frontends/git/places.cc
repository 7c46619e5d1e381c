#include "frontends/git/places.h"

#include <algorithm>
#include <set>

namespace staunch {
namespace {

constexpr const char* kInName = "it stands in the name of a file";

}  // namespace

Result<ItemReport> Places::in_blob(const ObjectId& blob, const std::string& path) const {
  const auto fail = [&](const Error& error) { return Error{error.what, "blob " + blob.hex()}; };
  const auto header = store_.header(blob);
  if (!header) return fail(header.error());
  ItemReport report;
  if (header->size >= kStreamedObject) {
    const auto bytes = store_.stream(blob);
    if (!bytes) return fail(bytes.error());
    report = scanner_.scan(**bytes, path);
  } else {
    const auto object = store_.read(blob, kMaxHeldObject);
    if (!object) return fail(object.error());
    Scanner::Lease worker = scanner_.lease();
    report = scanner_.scan(worker, object->bytes, path);
  }
  std::erase_if(report.occurrences, [&](const Occurrence& o) { return !counts_(o); });
  return report;
}

std::vector<Occurrence> Places::in_text(Scanner::Lease& worker, const std::string& text,
                                        const std::string& path) const {
  ItemReport report = scanner_.scan(worker, text, path);
  std::erase_if(report.occurrences, [&](const Occurrence& o) { return !counts_(o); });
  return std::move(report.occurrences);
}

std::vector<Places::New> Places::brought_in(const Introduction& introduction, const std::vector<Occurrence>& now,
                                            const std::vector<Occurrence>* before) const {
  const auto of_secret = [&](const std::vector<Occurrence>& all, std::uint64_t handle) {
    std::vector<const Occurrence*> same;
    for (const Occurrence& o : all)
      if (secret_handle(scanner_, o) == handle) same.push_back(&o);
    return same;
  };
  std::vector<New> found;
  for (const Introduction::Secret& secret : introduction.secrets) {
    auto places = of_secret(now, secret.handle);
    if (before != nullptr) keep_new(places, of_secret(*before, secret.handle), secret.places);
    for (const Occurrence* o : places)
      found.push_back({static_cast<std::uint32_t>(o - now.data()), secret.handle, secret.versions});
  }
  std::sort(found.begin(), found.end(), [](const New& a, const New& b) { return a.index < b.index; });
  return found;
}

void keep_new(std::vector<const Occurrence*>& places, const std::vector<const Occurrence*>& before, std::size_t count) {
  std::multiset<std::string_view> old_lines;
  for (const Occurrence* o : before) old_lines.insert(o->lines.reveal());
  for (auto place = places.begin(); place != places.end() && places.size() > count;) {
    const auto line = old_lines.find((*place)->lines.reveal());
    if (line == old_lines.end()) {
      ++place;
      continue;
    }
    old_lines.erase(line);
    place = places.erase(place);
  }
  if (places.size() > count) places.erase(places.begin(), places.end() - static_cast<std::ptrdiff_t>(count));
}

std::vector<Occurrence> Places::in_name(const std::string& path, bool is_file) const {
  std::vector<Occurrence> out;
  Scanner::Lease worker = scanner_.lease();
  const std::size_t slash = path.rfind('/');
  const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  for (Occurrence& o : in_text(worker, name, path)) {
    if (o.match_begin.line == 0) continue;
    o.begin = o.end = o.match_begin = o.match_end = {};
    o.reasons.push_back(kInName);
    out.push_back(std::move(o));
  }
  if (!is_file) return out;
  for (Occurrence& o : in_text(worker, {}, path))
    if (o.match_begin.line == 0) out.push_back(std::move(o));
  return out;
}

bool stands_in_name(const Occurrence& occurrence) {
  return !occurrence.reasons.empty() && occurrence.reasons.back() == kInName;
}

std::vector<bool> names_with_hits(Scanner& scanner, const Names& names, const Counts& counts) {
  constexpr std::size_t kBatchBytes = 64u << 10;
  std::vector<bool> hits;
  Scanner::Lease worker = scanner.lease();
  std::string joined;
  std::vector<Span> texts;
  std::vector<std::uint32_t> numbers;
  const auto look = [&] {
    const bool nothing = nothing_in(scanner, worker, joined, texts);
    for (std::size_t i = 0; i < texts.size() && !nothing; ++i) {
      const std::string& name = names.name(numbers[i]);
      const auto found = scanner.scan(worker, name, name).occurrences;
      const auto tells = [&](const Occurrence& o) { return o.match_begin.line != 0 && counts(o); };
      if (std::none_of(found.begin(), found.end(), tells)) continue;
      if (hits.size() <= numbers[i]) hits.resize(numbers[i] + 1);
      hits[numbers[i]] = true;
    }
    joined.clear();
    texts.clear();
    numbers.clear();
  };
  names.for_each([&](std::uint32_t number, const std::string& name) {
    if (!joined.empty()) joined += "\n\n";
    texts.push_back({joined.size(), joined.size() + name.size()});
    joined += name;
    numbers.push_back(number);
    if (joined.size() >= kBatchBytes) look();
  });
  if (!texts.empty()) look();
  return hits;
}

}  // namespace staunch
