// Standing in a pipe: bytes in, the same bytes out, secrets replaced.
//
// - Bytes outside of replacements and their order are unchanged, whatever they are; a last line without a newline gets
//   none. What is replaced depends on the stream and the judge alone: not on how it was written, nor on threads.
// - Whole lines leave as soon as no more input is there at once; while it flows, blocks of lines are judged side by
//   side.
// - Every line is judged as it stands and with the one before it (engine/message.h): a secret within a line never
//   leaves; of one that goes over a newline, the part behind it does not. Private keys: key_lines.h.
// - Memory is bounded: a line longer than kMaxLine is judged in parts that overlap (blocks.h). Writing waits for the
//   reader; nothing is dropped.
// - A line that shall be blocked is replaced as a whole, and so is one that could not be judged.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/result.h"
#include "frontends/stream/redactor.h"

namespace staunch {

// What decides: functions, so that rules can be swapped while the filter runs. Both are called by many threads.
struct Judge {
  // As Redactor::decide_lines. What it throws counts as a failure to judge.
  std::function<Decision(std::string_view text, std::size_t begin)> decide;
  // What happens to the lines of private keys.
  std::function<Action()> key_lines = [] { return Action::redact; };
  // Whether what could not be judged passes as it is.
  std::function<bool()> fails_open = [] { return false; };
};

// What the bytes are.
enum class FilterMode : std::uint8_t {
  plain,       // lines of text
  ndjson,      // lines of JSON: edits fall into values (json_line.h); what is no JSON is a line of text
  rsyslog_mm,  // messages of rsyslog's mmexternal, each of which gets an answer (rsyslog.h)
  omprog,      // messages of rsyslog's omprog: passed on to `out`, each of them confirmed to `confirm`
};

struct FilterOptions {
  FilterMode mode = FilterMode::plain;
  int in = 0, out = 1;   // stay the caller's
  int confirm = -1;      // omprog: where rsyslog reads
  unsigned threads = 0;  // 0: one a processor
  int stop_fd = -1;      // readable once the filter shall end: it goes on for stop_milliseconds, or until input ends
  int stop_milliseconds = 2000;
};

struct FilterTotals {
  std::uint64_t bytes = 0;                              // read
  std::uint64_t redacted = 0, blocked = 0, logged = 0;  // rulings; blocked: lines
  std::uint64_t keys = 0;                               // private keys that began
  std::uint64_t not_judged = 0;                         // blocks
  std::uint64_t long_parts = 0;                         // of lines longer than kMaxLine
  std::uint64_t refused = 0;  // omprog: messages that could not be written and will come again
  bool reader_gone = false;   // writing ended early because nobody reads
  Status status = Done{};     // why reading or writing ended early otherwise
};

// `tell` is called by one thread at a time, in the order of the stream; offsets of rulings mean nothing by then.
FilterTotals run_filter(const FilterOptions& options, const Judge& judge,
                        const std::function<void(const Ruling&)>& tell);

}  // namespace staunch
