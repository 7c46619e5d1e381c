// Steps that the commands which scan have in common.
#pragma once

#include <string>
#include <vector>

#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"

namespace staunch {

ScanOptions scan_options(const Options& options, const std::string& fingerprint_key);

RunInfo run_info(std::string command, const std::vector<std::string>& targets, const Database& database,
                 const std::string& fingerprint_key);

// Tells what is wrong with what was asked for; the exit code of that.
int refused(const Error& error, const Messages& messages);

}  // namespace staunch
