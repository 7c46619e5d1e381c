// Edits of a line that is JSON, made fit so that it stays the same JSON but for what they replace.
//
// The line is not decoded and not written anew: it is walked once, and only where something was found in it. An edit
// falls into the strings that it touches, never cuts an escape, and replaces a number or word as a whole, by a string.
// Format: RFC 8259; pointers: RFC 6901.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "frontends/stream/redactor.h"

namespace staunch {

inline constexpr std::size_t kMaxLineJsonDepth = 128;

// Makes the edits fit and gives the rulings the pointers of the values (or keys) that they are about; offsets of both
// are those in `line`, in order. False where the line is no JSON value: then nothing is changed.
bool fit_json_line(std::string_view line, std::vector<Edit>& edits, const std::vector<Ruling*>& rulings);

}  // namespace staunch
