#include "frontends/git/history.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>

#include "frontends/git/blobs.h"
#include "frontends/git/commit_text.h"
#include "frontends/git/commits.h"
#include "frontends/git/introductions.h"
#include "frontends/git/places.h"
#include "frontends/git/tips.h"
#include "frontends/git/trees.h"

namespace staunch {
namespace {

constexpr std::size_t kMissedNamed = 20;  // objects that are not here

class Stopwatch {
 public:
  double lap() {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

void append(std::vector<Note>& notes, std::vector<Note>&& more) {
  std::move(more.begin(), more.end(), std::back_inserter(notes));
}

// What is to be told of one commit, tag or object.
struct Story {
  std::string date, id;  // by which stories are ordered; those without a date come last
  std::vector<Occurrence> occurrences;
};

class HistoryScan {
 public:
  HistoryScan(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
              const HistoryOptions& options, Totals& totals, HistoryTimes& times, Progress& progress)
      : repository_(repository), refs_(refs), store_(store), scanner_(scanner), options_(options), totals_(totals),
        times_(times), progress_(progress), objects_(store) {
    times_.index += watch_.lap();
  }

  std::vector<Story> run() {
    scan_all_blobs();
    scan_all_commits();
    scan_all_tags();
    find_trees();
    if (progress_.stop == nullptr) tell_introductions();
    return std::move(stories_);
  }

 private:
  void scan_all_blobs() {
    progress_.expected_items += objects_.count(ObjectType::blob);
    progress_.stage = nullptr;
    BlobOptions options;
    options.delta_scan = options_.delta_scan;
    options.counts = options_.counts;
    options.wanted = [](std::uint32_t) { return true; };
    BlobResult result = scan_blobs(objects_, scanner_, options, progress_);
    hits_ = std::move(result.hits);
    append(totals_.incomplete, std::move(result.failures));
    append(totals_.partial, std::move(result.partial));
    totals_.blobs += result.blobs;
    totals_.items += result.blobs;
    totals_.bytes += result.bytes;
    times_.blobs += watch_.lap();
  }

  void scan_all_commits() {
    progress_.stage = "commits";
    const auto on_text = [&](std::uint32_t number, const CommitText& text, Scanner::Lease& worker) {
      auto found = scan_message(worker, written_text(text), kMessagePath);
      if (found.empty()) return;
      Commit commit = commit_of(objects_.numbers().id(number), text);
      const std::lock_guard lock(mutex_);
      messages_.push_back({number, std::move(commit), std::move(found)});
    };
    CommitResult result = read_commits(objects_, repository_.shallow, scanner_, on_text, progress_);
    commits_ = std::move(result.commits);
    append(totals_.incomplete, std::move(result.failures));
    for (const std::string& id : result.missing)
      if (!repository_.partial) totals_.incomplete.push_back({"commit " + id, "a parent that is not here"});
    totals_.missing += result.missing.size();
    totals_.commits += commits_.size();
    for (std::uint32_t i = 0; i < commits_.size(); ++i) totals_.merges += commits_.node(i).count > 1 ? 1 : 0;
    tips_.emplace(repository_, refs_, objects_, commits_);
    append(totals_.incomplete, tips_->take_notes());
    for (Message& message : messages_) tell_message(message);
    times_.commits += watch_.lap();
  }

  void scan_all_tags() {
    Objects::Visitor visitor;
    visitor.wanted = [](std::uint32_t) { return true; };
    visitor.on_object = [&](const Rebuilt& object) {
      if (!object.wanted) return;
      const auto tag = parse_tag(object.text, store_.id_bytes());
      const std::string hex = objects_.numbers().id(object.node).hex();
      const std::lock_guard lock(mutex_);
      if (!tag) return totals_.incomplete.push_back({"tag " + hex, tag.error().what});
      auto found = scan_message(object.worker, written_text(*tag), kTagPath);
      if (found.empty()) return;
      Commit commit;
      commit.id = tag->object.hex();
      commit.author = tag->tagger.name;
      commit.email = tag->tagger.email;
      commit.author_date = commit.commit_date = date_of(tag->tagger);
      commit.message = tag->message;
      commit.blob = hex;
      commit.reachable = tips_->of_tag(object.node);
      add_story(commit.commit_date, hex, commit, std::move(found));
    };
    visitor.on_failure = [&](std::uint32_t number, const std::string& why) {
      const std::lock_guard lock(mutex_);
      totals_.incomplete.push_back({"tag " + objects_.numbers().id(number).hex(), why});
    };
    objects_.visit(ObjectType::tag, scanner_, visitor, progress_);
  }

  std::vector<Occurrence> scan_message(Scanner::Lease& worker, const std::string& text, const std::string& path) const {
    ItemReport report = scanner_.scan(worker, text, path);
    std::erase_if(report.occurrences, [&](const Occurrence& o) { return !options_.counts(o); });
    return std::move(report.occurrences);
  }

  struct Message {
    std::uint32_t number;
    Commit commit;
    std::vector<Occurrence> found;
  };

  void tell_message(Message& message) {
    const std::uint32_t commit = commits_.find(message.number);
    message.commit.reachable = commit == Commits::kNone ? "nothing" : tips_->of_commit(commit);
    add_story(message.commit.commit_date, message.commit.id, message.commit, std::move(message.found));
  }

  void add_story(const std::string& date, const std::string& id, const Commit& commit, std::vector<Occurrence> found) {
    for (Occurrence& o : found) o.commit = commit;
    stories_.push_back({date, id, std::move(found)});
  }

  // The trees that lead to hits; where a name turns out to be one, once more.
  void find_trees() {
    progress_.stage = "trees";
    std::vector<bool> hit_objects(objects_.numbers().size());
    for (const HitBlob& hit : hits_) hit_objects[hit.number] = true;
    TreeOptions options{hit_objects, nullptr, !repository_.partial};
    trees_ = look_through_trees(objects_, scanner_, options, names_, progress_);
    hit_names_ = names_with_hits(scanner_, names_, options_.counts);
    if (!hit_names_.empty()) {
      options.hit_names = &hit_names_;
      TreeResult again = look_through_trees(objects_, scanner_, options, names_, progress_);
      trees_.hits = std::move(again.hits);
      trees_.missing = std::move(again.missing);
    }
    append(totals_.incomplete, std::move(trees_.failures));
    times_.trees += watch_.lap();
  }

  void tell_introductions() {
    progress_.stage = "attribution";
    SecretsAt secrets_at(objects_, scanner_, hits_, options_.counts);
    const History history{objects_, commits_, trees_.hits, names_, hit_names_.empty() ? nullptr : &hit_names_,
                          trees_.missing.empty()};
    Attribution attribution = attribute(history, hits_, secrets_at);
    note_missed(attribution);
    for (const std::uint32_t commit : attribution.cut)
      totals_.partial.push_back({"commit " + objects_.numbers().id(commits_.node(commit).number).hex(),
                                 "its trees unfold to more than can be compared"});
    const StillHeld still = still_held(history, *tips_, secrets_at);
    times_.attribution += watch_.lap();
    const auto& introductions = attribution.introductions;
    const Places places(history, scanner_, options_.counts);
    const std::size_t before = stories_.size();
    stories_.resize(before + introductions.size());
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, introductions.size(), 1), [&](const auto& range) {
      for (std::size_t i = range.begin(); i < range.end() && progress_.stop == nullptr; ++i)
        stories_[before + i] = tell(introductions[i], places, still);
    });
    times_.introductions += watch_.lap();
  }

  Story tell(const Introduction& introduction, const Places& places, const StillHeld& still) {
    Story story;
    Commit commit;
    if (introduction.commit == Commits::kNone) {
      commit.reachable = "nothing";
      story.id = objects_.numbers().id(introduction.blob).hex();
    } else {
      const std::uint32_t number = commits_.node(introduction.commit).number;
      const ObjectId id = objects_.numbers().id(number);
      const auto object = store_.read(id, kMaxHeldObject);
      const auto text = object ? parse_commit(object->bytes, store_.id_bytes()) : Result<CommitText>(object.error());
      if (text) commit = commit_of(id, *text);
      commit.id = id.hex();
      commit.reachable = tips_->of_commit(introduction.commit);
      commit.at_or_before = commits_.node(introduction.commit).border || introduction.at_or_before;
      story.date = commit.commit_date;
      story.id = commit.id;
    }
    if (introduction.blob != Numbering::kNone) commit.blob = objects_.numbers().id(introduction.blob).hex();
    Found found = places.find(introduction);
    if (found.failure) {
      const std::lock_guard lock(mutex_);
      totals_.incomplete.push_back(*found.failure);
    }
    for (Found::One& one : found.occurrences) {
      one.occurrence.commit = commit;
      one.occurrence.commit->versions = one.versions;
      still.describe(one.handle, *one.occurrence.commit);
      story.occurrences.push_back(std::move(one.occurrence));
    }
    return story;
  }

  void note_missed(const Attribution& attribution) {
    totals_.missing += trees_.missing.size();
    std::size_t named = 0;
    for (const auto& [number, path] : attribution.missed)
      if (++named <= kMissedNamed)
        totals_.incomplete.push_back({trees_.missing[number - kMissing].hex(), "missing; it stood at " + path});
    if (named > kMissedNamed)
      totals_.incomplete.push_back({repository_.path, fmt::format("{} more objects are missing", named - kMissedNamed)});
    if (repository_.partial && !trees_.missing.empty())
      totals_.skipped.push_back({repository_.path, fmt::format("a partial clone: {} objects are not here",
                                                               trees_.missing.size())});
  }

  const Repository& repository_;
  const Refs& refs_;
  const ObjectStore& store_;
  Scanner& scanner_;
  const HistoryOptions& options_;
  Totals& totals_;
  HistoryTimes& times_;
  Progress& progress_;
  Stopwatch watch_;
  const Objects objects_;
  Commits commits_;
  Names names_;
  std::optional<Tips> tips_;
  std::vector<HitBlob> hits_;
  std::vector<bool> hit_names_;
  TreeResult trees_;
  std::mutex mutex_;
  std::vector<Message> messages_;
  std::vector<Story> stories_;
};

}  // namespace

void scan_history(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const HistoryOptions& options, Sink& sink, Totals& totals, HistoryTimes& times, Progress& progress) {
  std::vector<Story> stories = HistoryScan(repository, refs, store, scanner, options, totals, times, progress).run();
  const auto key = [](const Story& story) { return std::tuple(story.date.empty(), story.date, story.id); };
  std::stable_sort(stories.begin(), stories.end(), [&](const Story& a, const Story& b) { return key(a) < key(b); });
  for (Story& story : stories)
    for (Occurrence& o : story.occurrences) sink.occurrence(std::move(o));
}

}  // namespace staunch
