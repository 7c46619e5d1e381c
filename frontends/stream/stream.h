// A stream without an end as a source: standard input, a pipe, a socket.
//
// - Memory is bounded whatever comes. Secrets are found across reads, lines and blocks.
// - Where input pauses for kPauseMilliseconds, or flows slowly, whole lines are told at once: a secret is reported at
//   most kTellMilliseconds after its line was written, and once.
// - A stream that begins as an archive or a compressed file is opened, and its members are scanned; without a label
// they
//   are "stdin!path".
// - When the sink has no use for more (its reader went away), the scan ends.
// - An error of reading, and a stop from outside, end the scan; what came before is reported, and the totals say that
//   the rest was not read.
#pragma once

#include <string>

#include "engine/finding.h"
#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/sink.h"

namespace staunch {

inline constexpr int kPauseMilliseconds = 5;
inline constexpr int kTellMilliseconds = 40;

struct StreamOptions {
  int fd = 0;         // stays the caller's
  std::string label;  // the path of its findings; may be empty
};

// Calls sink.occurrence() only; start() and finish() are the caller's. Returns soon after `progress.stop` is set.
Totals scan_stream(Scanner& scanner, const StreamOptions& options, Sink& sink, Progress& progress);

}  // namespace staunch
