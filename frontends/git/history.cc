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
#include "frontends/git/message_scan.h"
#include "frontends/git/places.h"
#include "frontends/git/telling.h"
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

// In an order that does not depend on threads.
void append(std::vector<Note>& notes, std::vector<Note>&& more) {
  std::sort(more.begin(), more.end(),
            [](const Note& a, const Note& b) { return std::tie(a.what, a.why) < std::tie(b.what, b.why); });
  std::move(more.begin(), more.end(), std::back_inserter(notes));
}

void add(Totals& totals, Totals&& more) {
  totals.bytes += more.bytes;
  totals.items += more.items;
  totals.commits += more.commits;
  totals.merges += more.merges;
  totals.blobs += more.blobs;
  totals.missing += more.missing;
  append(totals.skipped, std::move(more.skipped));
  append(totals.partial, std::move(more.partial));
  append(totals.incomplete, std::move(more.incomplete));
}

struct Outcome {
  std::vector<Story> stories;
  std::vector<Holders> holders;
  std::vector<Told> told;  // in the order of the stories
  bool all_read = true;    // what is here; what is missing is as it was next time, too
};

class HistoryScan {
 public:
  HistoryScan(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
              const HistoryOptions& options, Totals& totals, HistoryTimes& times, Progress& progress)
      : repository_(repository),
        refs_(refs),
        store_(store),
        scanner_(scanner),
        options_(options),
        totals_(totals),
        times_(times),
        progress_(progress),
        objects_(store),
        places_(store, scanner, options.counts) {
    times_.index += watch_.lap();
  }

  Outcome run() {
    scan_all_blobs();
    scan_all_commits();
    if (options_.only == nullptr) scan_all_tags();
    find_trees();
    if (progress_.stop == nullptr) tell_introductions();
    return std::move(out_);
  }

 private:
  void scan_all_blobs() {
    progress_.expected_items += objects_.count(ObjectType::blob);
    progress_.stage = nullptr;
    std::vector<HitBlob> known;
    BlobOptions options;
    options.delta_scan = options_.delta_scan;
    options.counts = options_.counts;
    options.max_bytes = options_.max_bytes;
    options.wanted = [&](std::uint32_t number) { return options_.known == nullptr || !is_known(number, known); };
    options.keep_whole = options_.known != nullptr;
    BlobResult result = scan_blobs(objects_, scanner_, options, progress_);
    hits_ = std::move(result.hits);
    if (options_.known != nullptr) learn(result.whole);
    hits_.insert(hits_.end(), known.begin(), known.end());
    std::sort(hits_.begin(), hits_.end(), [](const HitBlob& a, const HitBlob& b) { return a.number < b.number; });
    tell_unread(std::move(result.failures));
    append(totals_.partial, std::move(result.partial));
    append(totals_.skipped, std::move(result.skipped));
    count_blobs(result.blobs, result.bytes);
    times_.blobs += watch_.lap();
  }

  // Where several threads may come, behind the lock.
  void tell_unread(std::vector<Note> failures) {
    out_.all_read = out_.all_read && failures.empty();
    append(totals_.incomplete, std::move(failures));
  }

  void count_blobs(std::uint64_t blobs, std::uint64_t bytes) {
    totals_.blobs += blobs;
    totals_.items += blobs;
    totals_.bytes += bytes;
  }

  bool is_known(std::uint32_t number, std::vector<HitBlob>& hits) {
    if (objects_.type(number) != ObjectType::blob) return false;
    const ObjectId id = objects_.numbers().id(number);
    const std::uint64_t* bytes = options_.known->clean(id);
    if (bytes == nullptr) {
      const KnownBlobs::Hit* hit = options_.known->hit(id);
      if (hit == nullptr) return false;
      bytes = &hit->bytes;
      hits.push_back({number, hit->asks_path, hit->secrets, std::nullopt});
    }
    count_blobs(1, *bytes);
    ++progress_.items;
    progress_.bytes += *bytes;
    return true;
  }

  void learn(const std::vector<WholeBlob>& whole) const {
    for (const WholeBlob& blob : whole) {
      const ObjectId id = objects_.numbers().id(blob.number);
      const auto hit = std::lower_bound(hits_.begin(), hits_.end(), blob.number,
                                        [](const HitBlob& each, std::uint32_t number) { return each.number < number; });
      if (hit == hits_.end() || hit->number != blob.number) options_.known->add_clean(id, blob.bytes);
      else options_.known->add_hit(id, {blob.bytes, hit->asks_path, hit->secrets});
    }
    options_.known->settle();
  }

  void scan_all_commits() {
    progress_.stage = "commits";
    MessageScan messages(scanner_, options_.counts, kMessagePath);
    const auto on_text = [&](std::uint32_t number, const CommitText& text, Scanner::Lease& worker) {
      messages.add(number, written_text(text), worker);
    };
    CommitResult result = read_commits(objects_, repository_.shallow, scanner_, on_text, progress_);
    commits_ = std::move(result.commits);
    tell_unread(std::move(result.failures));
    for (const std::string& id : result.missing)
      if (!repository_.partial) totals_.incomplete.push_back({"commit " + id, "a parent that is not here"});
    for (const auto& [id, commit] : result.missing_trees)
      if (!repository_.partial) totals_.incomplete.push_back({"tree " + id, "missing; commit " + commit + " names it"});
    whole_ = result.missing_trees.empty();
    totals_.missing += result.missing.size() + result.missing_trees.size();
    for (std::uint32_t i = 0; i < commits_.size(); ++i) {
      if (!is_asked_for(commits_.node(i).number)) continue;
      ++totals_.commits;
      totals_.merges += commits_.node(i).count > 1 ? 1 : 0;
    }
    tips_.emplace(repository_, refs_, objects_, commits_);
    append(totals_.incomplete, tips_->take_notes());
    for (const std::uint32_t number : messages.finish())
      if (is_asked_for(number)) add_message(number);
    times_.commits += watch_.lap();
  }

  void scan_all_tags() {
    MessageScan messages(scanner_, options_.counts, kTagPath);
    const auto fail = [&](std::uint32_t number, const std::string& why) {
      const std::lock_guard lock(mutex_);
      tell_unread({{"tag " + objects_.numbers().id(number).hex(), why}});
    };
    Objects::Visitor visitor;
    visitor.wanted = [](std::uint32_t) { return true; };
    visitor.on_object = [&](const Rebuilt& object) {
      if (!object.wanted) return;
      const auto tag = parse_tag(object.text, store_.id_bytes());
      if (tag) messages.add(object.node, written_text(*tag), object.worker);
      else fail(object.node, tag.error().what);
    };
    visitor.on_failure = fail;
    objects_.visit(ObjectType::tag, scanner_, visitor, progress_);
    for (const std::uint32_t number : messages.finish()) {
      Story story;
      story.kind = Story::Kind::tag;
      story.object = objects_.numbers().id(number);
      story.reachable = tips_->of_tag(number);
      add_story(std::move(story));
    }
  }

  bool is_asked_for(std::uint32_t commit) const {
    return options_.only == nullptr || options_.only->count(objects_.numbers().id(commit)) > 0;
  }

  void add_message(std::uint32_t number) {
    const std::uint32_t commit = commits_.find(number);
    Story story;
    story.object = objects_.numbers().id(number);
    story.reachable = commit == Commits::kNone ? "nothing" : tips_->of_commit(commit);
    add_story(std::move(story));
  }

  void add_story(Story story) {
    out_.told.push_back(tell(story, out_.holders, store_, scanner_, options_.counts));
    out_.stories.push_back(std::move(story));
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
    tell_unread(std::move(trees_.failures));
    times_.trees += watch_.lap();
  }

  void tell_introductions() {
    progress_.stage = "attribution";
    SecretsAt secrets_at(objects_, scanner_, hits_, options_.counts);
    const History history{objects_,
                          commits_,
                          trees_.hits,
                          names_,
                          hit_names_.empty() ? nullptr : &hit_names_,
                          whole_ && trees_.missing.empty()};
    Attribution attribution = attribute(history, hits_, secrets_at);
    note_missed(attribution);
    for (const std::uint32_t commit : attribution.cut)
      totals_.partial.push_back({"commit " + objects_.numbers().id(commits_.node(commit).number).hex(),
                                 "its trees unfold to more, or deeper, than can be compared"});
    const StillHeld still = still_held(history, *tips_, secrets_at);
    times_.attribution += watch_.lap();
    auto& introductions = attribution.introductions;
    if (options_.only != nullptr)
      std::erase_if(introductions, [&](const Introduction& each) {
        return each.commit == Commits::kNone || !is_asked_for(commits_.node(each.commit).number);
      });
    const std::size_t before = out_.stories.size();
    out_.stories.resize(before + introductions.size());
    out_.told.resize(out_.stories.size());
    for (const Introduction& each : introductions) note_holders(each, still);
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, introductions.size(), 1), [&](const auto& range) {
      for (std::size_t i = range.begin(); i < range.end() && progress_.stop == nullptr; ++i)
        out_.told[before + i] = tell_one(introductions[i], out_.stories[before + i]);
    });
    times_.introductions += watch_.lap();
  }

  void note_holders(const Introduction& introduction, const StillHeld& still) {
    for (const Introduction::Secret& secret : introduction.secrets) {
      const auto [known, is_new] = holders_.try_emplace(secret.handle, Story::kNobody);
      const Holders* holders = is_new ? still.find(secret.handle) : nullptr;
      if (holders == nullptr) continue;
      known->second = static_cast<std::uint32_t>(out_.holders.size());
      out_.holders.push_back(*holders);
    }
  }

  Told tell_one(const Introduction& introduction, Story& story) {
    const bool is_file = introduction.blob != Numbering::kNone;
    story.kind = introduction.name_is_new ? Story::Kind::name : Story::Kind::blob;
    story.path = introduction.path;
    if (is_file) story.blob = objects_.numbers().id(introduction.blob);
    story.reachable = "nothing";
    if (introduction.commit != Commits::kNone) {
      story.object = objects_.numbers().id(commits_.node(introduction.commit).number);
      story.reachable = tips_->of_commit(introduction.commit);
      story.at_or_before = commits_.node(introduction.commit).border || introduction.at_or_before;
    }
    std::optional<std::vector<Occurrence>> now;
    if (!introduction.name_is_new) {
      now = read_again(introduction.blob, introduction.path);
      if (now) story.picks = picks_of(introduction, *now);
    }
    return tell(story, out_.holders, store_, scanner_, options_.counts, std::move(now));
  }

  std::optional<std::vector<Occurrence>> read_again(std::uint32_t blob, const std::string& path) {
    auto found = places_.in_blob(objects_.numbers().id(blob), path);
    if (found) return std::move(found->occurrences);
    const std::lock_guard lock(mutex_);
    tell_unread({{found.error().where, found.error().what}});
    return std::nullopt;
  }

  std::vector<Story::Pick> picks_of(const Introduction& introduction, const std::vector<Occurrence>& now) {
    std::optional<std::vector<Occurrence>> then;
    if (introduction.before != Numbering::kNone) then = read_again(introduction.before, introduction.before_path);
    std::vector<Story::Pick> picks;
    for (const Places::New& one : places_.brought_in(introduction, now, then ? &*then : nullptr))
      picks.push_back({one.index, one.versions, holders_.at(one.handle)});
    return picks;
  }

  void note_missed(const Attribution& attribution) {
    totals_.missing += trees_.missing.size();
    // Their numbers are given by whichever thread comes first.
    std::map<ObjectId, std::string_view> by_id;
    for (const auto& [number, path] : attribution.missed) by_id.emplace(trees_.missing[number - kMissing], path);
    std::size_t named = 0;
    for (const auto& [id, path] : by_id)
      if (++named <= kMissedNamed)
        totals_.incomplete.push_back({id.hex(), fmt::format("missing; it stood at {}", path)});
    if (named > kMissedNamed)
      totals_.incomplete.push_back(
          {repository_.path, fmt::format("{} more objects are missing", named - kMissedNamed)});
    if (repository_.partial && !trees_.missing.empty())
      totals_.skipped.push_back(
          {repository_.path, fmt::format("a partial clone: {} objects are not here", trees_.missing.size())});
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
  Names names_{[this](std::string_view name) { return path_may_hit(scanner_.database(), name); }};
  std::optional<Tips> tips_;
  std::vector<HitBlob> hits_;
  std::vector<bool> hit_names_;
  bool whole_ = true;  // every commit's tree is here
  TreeResult trees_;
  std::mutex mutex_;
  const Places places_;
  std::map<std::uint64_t, std::uint32_t> holders_;  // by handle: index into out_.holders
  Outcome out_;
};

// Nothing is kept where the name of a file is a secret: paths are part of an account.
bool may_be_kept(const Outcome& outcome) {
  return outcome.all_read && std::none_of(outcome.told.begin(), outcome.told.end(), [](const Told& each) {
           return std::any_of(each.occurrences.begin(), each.occurrences.end(), stands_in_name);
         });
}

void keep_account(const Repository& repository, const std::string& state, const HistoryOptions& options,
                  const Outcome& outcome, const Totals& totals) {
  Account account;
  for (std::size_t i = 0; i < outcome.told.size(); ++i)
    if (!outcome.told[i].occurrences.empty()) account.stories.push_back(outcome.stories[i]);
  account.holders = outcome.holders;
  account.totals = totals;
  const Status kept = options.cache->remember(repository, state, account);
  if (!kept && options.warn) options.warn("the cache could not be written: " + to_string(kept.error()));
}

// Whether the repository is as it was and all could be told from what the cache knows.
bool tell_as_before(const Repository& repository, const std::string& state, const ObjectStore& store, Scanner& scanner,
                    const HistoryOptions& options, Sink& sink, Totals& totals, Progress& progress) {
  auto account = options.cache->recall(repository, state);
  if (!account) return false;
  auto told = tell_again(*account, store, scanner, options.counts, progress);
  if (!told) return false;
  progress.items += account->totals.items;
  progress.bytes += account->totals.bytes;
  progress.findings += account->stories.size();
  add(totals, std::move(account->totals));
  tell_all(*std::move(told), sink);
  return true;
}

}  // namespace

void scan_history(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const HistoryOptions& options, Sink& sink, Totals& totals, HistoryTimes& times, Progress& progress) {
  const std::string state = options.cache != nullptr ? state_of(repository, refs, store) : std::string();
  if (options.cache != nullptr && tell_as_before(repository, state, store, scanner, options, sink, totals, progress))
    return;
  Totals mine;
  Outcome outcome = HistoryScan(repository, refs, store, scanner, options, mine, times, progress).run();
  for (const Told& each : outcome.told) {
    if (!each.failure) continue;
    outcome.all_read = false;
    mine.incomplete.push_back(*each.failure);
  }
  if (options.cache != nullptr && progress.stop == nullptr && may_be_kept(outcome))
    keep_account(repository, state, options, outcome, mine);
  add(totals, std::move(mine));
  tell_all(std::move(outcome.told), sink);
}

}  // namespace staunch
