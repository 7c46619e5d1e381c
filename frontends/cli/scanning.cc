#include "frontends/cli/scanning.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "frontends/cli/exit_code.h"
#include "frontends/cli/fingerprint_key.h"
#include "frontends/cli/stats.h"

namespace staunch {
namespace {

// To the end of the process, which then does not take the rules apart: that would take longer than a small scan.
void keep(std::shared_ptr<const Database> database) {
  [[maybe_unused]] static const auto* const kept = new std::shared_ptr(std::move(database));
}

}  // namespace

Result<Prepared> prepare_scan(const Options& options, const std::vector<std::string>& trusted, const Messages& messages,
                              const WrapReport& wrap) {
  auto rules = load_rules(options, trusted, messages);
  if (!rules) return rules.error();
  keep(rules->database);
  Prepared ready{std::move(rules->database), fingerprint_key(rules->fingerprint_key, trusted), nullptr};
  auto chain = ReportChain::open(options, trusted, messages, ready.fingerprint_key, nullptr, wrap);
  if (!chain) return chain.error();
  ready.chain = *std::move(chain);
  return ready;
}

ScanOptions scan_options(const Options& options, const std::string& fingerprint_key) {
  ScanOptions scan;
  scan.fingerprint_key = fingerprint_key;
  scan.measure = options.stats;
  scan.max_decode_depth = options.max_decode_depth;
  scan.max_archive_depth = options.max_archive_depth;
  return scan;
}

RunInfo run_info(std::string command, const std::vector<std::string>& targets, const Database& database,
                 const std::string& fingerprint_key) {
  RunInfo run;
  run.command = std::move(command);
  run.targets = targets;
  run.catalogue_digest = database.digest();
  run.catalogue = &database.catalogue();
  run.public_fingerprints = fingerprint_key.empty();
  return run;
}

int finish_scan(const Options& options, const Scanner& scanner, ReportChain& chain, const Totals& totals) {
  const int code = chain.finish(totals);
  if (options.stats)
    fmt::print(stderr, "{}", stats_table(scanner.stats(), scanner.database().catalogue(), totals.seconds));
  return code;
}

int refused(const Error& error, const Messages& messages) {
  messages.error(to_string(error));
  return kExitUsage;
}

}  // namespace staunch
