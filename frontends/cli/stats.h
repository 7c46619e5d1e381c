// --stats and `rules check`: what the engine measured, as tables.
#pragma once

#include <string>

#include "engine/scan.h"

namespace staunch {

// Time a stage, then the rules that cost most. `seconds` is the wall time of the run.
std::string stats_table(const EngineStats& stats, const Catalogue& catalogue, double seconds);

// A line a rule, dearest first: hits and what became of them a MB, and the MB/s that this rule alone would allow.
std::string cost_table(const EngineStats& stats, const Catalogue& catalogue, std::size_t most);

}  // namespace staunch
