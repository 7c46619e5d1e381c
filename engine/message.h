// Texts that are no files: a message, a value, the lines of a log.
//
// As Scanner::scan, but a text has no path, is never binary (else a NUL would mute the generic rules) and is not opened
// as an archive or a record file; every occurrence has its fingerprint, the quick one also where the value is
// guessable; an id and its secret are two. Offsets count from the text's first byte; lines and columns mean nothing.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/finding.h"
#include "engine/scan.h"

namespace staunch {

// All of a text, lines together.
std::vector<Occurrence> scan_message(Scanner& scanner, Scanner::Lease& lease, std::string_view text);

// Bytes on either side of a newline in which a match over it is looked for.
inline constexpr std::size_t kPairBytes = 4u << 10;

// Lines of a stream, each of which must be judged before the next one is seen: every line as a message of its own, and,
// what of it belongs to a match that began in the line before (the two as one message, kPairBytes of each). So a line's
// occurrences depend on it and the line before alone, whatever it was that they came with.
//
// `text` holds whole lines (the last one may lack its newline); those before `begin` are context alone: the end of the
// line before (kPairBytes + 1 of it), or nothing. Occurrences over two lines are cut to the second one; offsets are
// never before `begin`.
// They are ordered by offset.
std::vector<Occurrence> scan_lines(Scanner& scanner, Scanner::Lease& lease, std::string_view text, std::size_t begin);

}  // namespace staunch
