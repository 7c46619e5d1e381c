// Configuration from a commit instead of a folder: of pushed content nothing counts but what is found, so a server
// takes its configuration and its ignore files from the branch that the push is measured against.
//
// The few files that count are written into a folder of our own, and read there as those of any other folder are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/finding.h"
#include "engine/result.h"
#include "frontends/git/repository.h"

namespace staunch {

inline constexpr std::uint64_t kMaxBaseFile = 16u << 20;

class BaseFiles {
 public:
  // Of a commit that is here; of the id of nothing, and of what holds no such files, the folder is empty. Errors: no
  // temporary folder can be made.
  static Result<BaseFiles> take(const Repository& repository, const ObjectId& commit);
  BaseFiles(BaseFiles&& other) noexcept;
  BaseFiles& operator=(BaseFiles&&) = delete;
  ~BaseFiles() { remove(); }

  void remove() const;  // the folder
  const std::string& folder() const { return folder_; }
  // Files that are damaged or larger than kMaxBaseFile, and count for nothing: what is wrong in the base branch shall
  // not keep out the push that mends it.
  const std::vector<Note>& notes() const { return notes_; }

 private:
  explicit BaseFiles(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  std::vector<Note> notes_;
};

}  // namespace staunch
