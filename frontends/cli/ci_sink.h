// What a CI system shows of a scan beside the report: the text in its log, and a mark at each place.
#pragma once

#include <memory>

#include "engine/sink.h"
#include "frontends/report/report.h"
#include "hooks/git/ci_range.h"

namespace staunch {

inline constexpr std::size_t kMaxMarks = 50;

// The text report, as standard output; nothing in it is taken for a command of the system ("::error", "##vso[").
// `next` gets all as well; null: there is no other report.
std::unique_ptr<Sink> text_for_log(ReportOptions options, std::unique_ptr<Sink> next);

// Marks of GitHub ("::error file=…") and Azure ("##vso[task.logissue …]"), the first kMaxMarks, behind the report;
// for others returns `next`.
std::unique_ptr<Sink> mark_places(CiSystem system, std::unique_ptr<Sink> next);

}  // namespace staunch
