// The way of an occurrence to the report: what holds it back, what counts it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "engine/sink.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/cli/responder.h"
#include "frontends/cli/verifier.h"
#include "frontends/report/filter.h"
#include "frontends/report/report.h"
#include "frontends/report/suppress.h"
#include "frontends/report/writer.h"

namespace staunch {

// Puts something in front of a report, or in its place; empty: nothing. The options are the report's.
using WrapReport = std::function<std::unique_ptr<Sink>(std::unique_ptr<Sink> report, const ReportOptions& options)>;

// Everything that is opened and read before the scan, so that what is wrong with it is known before.
class ReportChain {
 public:
  // Reads ignore files and baselines and opens the report. `targets` may hold ignore files of their own. A report that
  // is read back comes with what its lines say; only what the command line names is held back from it.
  static Result<std::unique_ptr<ReportChain>> open(const Options& options, const std::vector<std::string>& targets,
                                                   const Messages& messages, const std::string& fingerprint_key,
                                                   std::shared_ptr<const ReadBack> read_back = nullptr,
                                                   const WrapReport& wrap = {});

  Sink& front() { return *sink_; }
  Suppressed& suppressed() { return *suppressed_; }
  // Files that belong to the run and are not to be scanned.
  const std::vector<std::string>& own_files() const { return own_files_; }

  // After the scan: ends the report, writes the new baseline, tells the summary. Returns the exit code.
  int finish(const Totals& totals);

 private:
  ReportChain(const Options& options, const Messages& messages, std::shared_ptr<const ReadBack> read_back)
      : options_(options), messages_(messages), read_back_(std::move(read_back)) {}
  Result<IgnoreList> read_ignores(const std::vector<std::string>& targets);
  Status open_sinks(const std::vector<std::string>& targets, const std::string& fingerprint_key,
                    const WrapReport& wrap);
  Status open_report(const WrapReport& wrap);
  Status open_verifier();
  // Hands what is reported to a program of the response's.
  Status hand_to(std::vector<std::string> words, const char* option, const std::string& file);
  Status open_response();
  bool end_response();
  Status open_new_baseline();
  Status write_new_baseline();
  void tell(const Totals& totals) const;
  int exit_code(const Totals& totals, bool reported) const;

  const Options options_;
  const Messages messages_;
  const std::shared_ptr<const ReadBack> read_back_;
  std::vector<std::string> own_files_;
  ReportFormat format_ = ReportFormat::text;
  FailOn fail_on_;
  std::shared_ptr<Suppressed> suppressed_ = std::make_shared<Suppressed>();
  std::shared_ptr<Verdicts> verdicts_ = std::make_shared<Verdicts>();
  std::uint64_t counted_ = 0, places_ = 0;
  std::set<std::string> fingerprints_;
  Baseline new_baseline_;
  std::optional<Writer> new_baseline_writer_;
  std::vector<std::unique_ptr<Responder>> responders_;  // outlive the sinks that write to them
  std::unique_ptr<Sink> sink_;
};

}  // namespace staunch
