#include "frontends/git/blobs.h"

#include <tbb/concurrent_unordered_set.h>
#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <tuple>

#include "frontends/git/object_hash.h"

namespace staunch {
namespace {

class BlobPass {
 public:
  BlobPass(const Objects& objects, Scanner& scanner, const BlobOptions& options, Progress& progress)
      : objects_(objects), scanner_(scanner), options_(options), progress_(progress) {}

  BlobResult run() {
    Objects::Visitor visitor;
    visitor.wanted = options_.wanted;
    visitor.on_object = [&](const Rebuilt& blob) {
      const Carried* base = options_.delta_scan && blob.base != nullptr ? &blob.base->carried : nullptr;
      const auto copies = base == nullptr ? std::span<const Copy>() : blob.copies;
      VersionReport report = scan_version(scanner_, blob.worker, blob.text, base, copies, blob.known.carried);
      if (!blob.wanted) return;
      const bool cut = !report.item.partial.empty() || !report.item.incomplete.empty();
      if (options_.keep_whole && !cut && is_true(blob)) locals_.local().whole.push_back({blob.node, blob.text.size()});
      take(blob.node, report, blob.text.size());
    };
    visitor.on_stream = [&](std::uint32_t number, ByteStream& bytes) {
      Scanner::Lease worker = scanner_.lease();
      VersionReport report = scan_unnamed(scanner_, worker, bytes);
      take(number, report, bytes.size());
    };
    visitor.on_failure = [&](std::uint32_t number, const std::string& why) {
      locals_.local().failures.push_back({number, {name(number), why}});
    };
    objects_.visit(ObjectType::blob, scanner_, visitor, progress_);
    return joined();
  }

 private:
  struct Told {
    std::uint32_t number;
    Note note;
  };
  struct Local {
    std::vector<HitBlob> hits;
    std::vector<Told> failures, partial, skipped;
    std::vector<WholeBlob> whole;
    std::uint64_t blobs = 0, bytes = 0;
  };

  // Whether the index did not lie.
  bool is_true(const Rebuilt& blob) const {
    return hash_object(ObjectType::blob, blob.text, objects_.store().id_bytes()) == objects_.numbers().id(blob.node);
  }

  std::string name(std::uint32_t number) const { return "blob " + objects_.numbers().id(number).hex(); }

  void take(std::uint32_t number, VersionReport& report, std::uint64_t bytes) {
    Local& local = locals_.local();
    if (options_.max_bytes != 0 && bytes > options_.max_bytes) {
      ++progress_.items;
      local.skipped.push_back({number, {name(number), "larger than --max-target-megabytes"}});
      return;
    }
    ++local.blobs;
    local.bytes += bytes;
    progress_.bytes += bytes;
    ++progress_.items;
    for (Note& note : report.item.partial) local.partial.push_back({number, {name(number) + note.what, note.why}});
    for (Note& note : report.item.incomplete) local.failures.push_back({number, {name(number) + note.what, note.why}});
    if (report.item.occurrences.empty()) return;
    Secrets secrets = secrets_of(scanner_, report.item.occurrences, options_.counts);
    if (secrets.entries.empty() && !report.asks_path) return;
    for (const Secrets::Entry& secret : secrets.entries)
      if (told_.insert(secret.handle).second) ++progress_.findings;
    local.hits.push_back({number, report.asks_path, std::move(secrets), std::move(report.matches)});
  }

  static void append(std::vector<Told>& told, std::vector<Note>& notes) {
    std::sort(told.begin(), told.end(), [](const Told& a, const Told& b) {
      return std::tie(a.number, a.note.what, a.note.why) < std::tie(b.number, b.note.what, b.note.why);
    });
    for (Told& each : told) notes.push_back(std::move(each.note));
  }

  BlobResult joined() {
    BlobResult result;
    std::vector<Told> failures, partial, skipped;
    for (Local& local : locals_) {
      std::move(local.hits.begin(), local.hits.end(), std::back_inserter(result.hits));
      result.whole.insert(result.whole.end(), local.whole.begin(), local.whole.end());
      std::move(local.failures.begin(), local.failures.end(), std::back_inserter(failures));
      std::move(local.partial.begin(), local.partial.end(), std::back_inserter(partial));
      std::move(local.skipped.begin(), local.skipped.end(), std::back_inserter(skipped));
      result.blobs += local.blobs;
      result.bytes += local.bytes;
    }
    std::sort(result.hits.begin(), result.hits.end(),
              [](const HitBlob& a, const HitBlob& b) { return a.number < b.number; });
    append(failures, result.failures);
    append(partial, result.partial);
    append(skipped, result.skipped);
    return result;
  }

  const Objects& objects_;
  Scanner& scanner_;
  const BlobOptions& options_;
  Progress& progress_;
  tbb::concurrent_unordered_set<std::uint64_t> told_;  // secrets that the progress line counts
  tbb::enumerable_thread_specific<Local> locals_;
};

}  // namespace

BlobResult scan_blobs(const Objects& objects, Scanner& scanner, const BlobOptions& options, Progress& progress) {
  return BlobPass(objects, scanner, options, progress).run();
}

}  // namespace staunch
