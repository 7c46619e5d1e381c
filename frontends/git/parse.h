// Commits, tags and trees as git stores them. All are hostile: what does not parse is an error that says where.
//
// Views point into the text that was parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "frontends/git/object_id.h"

namespace staunch {

// "A U Thor <author@example.com> 1700000000 +0100"
struct Signature {
  std::string_view name, email;
  std::int64_t seconds = 0;  // since 1970, UTC; 0 where it does not parse
  int zone_minutes = 0;      // east of UTC
};

struct CommitText {
  ObjectId tree;
  std::vector<ObjectId> parents;
  Signature author, committer;
  std::string_view message;
  std::uint64_t author_line = 0;  // offset of "author "
  std::uint64_t message_offset = 0;
};
Result<CommitText> parse_commit(std::string_view text, std::size_t id_bytes);

struct TagText {
  ObjectId object;
  ObjectType type = ObjectType::none;
  std::string_view name;
  Signature tagger;
  std::string_view message;
  std::uint64_t message_offset = 0;
};
Result<TagText> parse_tag(std::string_view text, std::size_t id_bytes);

// Folders inside one another: git refuses trees that are deeper (core.maxTreeDepth), and no path to them could be
// opened.
inline constexpr std::size_t kDeepestTree = 2048;

struct TreeEntry {
  std::uint32_t mode = 0;  // octal, as stored: 040000 folder, 0160000 submodule, 0120000 link, else file
  std::string_view name;
  std::string_view id;       // raw
  std::uint64_t offset = 0;  // of the entry in the tree

  bool is_tree() const { return mode == 040000; }
  bool is_submodule() const { return mode == 0160000; }
};

// Takes the entries of a tree one after another; inline because whole histories pass through it.
class TreeReader {
 public:
  TreeReader(std::string_view text, std::size_t id_bytes) : text_(text), id_bytes_(id_bytes) {}
  // False at the end, and where the rest is damaged.
  bool next(TreeEntry& entry) {
    if (at_ >= text_.size()) return false;
    entry.offset = at_;
    entry.mode = 0;
    std::size_t i = at_;
    for (; i < text_.size() && text_[i] >= '0' && text_[i] <= '7'; ++i)
      entry.mode = entry.mode << 3 | static_cast<std::uint32_t>(text_[i] - '0');
    const std::size_t nul = text_.find('\0', i);
    damaged_ = i == at_ || i >= text_.size() || text_[i] != ' ' || nul == std::string_view::npos || nul == i + 1 ||
               text_.size() - nul - 1 < id_bytes_;
    if (damaged_) return false;
    entry.name = text_.substr(i + 1, nul - i - 1);
    entry.id = text_.substr(nul + 1, id_bytes_);
    at_ = nul + 1 + id_bytes_;
    return true;
  }
  bool damaged() const { return damaged_; }

 private:
  std::string_view text_;
  std::size_t id_bytes_, at_ = 0;
  bool damaged_ = false;
};

}  // namespace staunch
