// Steps that the commands which scan have in common.
#pragma once

#include <string>
#include <vector>

#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/cli/report_chain.h"

namespace staunch {

ScanOptions scan_options(const Options& options, const std::string& fingerprint_key);

RunInfo run_info(std::string command, const std::vector<std::string>& targets, const Database& database,
                 const std::string& fingerprint_key);

// Ends the report and prints what --stats asks for; the program's exit code.
int finish_scan(const Options& options, const Scanner& scanner, ReportChain& chain, const Totals& totals);

// Tells what is wrong with what was asked for; the exit code of that.
int refused(const Error& error, const Messages& messages);

}  // namespace staunch
