#include "hooks/respond/subjects.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include "engine/builtin.h"
#include "engine/fingerprint.h"
#include "engine/scan.h"
#include "frontends/report/read_report.h"
#include "frontends/report/redact.h"
#include "frontends/report/small_file.h"
#include "hooks/respond/connection_string.h"
#include "hooks/respond/logins.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/read_again.h"
#include "hooks/respond/sealed_report.h"

namespace staunch {
namespace {

Values halves_of(const Occurrence& from, const Catalogue& catalogue) {
  Values halves;
  for (const Part& part : from.parts) halves.try_emplace(catalogue.rules[part.rule].id, part.secret);
  return halves;
}

// Whose commands a report of ours comes from; all others are scanners' names.
bool is_ours(const std::string& command) {
  static const std::set<std::string, std::less<>> kOurs = {"dir", "git", "stdin", "filter", "serve", "hook", "staunch"};
  return kOurs.contains(command) || command.starts_with("hook");
}

class Collector : public Sink {
 public:
  Collector(const Catalogue& catalogue, const ReadBack& read_back) : catalogue_(catalogue), read_back_(read_back) {}
  void start(const RunInfo& run) override {
    targets = run.targets;
    of_many_texts = run.command == "filter" || run.command == "serve";
    foreign = !is_ours(run.command);
    stream = of_many_texts || run.command == "stdin";
  }
  void occurrence(Occurrence from) override {
    Found found;
    found.fingerprint = from.fingerprint;
    found.rule = catalogue_.rules[from.rule].id;
    found.path = from.path;
    found.line = from.begin.line;
    found.commit = from.commit ? from.commit->id : "";
    found.repository = from.commit ? from.commit->repository : "";
    found.since = from.commit ? from.commit->commit_date : "";
    found.blob = from.commit ? from.commit->blob : "";
    if (!read_back_.stand_in) {
      found.said = said_beside(from.lines.reveal(), from.secret.reveal());
      found.secret = std::move(from.secret);
      found.halves = halves_of(from, catalogue_);
    }
    found.derived = std::move(from.derived);
    derive_login(found.rule, from.match.reveal(), from.lines.reveal(), found.derived);
    all.push_back(std::move(found));
  }
  Status finish(const Totals&) override { return Done{}; }

  std::vector<Found> all;
  std::vector<std::string> targets;
  bool of_many_texts = false;  // so that what stands beside what is not told
  bool foreign = false;        // of another scanner
  bool stream = false;         // which cannot be read again

 private:
  const Catalogue& catalogue_;
  const ReadBack& read_back_;
};

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

Subjects grouped(std::vector<Found> all, const Catalogue& catalogue, bool of_many_texts = false) {
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
    if (subject.missing.empty()) subject.missing = found.missing;
    if (subject.places.size() < kMaxSubjectPlaces)
      subject.places.push_back({found.path, found.commit, found.repository, found.line, found.since});
    ++subject.place_count;
    for (const auto& [rule, half] : found.halves) subject.beside.try_emplace(rule, half);
    for (const auto& [name, value] : found.said) subject.said.try_emplace(name, value);
    if (!of_many_texts) add_neighbours(subject, found, files[found.path + '\n' + found.commit]);
  }
  return subjects;
}

// A report on its way from the thread that reads it.
class Stream : public Collector {
 public:
  using Collector::Collector;
  void occurrence(Occurrence from) override {
    const std::lock_guard lock(mutex_);
    Collector::occurrence(std::move(from));
    came_.notify_one();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    came_.notify_one();
  }

  // What is there, but for the last file's places while more of them may come. False at the end.
  bool next(std::vector<Found>& batch) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return ended_ || !all.empty(); });
    while (!ended_ && came_.wait_for(lock, kPause) != std::cv_status::timeout && all.size() < kBatch) {
    }
    batch.clear();
    std::size_t count = all.size();
    const auto same = [](const Found& a, const Found& b) { return a.path == b.path && a.commit == b.commit; };
    if (count >= kBatch && !ended_)
      while (count > 0 && same(all[count - 1], all.back())) --count;
    if (count == 0) count = all.size();  // all of one file
    std::move(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(batch));
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
    return !batch.empty() || !ended_;
  }

 private:
  static constexpr std::chrono::milliseconds kPause{200};
  static constexpr std::size_t kBatch = 1000;
  std::mutex mutex_;
  std::condition_variable came_;
  bool ended_ = false;
};

}  // namespace

Status each_batch(const ReportSource& from, const Catalogue& catalogue,
                  const std::function<void(const Subjects&)>& take) {
  Catalogue known = catalogue;
  Suppressed suppressed;
  ReadBack read_back;
  Stream stream(known, read_back);
  Result<Totals> totals = Error{};
  std::thread reader([&] {
    totals = read_jsonl({0, from.path, known, read_back, suppressed}, stream);
    stream.end();
  });
  Status wrong = Done{};
  for (std::vector<Found> batch; stream.next(batch);) {
    if (batch.empty()) continue;
    const ReadAgain how{from.folder, false, stream.stream, stream.targets, from.fingerprint_key};
    if (const Status read = read_again(batch, how, catalogue); !read) wrong = read;
    Subjects subjects = grouped(std::move(batch), catalogue);
    subjects.targets = stream.targets;  // known before the first finding
    take(subjects);
  }
  reader.join();
  return totals ? wrong : totals.error();
}

Result<Subjects> subjects_of_report(const ReportSource& from, const Catalogue& catalogue) {
  int fd = from.path == "-" ? 0 : open(from.path.c_str(), O_RDONLY | O_CLOEXEC);
  const std::string name = from.path == "-" ? "standard input" : from.path;
  if (fd < 0) return Error{fmt::format("cannot open: {}", std::strerror(errno)), name};
  if (fd != 0 && is_sealed_report(fd)) {
    const auto unsealed = open_sealed_report(fd, from.key_file);
    close(fd);
    if (!unsealed) return Error{unsealed.error().what, unsealed.error().where.empty() ? name : unsealed.error().where};
    fd = *unsealed;
  }
  Catalogue known = catalogue;  // the reader adds what it does not know
  Suppressed suppressed;
  ReadBack read_back;
  Collector collector(known, read_back);
  const Result<Totals> totals =
      read_reports({{{fd, name}}, from.fingerprint_key, {true, 0}, known, read_back, suppressed}, collector);
  if (fd != 0) close(fd);
  if (!totals) return totals.error();
  const ReadAgain how{from.folder, collector.foreign, collector.stream, collector.targets, from.fingerprint_key};
  if (const Status read = read_again(collector.all, how, catalogue); !read) return read.error();
  Subjects subjects = grouped(std::move(collector.all), catalogue, collector.of_many_texts);
  subjects.targets = std::move(collector.targets);
  if (!from.folder.empty()) subjects.targets.push_back(from.folder);
  for (const Note& note : totals->incomplete) subjects.notes.push_back(note.what + ": " + note.why);
  return subjects;
}

Result<Subjects> subjects_of_text(const std::string& text, const std::string& rule, const Catalogue& catalogue,
                                  const std::string& key) {
  std::vector<Found> all;
  auto database = builtin_database();
  if (!database) return database.error();
  Scanner scanner(*database, {.fingerprint_key = key});
  if (rule.empty()) {
    all = found_in(scanner, key, text, "");
    if (all.empty()) return Error{"no rule finds a secret in it; name its kind with --rule ID", "standard input"};
  } else {
    const Rule* known = find_rule(catalogue, rule);
    if (!known) return Error{fmt::format("there is no rule '{}'", rule), ""};
    Found found;
    found.rule = known->id;
    found.secret = Secret(trimmed(std::string_view(text).substr(0, text.find_last_not_of("\r\n") + 1)));
    if (found.secret.empty()) return Error{"it is empty", "standard input"};
    Fingerprinter fingerprinter(key);
    found.fingerprint =
        known->guessable ? fingerprinter.of_guessable(found.secret.reveal()) : fingerprinter.of(found.secret.reveal());
    found.line = 1;
    all.push_back(std::move(found));
  }
  return grouped(std::move(all), catalogue);
}

}  // namespace staunch
