#include "frontends/git/alternates.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "frontends/git/descriptor.h"

namespace staunch {
namespace {

constexpr int kMaxDepth = 5;
constexpr std::uint64_t kMaxFileBytes = 1 << 20;

// Without its quotes and escapes; as it stands where it is not quoted, or not well.
std::string unquote(std::string_view line) {
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return std::string(line);
  constexpr std::string_view kLetters = "abfnrtv\\\"", kMeanings = "\a\b\f\n\r\t\v\\\"";
  std::string text;
  for (std::size_t i = 1; i + 1 < line.size(); ++i) {
    if (line[i] != '\\') {
      text += line[i];
      continue;
    }
    const char escape = line[++i];
    if (const std::size_t letter = kLetters.find(escape); letter != kLetters.npos) {
      text += kMeanings[letter];
    } else if (escape >= '0' && escape <= '3' && i + 3 < line.size()) {
      text += static_cast<char>((escape - '0') << 6 | (line[i + 1] - '0') << 3 | (line[i + 2] - '0'));
      i += 2;
    } else {
      return std::string(line);
    }
  }
  return text;
}

class Follower {
 public:
  explicit Follower(std::vector<Note>& notes) : notes_(notes) {}

  void follow(const std::string& folder, int depth) {
    struct stat info;
    if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
      notes_.push_back({folder, "this folder of objects is missing"});
      return;
    }
    if (!seen_.emplace(info.st_dev, info.st_ino).second) return;
    found_.push_back(folder);
    const std::string list = folder + "/info/alternates";
    if (missing_file(list)) return;
    const Result<std::string> text = read_whole(list, kMaxFileBytes);
    if (!text) {
      notes_.push_back({text.error().where, text.error().what});
      return;
    }
    for (const std::string& next : parse_alternates(*text, folder)) {
      if (depth < kMaxDepth) follow(next, depth + 1);
      else notes_.push_back({next, "alternates lie too deep"});
    }
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  std::vector<Note>& notes_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> parse_alternates(std::string_view text, const std::string& folder) {
  std::vector<std::string> folders;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.front() == '#') continue;
    const std::string named = unquote(line);
    if (named.find('\0') != named.npos) continue;
    const std::filesystem::path path = std::filesystem::path(folder) / named;
    folders.push_back(path.lexically_normal().string());
  }
  return folders;
}

std::vector<std::string> follow_alternates(const std::vector<std::string>& folders, std::vector<Note>& notes) {
  Follower follower(notes);
  for (const std::string& folder : folders) follower.follow(folder, 0);
  return follower.take();
}

}  // namespace staunch
