#include "frontends/git/scopes.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "frontends/git/commit_changes.h"
#include "frontends/git/commit_text.h"
#include "frontends/git/git_file.h"
#include "frontends/git/view.h"
#include "frontends/git/walk.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxBases = 16;  // that a commit at the border of a shallow clone is compared with

void append(std::vector<Note>& notes, std::vector<Note>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(notes));
}

// What one commit brought in.
struct Brought {
  std::string date, id;
  std::vector<Occurrence> occurrences;
  std::vector<Note> failures, partial, skipped;
  std::uint64_t bytes = 0, blobs = 0;
  bool merge = false;
};

class CommitScan {
 public:
  CommitScan(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
             const ChangeOptions& options, const std::vector<ObjectId>& bases, const Progress& progress)
      : repository_(repository), store_(store), scanner_(scanner), options_(options), progress_(progress) {
    for (const Ref& ref : refs.refs)
      if (ref.name == "HEAD") head_tree_ = tree_of(ref.id);
    if (repository.shallow.empty()) return;
    for (const ObjectId& base : bases) {
      if (base_trees_.size() == kMaxBases) break;
      if (const ObjectId tree = tree_of(base)) base_trees_.push_back(tree);
    }
  }

  Brought run(const ObjectId& id) {
    Brought story;
    story.id = id.hex();
    const auto object = store_.read(id, kMaxHeldObject);
    const auto text = object ? parse_commit(object->bytes, store_.id_bytes()) : Result<CommitText>(object.error());
    if (!text) return fail(story, "commit " + id.hex(), text.error().what);
    Commit commit = commit_of(id, *text);
    story.date = commit.commit_date;
    story.merge = text->parents.size() > 1;
    commit.at_or_before = repository_.shallow.count(id) > 0;
    std::vector<ObjectId> trees;
    if (commit.at_or_before) trees = base_trees_;
    for (const ObjectId& parent : text->parents) {
      if (commit.at_or_before) break;
      const ObjectId tree = tree_of(parent);
      if (tree) trees.push_back(tree);
      else fail(story, "commit " + parent.hex(), "a parent that is not here");
    }
    scan_message(*text, commit, story);
    const auto changed = changed_files(store_, text->tree, trees);
    if (!changed) return fail(story, changed.error().where, changed.error().what);
    for (const Changed& change : *changed) {
      if (progress_.stop != nullptr) break;
      scan_file(change, commit, story);
    }
    return story;
  }

 private:
  static Brought& fail(Brought& story, std::string what, std::string why) {
    story.failures.push_back({std::move(what), std::move(why)});
    return story;
  }

  ObjectId tree_of(const ObjectId& commit) const {
    const auto object = store_.read(commit, kMaxHeldObject);
    const auto text = object ? parse_commit(object->bytes, store_.id_bytes()) : Result<CommitText>(object.error());
    return text ? text->tree : ObjectId();
  }

  void scan_message(const CommitText& text, const Commit& commit, Brought& story) {
    Scanner::Lease worker = scanner_.lease();
    for (Occurrence& o : scanner_.scan(worker, written_text(text), kMessagePath).occurrences) {
      if (!options_.counts(o)) continue;
      o.commit = commit;
      story.occurrences.push_back(std::move(o));
    }
  }

  void scan_file(const Changed& change, const Commit& commit, Brought& story) {
    ChangeResult result = scan_change(store_, scanner_, options_, change);
    story.bytes += result.bytes;
    ++story.blobs;
    append(story.failures, result.failures);
    append(story.partial, result.partial);
    append(story.skipped, result.skipped);
    if (result.occurrences.empty()) return;
    const auto still = in_head(change.now.path);
    for (Occurrence& o : result.occurrences) {
      o.commit = commit;
      o.commit->blob = change.now.blob.hex();
      o.commit->in_head = std::find(still.begin(), still.end(), secret_handle(scanner_, o)) != still.end();
      story.occurrences.push_back(std::move(o));
    }
  }

  // The secrets that HEAD has at a path.
  std::vector<std::uint64_t> in_head(const std::string& path) {
    std::vector<std::uint64_t> handles;
    const ObjectId blob = head_tree_ ? blob_at(store_, head_tree_, path) : ObjectId();
    if (!blob) return handles;
    ChangeOptions whole = options_;
    whole.whole_files = true;
    Changed change;
    change.now = change.before.emplace_back(Side{blob, path, {}});
    for (const Occurrence& o : scan_change(store_, scanner_, whole, change).occurrences)
      handles.push_back(secret_handle(scanner_, o));
    return handles;
  }

  const Repository& repository_;
  const ObjectStore& store_;
  Scanner& scanner_;
  const ChangeOptions& options_;
  const Progress& progress_;
  ObjectId head_tree_;
  std::vector<ObjectId> base_trees_;
};

void tell(std::vector<Brought>& stories, Sink& sink, Totals& totals, Progress& progress) {
  const auto key = [](const Brought& story) { return std::tie(story.date, story.id); };
  std::sort(stories.begin(), stories.end(), [&](const Brought& a, const Brought& b) { return key(a) < key(b); });
  for (Brought& story : stories) {
    totals.bytes += story.bytes;
    totals.blobs += story.blobs;
    totals.items += story.blobs;
    totals.merges += story.merge ? 1 : 0;
    append(totals.incomplete, story.failures);
    append(totals.partial, story.partial);
    append(totals.skipped, story.skipped);
    for (Occurrence& o : story.occurrences) {
      ++progress.findings;
      sink.occurrence(std::move(o));
    }
  }
}

// The paths that were renamed in the index without a change, new to old.
Result<std::map<std::string, std::string>> renamed_in_index(const Repository& repository) {
  const auto view = View::make(repository);
  if (!view) return view.error();
  const auto listed = view->run(
      {"diff-index", "--cached", "--name-status", "-z", "-M100%", "--diff-filter=R", "--ignore-submodules", "HEAD"});
  if (!listed) return listed.error();
  std::map<std::string, std::string> renamed;
  std::vector<std::string> words;
  for (std::size_t at = 0; at < listed->size();) {
    const std::size_t end = std::min(listed->find('\0', at), listed->size());
    words.push_back(listed->substr(at, end - at));
    at = end + 1;
  }
  for (std::size_t i = 0; i + 2 < words.size(); i += 3) renamed[words[i + 2]] = words[i + 1];
  return renamed;
}

// The trees of the commits that are being merged into HEAD: those that the caller names, and MERGE_HEAD, an id a line.
std::vector<ObjectId> merged_trees(const Repository& repository, const ObjectStore& store, const Scope& scope) {
  const auto text = read_git_file(repository.git_dir + "/MERGE_HEAD", kMaxGitLine);
  std::vector<ObjectId> commits = scope.merging, trees;
  std::string_view rest = text && *text ? std::string_view(**text) : std::string_view();
  while (!rest.empty())
    if (const auto id = ObjectId::from_hex(without_line_end(take_line(rest)))) commits.push_back(*id);
  for (const ObjectId& id : commits) {
    const auto object = store.read(id, kMaxHeldObject);
    const auto commit = object ? parse_commit(object->bytes, store.id_bytes()) : Result<CommitText>(object.error());
    if (commit) trees.push_back(commit->tree);
  }
  return trees;
}

// What the index has that HEAD has not. Of the paths that were named also what the work tree has that the index has
// not, and where they did not change at all, all that stands there.
Result<std::vector<Change>> changes_of_index(const View& view, const Scope& scope) {
  auto changes = staged_changes(view);
  if (!changes || scope.paths.empty()) return changes;
  const std::set<std::string> named(scope.paths.begin(), scope.paths.end());
  auto unstaged = unstaged_changes(view);
  if (!unstaged) return unstaged;
  std::erase_if(*unstaged, [&](const Change& change) { return named.count(change.path) == 0; });
  changes->insert(changes->end(), unstaged->begin(), unstaged->end());
  std::set<std::string> listed;
  for (const Change& change : *changes) listed.insert(change.path);
  std::vector<std::string> others;
  std::set_difference(named.begin(), named.end(), listed.begin(), listed.end(), std::back_inserter(others));
  if (others.empty()) return changes;
  auto whole = indexed_files(view, others);
  if (!whole) return whole;
  changes->insert(changes->end(), whole->begin(), whole->end());
  return changes;
}

// The view is gone when this returns: a scan that is ended in the middle leaves no folder behind.
Result<std::vector<Change>> uncommitted_changes(const Repository& repository, const Scope& scope) {
  const auto view = View::make(repository);
  if (!view) return view.error();
  return scope.kind == ScopeKind::staged ? changes_of_index(*view, scope) : unstaged_changes(*view);
}

}  // namespace

Result<std::vector<ObjectId>> commits_of(const Repository& repository, const Scope& scope) {
  const auto view = View::make(repository);
  if (!view) return view.error();
  return list_commits(*view, scope.revisions);
}

void scan_commits(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const std::vector<ObjectId>& commits, const ChangeOptions& options, Sink& sink, Totals& totals,
                  Progress& progress, const std::vector<ObjectId>& bases) {
  totals.commits += commits.size();
  CommitScan scan(repository, refs, store, scanner, options, bases, progress);
  std::vector<Brought> stories(commits.size());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, stories.size(), 1), [&](const auto& range) {
    for (std::size_t i = range.begin(); i < range.end() && progress.stop == nullptr; ++i) {
      stories[i] = scan.run(commits[i]);
      progress.bytes += stories[i].bytes;
      progress.items += stories[i].blobs;
    }
  });
  tell(stories, sink, totals, progress);
}

Status scan_uncommitted(const Repository& repository, const ObjectStore& store, Scanner& scanner, const Scope& scope,
                        const ChangeOptions& options, Sink& sink, Totals& totals, Progress& progress) {
  const bool staged = scope.kind == ScopeKind::staged;
  const auto changes = uncommitted_changes(repository, scope);
  if (!changes) return changes.error();
  const auto merged = staged ? merged_trees(repository, store, scope) : std::vector<ObjectId>();
  std::optional<std::map<std::string, std::string>> renamed;
  std::vector<Brought> stories;
  for (const Change& each : *changes) {
    if (progress.stop != nullptr) break;
    if (each.mode == 0) continue;
    Changed change;
    change.now = {each.after, each.path, {}};
    if (!each.after) change.now.file = repository.work_tree + "/" + each.path;
    change.before.push_back({each.before, each.path, {}});
    if (each.after)
      for (const ObjectId& tree : merged) change.before.push_back({blob_at(store, tree, each.path), each.path, {}});
    if (staged)
      change.renamed_from = [&](std::size_t parent) {
        if (parent != 0) return std::string();
        if (!renamed) {
          const auto pairs = renamed_in_index(repository);
          renamed = pairs ? *pairs : std::map<std::string, std::string>();
        }
        const auto from = renamed->find(each.path);
        return from == renamed->end() ? std::string() : from->second;
      };
    ChangeResult result = scan_change(store, scanner, options, change);
    Brought& story = stories.emplace_back();
    story.id = each.path;
    story.bytes = result.bytes;
    story.blobs = 1;
    story.occurrences = std::move(result.occurrences);
    story.failures = std::move(result.failures);
    story.partial = std::move(result.partial);
    story.skipped = std::move(result.skipped);
  }
  tell(stories, sink, totals, progress);
  return Done{};
}

}  // namespace staunch
