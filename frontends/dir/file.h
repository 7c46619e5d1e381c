// One regular file from its name to the Scanner, with four system calls where it is small.
//
// A file is opened without blocking, without following links (unless asked) and without touching its access time
// where the system allows that; what it is is asked of the open descriptor, so a file that is swapped for a pipe or a
// device in the meantime is left alone. Up to kWholeItemBytes are read into the Worker's buffer; larger files are read
// by the engine in windows.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/scan.h"
#include "frontends/dir/dir.h"
#include "frontends/dir/notes.h"

namespace staunch {

// What all threads of one walk share.
struct WalkShared {
  Scanner& scanner;
  const DirOptions& options;
  Progress& progress;
  Notes& notes;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> own_files;  // device and inode
};

// Used by one thread for a run of files; keeps one Worker leased meanwhile.
class FileScanner {
 public:
  explicit FileScanner(WalkShared& shared) : shared_(shared) {}
  ~FileScanner();

  // `name` in the folder `at` (or AT_FDCWD), reported as `path`. A link is followed where `follow` is set. `targeted`:
  // typed by the user, so that what is no regular file is incomplete and not skipped.
  std::vector<Occurrence> scan(int at, const char* name, const std::string& path, bool follow, bool targeted);

 private:
  int open_file(int at, const char* name, bool follow);
  void not_a_file(std::uint32_t mode, const std::string& path, bool targeted);
  std::vector<Occurrence> scan_whole(int fd, std::uint64_t size, const std::string& path);
  std::vector<Occurrence> scan_large(int fd, std::uint64_t size, const std::string& path);
  std::vector<Occurrence> take(ItemReport report);

  WalkShared& shared_;
  std::optional<Scanner::Lease> lease_;
  bool keep_access_time_ = true;
  std::uint64_t bytes_ = 0, items_ = 0;  // not yet added to the progress
};

// Words for an errno; static text.
const char* error_text(int error);

}  // namespace staunch
