#include "frontends/git/pushed.h"

#include <algorithm>
#include <set>
#include <utility>

#include "frontends/git/commit_changes.h"
#include "frontends/git/commit_text.h"
#include "frontends/git/places.h"
#include "frontends/git/view.h"
#include "frontends/git/walk.h"

namespace staunch {
namespace {

constexpr int kMaxTags = 100;  // one behind the other

std::vector<ObjectId> those_here(const ObjectStore& store, const std::vector<ObjectId>& ids) {
  std::set<ObjectId> here;
  for (const ObjectId& id : ids)
    if (id && store.has(id)) here.insert(id);
  return {here.begin(), here.end()};
}

class PushedObjects {
 public:
  PushedObjects(const ObjectStore& store, Scanner& scanner, const ChangeOptions& options, Sink& sink, Totals& totals)
      : store_(store), scanner_(scanner), options_(options), sink_(sink), totals_(totals) {}

  // Follows tags; what a commit brings is not looked at here.
  void run(ObjectId id) {
    for (int i = 0; i < kMaxTags && seen_.insert(id).second; ++i) {
      const auto header = store_.header(id);
      if (!header) return fail("object " + id.hex(), header.error().what);
      if (header->type == ObjectType::blob) return change({{id, "(blob " + id.hex() + ")", {}}, {}, {}}, id);
      if (header->type == ObjectType::tree) return tree(id);
      if (header->type != ObjectType::tag) return;
      const auto object = store_.read(id, kMaxHeldObject);
      const auto text = object ? parse_tag(object->bytes, store_.id_bytes()) : Result<TagText>(object.error());
      if (!text) return fail("tag " + id.hex(), text.error().what);
      tag(id, *text);
      id = text->object;
    }
  }

 private:
  void fail(std::string what, std::string why) { totals_.incomplete.push_back({std::move(what), std::move(why)}); }

  void tag(const ObjectId& id, const TagText& text) {
    const std::string written = written_text(text);
    Scanner::Lease worker = scanner_.lease();
    std::vector<Occurrence> found = Places(store_, scanner_, options_.counts).in_text(worker, written, kTagPath);
    totals_.bytes += written.size();
    for (Occurrence& o : found) tell(std::move(o), id);
  }

  void tree(const ObjectId& id) {
    const auto files = changed_files(store_, id, {});
    if (!files) return fail(files.error().where, files.error().what);
    for (const Changed& each : *files) change(each, each.now.blob);
  }

  void change(const Changed& changed, const ObjectId& blob) {
    ChangeResult result = scan_change(store_, scanner_, options_, changed);
    ++totals_.blobs;
    ++totals_.items;
    totals_.bytes += result.bytes;
    for (const auto& [from, to] :
         {std::pair(&result.failures, &totals_.incomplete), std::pair(&result.partial, &totals_.partial),
          std::pair(&result.skipped, &totals_.skipped)})
      std::move(from->begin(), from->end(), std::back_inserter(*to));
    for (Occurrence& o : result.occurrences) tell(std::move(o), blob);
  }

  void tell(Occurrence o, const ObjectId& object) {
    o.commit.emplace();
    o.commit->blob = object.hex();
    sink_.occurrence(std::move(o));
  }

  const ObjectStore& store_;
  Scanner& scanner_;
  const ChangeOptions& options_;
  Sink& sink_;
  Totals& totals_;
  std::set<ObjectId> seen_;
};

}  // namespace

Result<std::vector<ObjectId>> commits_of_push(const Repository& repository, const ObjectStore& store,
                                              const Scope& scope) {
  const auto wanted = those_here(store, scope.pushed.wanted);
  if (wanted.empty()) return std::vector<ObjectId>();
  auto view = View::make(repository);
  if (!view) return view.error();
  if (scope.time_limit.count() != 0) view->limit(scope.time_limit);
  return list_new_commits(*view, wanted, those_here(store, scope.pushed.known));
}

void scan_pushed_objects(const ObjectStore& store, Scanner& scanner, const Pushed& pushed, const ChangeOptions& options,
                         Sink& sink, Totals& totals, const Progress& progress) {
  const std::set<ObjectId> known(pushed.known.begin(), pushed.known.end());
  PushedObjects objects(store, scanner, options, sink, totals);
  for (const ObjectId& id : std::set<ObjectId>(pushed.wanted.begin(), pushed.wanted.end()))
    if (progress.stop == nullptr && id && known.count(id) == 0) objects.run(id);
}

}  // namespace staunch
