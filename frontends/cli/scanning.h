// Steps that the commands which scan have in common.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/cli/report_chain.h"

namespace staunch {

// What a scan needs before it reads anything, so that whatever is wrong with it is known by then.
struct Prepared {
  std::shared_ptr<const Database> database;
  std::string fingerprint_key;
  std::unique_ptr<ReportChain> chain;
};

// `trusted`: the folders whose configuration, ignore files and salt count.
Result<Prepared> prepare_scan(const Options& options, const std::vector<std::string>& trusted, const Messages& messages,
                              const WrapReport& wrap = {});

ScanOptions scan_options(const Options& options, const std::string& fingerprint_key);

RunInfo run_info(std::string command, const std::vector<std::string>& targets, const Database& database,
                 const std::string& fingerprint_key);

// Ends the report and prints what --stats asks for; the program's exit code.
int finish_scan(const Options& options, const Scanner& scanner, ReportChain& chain, const Totals& totals);

// Tells what is wrong with what was asked for; the exit code of that.
int refused(const Error& error, const Messages& messages);

}  // namespace staunch
