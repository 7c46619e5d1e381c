#include "frontends/cli/verifier.h"

#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "engine/json_object.h"
#include "frontends/cli/responder.h"
#include "frontends/report/pass.h"
#include "frontends/report/report.h"
#include "frontends/report/small_file.h"

namespace staunch {
namespace {

bool is_good(const Verified& verdict) { return verdict.state == "live" || verdict.state == "restricted"; }

// One line of what the program tells; false where it is none.
bool take_line(std::string_view line, Verdicts& verdicts) {
  const auto outer = read_json_object(line);
  if (!outer || !outer->contains("fingerprint") || !outer->contains("verdict")) return false;
  auto told = read_json_object(outer->at("verdict"));
  if (!told) return false;
  Verified verdict;
  for (auto& [name, value] : *told) {
    if (name == "state") verdict.state = std::move(value);
    else if (name == "host") verdict.host = std::move(value);
    else if (name == "why") verdict.why = std::move(value);
    else if (name == "checked_at") verdict.checked_at = std::move(value);
    else verdict.told[name] = std::move(value);
  }
  verdicts.insert_or_assign(outer->at("fingerprint"), std::move(verdict));
  return true;
}

class Verifier : public PassOn {
 public:
  Verifier(std::unique_ptr<Responder> program, std::unique_ptr<Sink> pipe, Verdicts& verdicts, const Messages& messages)
      : PassOn(std::move(pipe)), program_(std::move(program)), verdicts_(verdicts), messages_(messages) {}

  Status finish(const Totals& totals) override {
    const Status handed = PassOn::finish(totals);
    const std::string told = program_->hear();
    for (const std::string_view line : lines_of(told))
      if (!line.empty()) take_line(line, verdicts_);
    const std::optional<int> code = program_->finish();
    if (!handed || code != 0) return Error{"issuers could not be asked about everything", "--verify"};
    std::size_t good = 0, dead = 0;
    for (const auto& [fingerprint, verdict] : verdicts_) {
      good += is_good(verdict) ? 1 : 0;
      dead += verdict.state == "dead" ? 1 : 0;
    }
    if (!verdicts_.empty())
      messages_.info(fmt::format("{} good, {} dead, {} unknown", good, dead, verdicts_.size() - good - dead));
    return Done{};
  }

 private:
  std::unique_ptr<Responder> program_;  // outlives what writes to it
  Verdicts& verdicts_;
  const Messages messages_;
};

}  // namespace

Result<std::unique_ptr<Sink>> verify_beside(const std::string& policy, Verdicts& verdicts, const Messages& messages) {
  std::vector<std::string> words = {"staunch", "verify", "-", "--beside-scan"};
  if (!policy.empty()) words.insert(words.end(), {"--policy", policy});
  auto program = Responder::start({std::move(words)});
  if (!program) return Error{"issuers cannot be asked, so nothing is scanned", "--verify"};
  ReportOptions findings;
  findings.show_secrets = true;
  findings.version = STAUNCH_VERSION;
  findings.started = std::time(nullptr);
  auto pipe = make_report(ReportFormat::jsonl, findings, Writer::to_fd((*program)->input(), "--verify"));
  return std::unique_ptr<Sink>(std::make_unique<Verifier>(std::move(*program), std::move(pipe), verdicts, messages));
}

}  // namespace staunch
