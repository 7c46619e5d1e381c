#include "frontends/git/changes.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "frontends/git/descriptor.h"
#include "frontends/git/places.h"
#include "frontends/git/walk.h"

namespace staunch {
namespace {

// A place whose secret is empty is a path that a rule asks for.
bool is_path_alone(const Occurrence& o) { return o.match_begin.line == 0; }

// What stands in the work tree: a file's bytes, or where a link leads to.
Result<std::string> read_work_file(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return Error{std::strerror(errno), path};
  if (!S_ISLNK(status.st_mode)) return read_whole(path, kMaxHeldObject);
  std::string target(PATH_MAX, '\0');
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return Error{std::strerror(errno), path};
  target.resize(static_cast<std::size_t>(size));
  return target;
}

class ChangeScan {
 public:
  ChangeScan(const ObjectStore& store, Scanner& scanner, const ChangeOptions& options, ChangeResult& result)
      : scanner_(scanner), options_(options), places_(store, scanner, options.counts), result_(result) {}

  void run(const Changed& change) {
    std::vector<Occurrence> now = scan(change.now);
    const auto exists = [](const Side& side) { return side.exists(); };
    if (std::none_of(change.before.begin(), change.before.end(), exists)) {
      auto in_name = places_.in_name(change.now.path, false);
      std::move(in_name.begin(), in_name.end(), std::back_inserter(now));
    }
    if (now.empty()) return;
    if (options_.whole_files) {
      result_.occurrences = std::move(now);
      return;
    }
    std::vector<std::vector<Occurrence>> before;
    bool path_is_new = true;
    for (std::size_t i = 0; i < change.before.size(); ++i) {
      Side side = change.before[i];
      path_is_new &= !side.exists();
      if (!side.exists() && change.renamed_from)
        if (std::string path = change.renamed_from(i); !path.empty()) side = {change.now.blob, std::move(path), {}};
      before.push_back(scan(side));
    }
    keep_introduced(now, before, path_is_new);
  }

 private:
  std::vector<Occurrence> scan(const Side& side) {
    if (!side.exists()) return {};
    auto report = side.file.empty() ? places_.in_blob(side.blob, side.path) : scan_file(side);
    if (!report) {
      result_.failures.push_back({report.error().where, report.error().what});
      return {};
    }
    if (options_.max_bytes != 0 && report->bytes > options_.max_bytes) {
      result_.skipped.push_back({side.path, "larger than --max-target-megabytes"});
      return {};
    }
    result_.bytes += report->bytes;
    std::move(report->partial.begin(), report->partial.end(), std::back_inserter(result_.partial));
    std::move(report->incomplete.begin(), report->incomplete.end(), std::back_inserter(result_.failures));
    return std::move(report->occurrences);
  }

  Result<ItemReport> scan_file(const Side& side) {
    const auto bytes = read_work_file(side.file);
    if (!bytes) return Error{bytes.error().what, side.path};
    Scanner::Lease worker = scanner_.lease();
    ItemReport report = scanner_.scan(worker, *bytes, side.path);
    std::erase_if(report.occurrences, [&](const Occurrence& o) { return !options_.counts(o); });
    return report;
  }

  void keep_introduced(const std::vector<Occurrence>& now, const std::vector<std::vector<Occurrence>>& before,
                       bool path_is_new) {
    std::map<std::uint64_t, std::vector<const Occurrence*>> places;
    std::vector<const Occurrence*> told;
    for (const Occurrence& o : now) {
      if (!is_path_alone(o)) places[secret_handle(scanner_, o)].push_back(&o);
      else if (path_is_new) told.push_back(&o);
    }
    for (auto& [handle, mine] : places) {
      std::vector<const Occurrence*> most;
      for (const auto& side : before) {
        std::vector<const Occurrence*> same;
        for (const Occurrence& o : side)
          if (!is_path_alone(o) && secret_handle(scanner_, o) == handle) same.push_back(&o);
        if (same.size() > most.size()) most = std::move(same);
      }
      keep_new(mine, most, mine.size() - std::min(mine.size(), most.size()));
      told.insert(told.end(), mine.begin(), mine.end());
    }
    std::sort(told.begin(), told.end());  // they stand in one vector: the order of the scan
    for (const Occurrence* o : told) result_.occurrences.push_back(*o);
  }

  Scanner& scanner_;
  const ChangeOptions& options_;
  const Places places_;
  ChangeResult& result_;
};

}  // namespace

ChangeResult scan_change(const ObjectStore& store, Scanner& scanner, const ChangeOptions& options,
                         const Changed& change) {
  ChangeResult result;
  ChangeScan(store, scanner, options, result).run(change);
  return result;
}

}  // namespace staunch
