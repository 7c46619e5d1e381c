#include "hooks/respond/subjects.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "engine/builtin.h"
#include "engine/fingerprint.h"
#include "engine/scan.h"
#include "frontends/report/read_jsonl.h"
#include "frontends/report/redact.h"
#include "frontends/report/small_file.h"
#include "hooks/respond/postgres_roles.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxFileReadAgain = 256u << 20;

struct Found {
  std::string fingerprint, rule, path, commit, repository;
  std::uint64_t line = 0;
  Secret secret;
  bool told = true;
  std::map<std::string, std::string> derived;
  Values halves;  // by rule id: what the scan says belongs to it
};

Values halves_of(const Occurrence& from, const Catalogue& catalogue) {
  Values halves;
  for (const Part& part : from.parts) halves.try_emplace(catalogue.rules[part.rule].id, part.secret);
  return halves;
}

class Collector : public Sink {
 public:
  Collector(const Catalogue& catalogue, const ReadBack* read_back) : catalogue_(catalogue), read_back_(read_back) {}
  void start(const RunInfo& run) override { targets = run.targets; }
  void occurrence(Occurrence from) override {
    Found found;
    found.fingerprint = from.fingerprint;
    found.rule = catalogue_.rules[from.rule].id;
    found.path = from.path;
    found.line = from.begin.line;
    found.commit = from.commit ? from.commit->id : "";
    found.repository = from.commit ? from.commit->repository : "";
    found.told = read_back_ == nullptr || !read_back_->stand_in;
    if (found.told) {
      found.secret = std::move(from.secret);
      found.halves = halves_of(from, catalogue_);
    }
    found.derived = std::move(from.derived);
    derive_postgres(found.rule, from.match.reveal(), found.derived);
    all.push_back(std::move(found));
  }
  Status finish(const Totals&) override { return Done{}; }

  std::vector<Found> all;
  std::vector<std::string> targets;

 private:
  const Catalogue& catalogue_;
  const ReadBack* read_back_;
};

std::vector<Found> found_in(Scanner& scanner, Fingerprinter& fingerprinter, std::string_view text,
                            const std::string& path) {
  Scanner::Lease lease = scanner.lease();
  ItemReport report = scanner.scan(lease, text, path);
  std::vector<Found> all;
  for (Occurrence& from : report.occurrences) {
    const Rule& rule = scanner.database().catalogue().rules[from.rule];
    Found found;
    found.fingerprint = from.fingerprint.empty() ? fingerprinter.of_guessable(from.secret.reveal()) : from.fingerprint;
    found.rule = rule.id;
    found.path = path;
    found.line = from.begin.line;
    found.halves = halves_of(from, scanner.database().catalogue());
    found.secret = std::move(from.secret);
    found.derived = std::move(from.derived);
    derive_postgres(found.rule, from.match.reveal(), found.derived);
    all.push_back(std::move(found));
  }
  return all;
}

// Reads the secrets of a redacted report again, file by file.
Status read_again(std::vector<Found>& all, const std::string& key) {
  auto database = builtin_database();
  if (!database) return database.error();
  Scanner scanner(*database, {.fingerprint_key = key});
  Fingerprinter fingerprinter(key);
  std::map<std::string, std::vector<Found*>> by_path;
  for (Found& found : all)
    if (!found.told && found.commit.empty()) by_path[found.path].push_back(&found);
  for (auto& [path, wanted] : by_path) {
    const auto text = read_small_file(path, kMaxFileReadAgain);
    if (!text) continue;
    std::unordered_map<std::string, Found> here;
    for (Found& found : found_in(scanner, fingerprinter, *text, path))
      here.emplace(found.rule + found.fingerprint, std::move(found));
    for (Found* found : wanted)
      if (const auto at = here.find(found->rule + found->fingerprint); at != here.end()) {
        found->secret = at->second.secret;
        found->halves = at->second.halves;
        found->derived = at->second.derived;
      }
  }
  return Done{};
}

std::uint64_t distance(const Found& a, const Found& b) { return a.line > b.line ? a.line - b.line : b.line - a.line; }

// Each finding's nearest neighbours of other rules in the same version of the same file.
void add_neighbours(Subject& subject, const Found& found, const std::vector<const Found*>& same_file) {
  std::map<std::string, const Found*> nearest;
  for (const Found* other : same_file) {
    if (other->rule == found.rule || other->secret.empty()) continue;
    const Found*& best = nearest[other->rule];
    if (!best || distance(*other, found) < distance(*best, found)) best = other;
  }
  for (const auto& [rule, other] : nearest) subject.beside.try_emplace(rule, other->secret);
}

Subjects grouped(std::vector<Found> all, const Catalogue& catalogue) {
  std::map<std::string, std::vector<const Found*>> files;
  for (const Found& found : all) files[found.path + '\n' + found.commit].push_back(&found);
  Subjects subjects;
  std::unordered_map<std::string, std::size_t> index;
  for (const Found& found : all) {
    const auto [at, added] = index.emplace(found.rule + found.fingerprint, subjects.all.size());
    if (added) {
      Subject& subject = subjects.all.emplace_back();
      const Rule* rule = find_rule(catalogue, found.rule);
      subject.fingerprint = found.fingerprint;
      subject.rule = rule ? rule->id : found.rule;
      subject.provider = rule ? rule->provider : "";
      subject.shown = rule ? redacted_form(*rule, found.secret.reveal(), {}) : "…";
      subject.derived = found.derived;
    }
    Subject& subject = subjects.all[at->second];
    if (subject.secret.empty()) subject.secret = found.secret;
    if (subject.places.size() < kMaxSubjectPlaces)
      subject.places.push_back({found.path, found.commit, found.repository, found.line});
    ++subject.place_count;
    for (const auto& [rule, half] : found.halves) subject.beside.try_emplace(rule, half);
    add_neighbours(subject, found, files[found.path + '\n' + found.commit]);
  }
  for (Subject& subject : subjects.all)
    if (subject.secret.empty())
      subject.missing = subject.places[0].commit.empty()
                            ? "moved: it no longer stands where the report says"
                            : "the report does not show it; scan again with --show-secrets for secrets of a history";
  return subjects;
}

}  // namespace

Result<Subjects> subjects_of_report(const std::string& path, const Catalogue& catalogue, const std::string& key) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{fmt::format("cannot open: {}", std::strerror(errno)), path};
  auto subjects = subjects_of_report(fd, path, catalogue, key);
  close(fd);
  return subjects;
}

Result<Subjects> subjects_of_report(int fd, const std::string& path, const Catalogue& catalogue,
                                    const std::string& key) {
  Catalogue known = catalogue;  // the reader adds what it does not know
  Suppressed suppressed;
  ReadBack read_back;
  Collector collector(known, &read_back);
  const Result<Totals> totals = read_jsonl({fd, path, known, read_back, suppressed}, collector);
  if (!totals) return totals.error();
  if (std::any_of(collector.all.begin(), collector.all.end(), [](const Found& found) { return !found.told; }))
    if (const Status read = read_again(collector.all, key); !read) return read.error();
  Subjects subjects = grouped(std::move(collector.all), catalogue);
  subjects.targets = std::move(collector.targets);
  for (const Note& note : totals->incomplete) subjects.notes.push_back(note.what + ": " + note.why);
  return subjects;
}

Result<Subjects> subjects_of_text(const std::string& text, const std::string& rule, const Catalogue& catalogue,
                                  const std::string& key) {
  Fingerprinter fingerprinter(key);
  std::vector<Found> all;
  auto database = builtin_database();
  if (!database) return database.error();
  Scanner scanner(*database, {.fingerprint_key = key});
  if (rule.empty()) {
    all = found_in(scanner, fingerprinter, text, "");
    if (all.empty()) return Error{"no rule finds a secret in it; name its kind with --rule ID", "standard input"};
  } else {
    const Rule* known = find_rule(catalogue, rule);
    if (!known) return Error{fmt::format("there is no rule '{}'", rule), ""};
    Found found;
    found.rule = known->id;
    found.secret = Secret(trimmed(std::string_view(text).substr(0, text.find_last_not_of("\r\n") + 1)));
    if (found.secret.empty()) return Error{"it is empty", "standard input"};
    found.fingerprint = known->guessable ? fingerprinter.of_guessable(found.secret.reveal())
                                         : fingerprinter.of(found.secret.reveal());
    found.line = 1;
    all.push_back(std::move(found));
  }
  return grouped(std::move(all), catalogue);
}

}  // namespace staunch
