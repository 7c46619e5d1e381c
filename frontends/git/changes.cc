#include "frontends/git/changes.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "frontends/git/descriptor.h"
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
      : store_(store), scanner_(scanner), options_(options), result_(result) {}

  void run(const Changed& change) {
    std::vector<Occurrence> now = scan(change.now);
    add_name(change, now);
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
    ItemReport report;
    const std::string name = side.file.empty() ? "blob " + side.blob.hex() : side.path;
    const auto fail = [&](const Error& error) {
      result_.failures.push_back({name, error.what});
      return std::vector<Occurrence>();
    };
    if (!side.file.empty()) {
      const auto bytes = read_work_file(side.file);
      if (!bytes) return fail(bytes.error());
      report = scan_text(*bytes, side.path);
    } else {
      const auto header = store_.header(side.blob);
      if (!header) return fail(header.error());
      if (header->type != ObjectType::blob) return {};
      if (header->size >= kStreamedObject && store_.stream(side.blob)) {
        report = scanner_.scan(**store_.stream(side.blob), side.path);
      } else {
        const auto object = store_.read(side.blob, kMaxHeldObject);
        if (!object) return fail(object.error());
        report = scan_text(object->bytes, side.path);
      }
    }
    result_.bytes += report.bytes;
    std::move(report.partial.begin(), report.partial.end(), std::back_inserter(result_.partial));
    std::move(report.incomplete.begin(), report.incomplete.end(), std::back_inserter(result_.failures));
    std::erase_if(report.occurrences, [&](const Occurrence& o) { return !options_.counts(o); });
    return std::move(report.occurrences);
  }

  ItemReport scan_text(std::string_view text, const std::string& path) {
    Scanner::Lease worker = scanner_.lease();
    return scanner_.scan(worker, text, path);
  }

  // What stands in the name of a new file; the place is the path, so there is no line.
  void add_name(const Changed& change, std::vector<Occurrence>& now) {
    if (std::any_of(change.before.begin(), change.before.end(), [](const Side& side) { return side.exists(); })) return;
    const std::size_t slash = change.now.path.rfind('/');
    ItemReport report = scan_text(change.now.path.substr(slash == std::string::npos ? 0 : slash + 1), change.now.path);
    for (Occurrence& o : report.occurrences) {
      if (is_path_alone(o) || !options_.counts(o)) continue;
      o.begin = o.end = o.match_begin = o.match_end = {};
      o.reasons.push_back("it stands in the name of a file");
      now.push_back(std::move(o));
    }
  }

  void keep_introduced(std::vector<Occurrence>& now, const std::vector<std::vector<Occurrence>>& before,
                       bool path_is_new) {
    std::map<std::uint64_t, std::vector<Occurrence*>> places;
    std::vector<Occurrence*> told;
    for (Occurrence& o : now) {
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
    for (Occurrence* o : told) result_.occurrences.push_back(std::move(*o));
  }

  const ObjectStore& store_;
  Scanner& scanner_;
  const ChangeOptions& options_;
  ChangeResult& result_;
};

}  // namespace

void keep_new(std::vector<Occurrence*>& places, std::vector<const Occurrence*> before, std::size_t count) {
  std::multimap<std::string_view, int> old_lines;
  for (const Occurrence* o : before) old_lines.emplace(o->lines.reveal(), 0);
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

ChangeResult scan_change(const ObjectStore& store, Scanner& scanner, const ChangeOptions& options,
                         const Changed& change) {
  ChangeResult result;
  ChangeScan(store, scanner, options, result).run(change);
  return result;
}

}  // namespace staunch
