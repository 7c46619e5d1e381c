// The line in which a secret stands, every secret in it masked, cut to what a person can read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/finding.h"
#include "frontends/report/redact.h"

namespace staunch {

// Columns of text that are kept on each side of the secret.
inline constexpr std::size_t kSnippetColumns = 60;

struct Snippet {
  std::string text;        // harmless for a terminal; empty where the place has no line
  std::size_t column = 0;  // display column of the secret in it, from 0
  std::size_t width = 0;   // display columns of what stands for it
};

// Bytes of an item that hold some secret of the run, in whatever coding.
struct Taken {
  std::uint64_t offset = 0, length = 0;
};

// Sorted and made disjoint, as make_snippet wants it.
void tidy(std::vector<Taken>& taken);

// `shown` stands for the place's own secret; `taken` are the secrets known in the same item. With `mask` false the
// line is shown as it is.
Snippet make_snippet(const Occurrence& place, std::string_view shown, const std::vector<Taken>& taken,
                     const ReportRedactor& redactor, bool mask);

}  // namespace staunch
