#include "frontends/git/telling.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <tuple>

#include "frontends/git/commit_text.h"
#include "frontends/git/parse.h"

namespace staunch {
namespace {

class Telling {
 public:
  Telling(const Story& story, const std::vector<Holders>& holders, const ObjectStore& store, Scanner& scanner,
          const Counts& counts)
      : story_(story), holders_(holders), store_(store), scanner_(scanner), places_(store, scanner, counts) {}

  Told run(std::optional<std::vector<Occurrence>> scanned) {
    switch (story_.kind) {
      case Story::Kind::message: tell_message(); break;
      case Story::Kind::tag: tell_tag(); break;
      case Story::Kind::blob: tell_blob(std::move(scanned)); break;
      case Story::Kind::name:
        read_commit();
        add_all(places_.in_name(story_.path, !story_.blob.raw().empty()));
        break;
    }
    return std::move(told_);
  }

 private:
  Result<std::string> read(const char* type) {
    auto object = store_.read(story_.object, kMaxHeldObject);
    if (object) return std::move(object->bytes);
    told_.failure = Note{std::string(type) + " " + story_.object.hex(), object.error().what};
    return object.error();
  }

  // What is known of the commit; the text that people wrote.
  std::string read_commit() {
    commit_.reachable = story_.reachable;
    commit_.at_or_before = story_.at_or_before;
    if (story_.blob) commit_.blob = story_.blob.hex();
    told_.id = story_.object ? story_.object.hex() : commit_.blob;
    if (!story_.object) return {};
    const auto bytes = read("commit");
    const auto text = bytes ? parse_commit(*bytes, store_.id_bytes()) : Result<CommitText>(bytes.error());
    if (!text) {
      commit_.id = told_.id;
      return {};
    }
    Commit commit = commit_of(story_.object, *text);
    commit.reachable = std::move(commit_.reachable);
    commit.at_or_before = commit_.at_or_before;
    commit.blob = std::move(commit_.blob);
    commit_ = std::move(commit);
    told_.date = commit_.commit_date;
    return written_text(*text);
  }

  void tell_message() {
    const std::string text = read_commit();
    Scanner::Lease worker = scanner_.lease();
    add_all(places_.in_text(worker, text, kMessagePath));
  }

  void tell_tag() {
    told_.id = story_.object.hex();
    const auto bytes = read("tag");
    const auto tag = bytes ? parse_tag(*bytes, store_.id_bytes()) : Result<TagText>(bytes.error());
    if (!tag) return;
    commit_.id = tag->object.hex();
    commit_.author = tag->tagger.name;
    commit_.email = tag->tagger.email;
    commit_.author_date = commit_.commit_date = told_.date = date_of(tag->tagger);
    commit_.message = tag->message;
    commit_.blob = told_.id;
    commit_.reachable = story_.reachable;
    Scanner::Lease worker = scanner_.lease();
    add_all(places_.in_text(worker, written_text(*tag), kTagPath));
  }

  void tell_blob(std::optional<std::vector<Occurrence>> scanned) {
    read_commit();
    if (!scanned) {
      auto found = places_.in_blob(story_.blob, story_.path);
      if (!found) {
        told_.failure = Note{found.error().where, found.error().what};
        return;
      }
      scanned = std::move(found->occurrences);
    }
    for (const Story::Pick& pick : story_.picks) {
      if (pick.index >= scanned->size()) {
        told_.failure = Note{"blob " + story_.blob.hex(), "it does not hold what it held"};
        continue;
      }
      Occurrence o = (*scanned)[pick.index];
      o.commit = commit_;
      o.commit->versions = pick.versions;
      if (pick.holders != Story::kNobody) {
        o.commit->in_head = holders_[pick.holders].head;
        o.commit->branches = holders_[pick.holders].branches;
      }
      told_.occurrences.push_back(std::move(o));
    }
  }

  void add_all(std::vector<Occurrence> occurrences) {
    told_.occurrences = std::move(occurrences);
    for (Occurrence& o : told_.occurrences) o.commit = commit_;
  }

  const Story& story_;
  const std::vector<Holders>& holders_;
  const ObjectStore& store_;
  Scanner& scanner_;
  const Places places_;
  Commit commit_;
  Told told_;
};

}  // namespace

Told tell(const Story& story, const std::vector<Holders>& holders, const ObjectStore& store, Scanner& scanner,
          const Counts& counts, std::optional<std::vector<Occurrence>> scanned) {
  return Telling(story, holders, store, scanner, counts).run(std::move(scanned));
}

std::optional<std::vector<Told>> tell_again(const Account& account, const ObjectStore& store, Scanner& scanner,
                                            const Counts& counts, const Progress& progress) {
  std::vector<Told> all(account.stories.size());
  std::atomic<bool> good = true;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, all.size(), 1), [&](const auto& range) {
    for (std::size_t i = range.begin(); i < range.end() && progress.stop == nullptr && good; ++i) {
      all[i] = tell(account.stories[i], account.holders, store, scanner, counts);
      if (all[i].failure || all[i].occurrences.empty()) good = false;
    }
  });
  if (!good) return std::nullopt;
  return all;
}

void tell_all(std::vector<Told> all, Sink& sink) {
  const auto key = [](const Told& told) { return std::tie(told.date, told.id); };
  std::stable_sort(all.begin(), all.end(), [&](const Told& a, const Told& b) {
    return a.date.empty() != b.date.empty() ? b.date.empty() : key(a) < key(b);
  });
  for (Told& told : all)
    for (Occurrence& o : told.occurrences) sink.occurrence(std::move(o));
}

}  // namespace staunch
