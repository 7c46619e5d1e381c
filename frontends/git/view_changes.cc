// What differs between HEAD, the index and the work tree, as git's plumbing tells it: diff-index and diff-files in
// their raw form (git-diff-index(1), "Raw output format"), which take no lock, write nothing and read no file's content
// but for those that changed as fast as the clock ticks.
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "frontends/git/view.h"

namespace staunch {
namespace {

constexpr std::uint32_t kSubmodule = 0160000;

// ":100644 100755 <id> <id> M"
struct RawLine {
  std::uint32_t old_mode = 0, mode = 0;
  ObjectId before, after;
  char status = 0;
};

// Takes what stands before the next `end`, which is taken too.
std::string_view take(std::string_view& text, char end) {
  const std::string_view word = text.substr(0, text.find(end));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

bool take_mode(std::string_view& text, std::uint32_t& mode) {
  const std::string_view word = take(text, ' ');
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), mode, 8);
  return error == std::errc() && end == word.data() + word.size();
}

bool take_id(std::string_view& text, char end, ObjectId& id) {
  const auto parsed = ObjectId::from_hex(take(text, end));
  if (parsed && *parsed) id = *parsed;
  return parsed.has_value();
}

std::optional<RawLine> parse_raw(std::string_view text) {
  RawLine line;
  if (!text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  if (!take_mode(text, line.old_mode) || !take_mode(text, line.mode) || !take_id(text, ' ', line.before) ||
      !take_id(text, ' ', line.after) || text.empty())
    return std::nullopt;
  line.status = text[0];
  if (line.old_mode == kSubmodule) line.before = {};  // a commit, not what the file was
  return line;
}

Error not_understood(const std::string& command) { return {"its output is not understood", "git " + command}; }

// The id of the tree without entries, which every git knows without having it.
std::string empty_tree(const View& view) {
  return view.id_bytes() == kSha1Bytes ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
                                       : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
}

// Whether HEAD names a branch that does not exist yet, and not one that is broken.
bool before_first_commit(const View& view) {
  const auto head = view.run({"symbolic-ref", "-q", "HEAD"});
  if (!head || !head->starts_with("refs/")) return false;
  const std::string branch = head->substr(0, head->find('\n'));
  struct stat status;
  if (lstat((view.folder() + "/" + branch).c_str(), &status) == 0) return false;
  const auto listed = view.run({"for-each-ref", branch});
  return listed.ok() && listed->empty();
}

Result<std::string> diff_index(const View& view, const std::string& tree) {
  return view.run({"diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules",
                   "--ita-invisible-in-index", tree, "--"});
}

// "100644 <id> 2\t<path>": files as the index has them, in its order.
Result<std::vector<Change>> staged_files(const View& view, const char* which) {
  const auto listed = view.run({"ls-files", which, "-z"});
  if (!listed) return listed.error();
  std::vector<Change> changes;
  for (std::string_view rest = *listed; !rest.empty();) {
    std::string_view line = take(rest, '\0');
    Change change;
    if (!take_mode(line, change.mode) || !take_id(line, ' ', change.after)) return not_understood("ls-files");
    take(line, '\t');
    change.path = line;
    if (change.mode != kSubmodule) changes.push_back(std::move(change));
  }
  return changes;
}

// The versions of the paths in conflict.
Result<std::vector<Change>> conflicts(const View& view, const std::map<std::string, ObjectId>& before) {
  auto changes = staged_files(view, "-u");
  if (!changes) return changes;
  for (Change& change : *changes)
    if (const auto found = before.find(change.path); found != before.end()) change.before = found->second;
  return changes;
}

}  // namespace

Result<std::vector<Change>> staged_changes(const View& view) {
  auto listed = diff_index(view, "HEAD");
  if (!listed && before_first_commit(view)) listed = diff_index(view, empty_tree(view));
  if (!listed) return listed.error();

  std::vector<Change> changes;
  std::map<std::string, ObjectId> in_conflict;
  for (std::string_view rest = *listed; !rest.empty();) {
    const auto line = parse_raw(take(rest, '\0'));
    if (!line) return not_understood("diff-index");
    std::string path(take(rest, '\0'));
    if (line->status == 'U') in_conflict.emplace(std::move(path), line->before);
    else if (line->mode != 0 && line->mode != kSubmodule && line->before != line->after)
      changes.push_back({std::move(path), line->before, line->after, line->mode});
  }
  if (in_conflict.empty()) return changes;
  auto versions = conflicts(view, in_conflict);
  if (!versions) return versions.error();
  changes.insert(changes.end(), versions->begin(), versions->end());
  return changes;
}

Result<std::vector<Change>> indexed_files(const View& view, const std::vector<std::string>& paths) {
  auto files = staged_files(view, "-s");
  if (!files) return files;
  const std::set<std::string> wanted(paths.begin(), paths.end());
  std::erase_if(*files, [&](const Change& file) { return wanted.count(file.path) == 0; });
  return files;
}

Result<std::vector<Change>> unstaged_changes(const View& view) {
  const auto listed = view.run({"diff-files", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules",
                                "--ita-invisible-in-index", "--"});
  if (!listed) return listed.error();

  std::vector<Change> changes;
  for (std::string_view rest = *listed; !rest.empty();) {
    const auto line = parse_raw(take(rest, '\0'));
    if (!line) return not_understood("diff-files");
    std::string path(take(rest, '\0'));
    if (line->mode == kSubmodule || (line->mode == 0 && line->old_mode == kSubmodule)) continue;
    Change change{std::move(path), line->before, {}, line->mode};
    // A path in conflict comes as such, and once more where it differs from our side.
    if (!changes.empty() && changes.back().path == change.path) changes.back() = std::move(change);
    else changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace staunch
