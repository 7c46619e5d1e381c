// Files and folders as a source: a parallel walk that hands every regular file to the Scanner.
//
// - Each file is scanned once, also where one target lies inside another. Occurrences reach the sink in byte order of
//   paths within a target; targets are sorted too. The order and the totals do not depend on threads.
// - A path is spelled as its target was typed (without "./" at the front and slashes at the end), then '/' and the
//   rest.
// - Left out by default, and said so in `skipped`: links, pipes, sockets, devices, the stores of version control
//   systems (.git/objects, indexes, .hg/store, .svn/pristine, …). Their small files (.git/config, hooks) are read.
// - A target that is typed is read whatever the excludes are, and followed if it is a link; a target that is missing or
//   neither file nor folder is `incomplete`.
// - A file that grows while it is read is scanned to the end that was seen then, and that is whole: what comes later is
//   the next scan's. Of one that shrinks what is left is scanned, and it is `incomplete`, as is one that vanished after
//   its folder was listed: bytes stood there when the scan came by, and nobody looked at them.
// - Two descriptors a thread are open at a time, however deep the tree is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/sink.h"

namespace staunch {

// Moments at which a test may change a file behind the walk's back.
enum class Moment : std::uint8_t { listed, opened };

struct DirOptions {
  std::vector<std::string> paths;
  // gitignore patterns, relative to the target or to the working directory as paths are reported.
  std::vector<std::string> excludes;
  bool respect_gitignore = false;  // .gitignore files, also above the target up to its repository; .git/info/exclude
  bool follow_symlinks = false;    // links to files; never to folders, so there are no loops
  std::uint64_t max_bytes = 0;     // larger files are skipped; 0 is no limit
  unsigned threads = 0;            // 0: as many as processors
  std::vector<std::string> own_files;  // files of this very scan (its report, …): never scanned
  std::function<void(Moment, const std::string& path)> injected;  // for tests, called from several threads
};

// Calls sink.occurrence() only; start() and finish() are the caller's. `progress.stop` ends the scan early.
Totals scan_dir(Scanner& scanner, const DirOptions& options, Sink& sink, Progress& progress);

}  // namespace staunch
