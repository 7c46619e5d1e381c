// The Scanner: its pool of Workers, and the ways into engine/item_scan.h.
#include "engine/scan.h"

#include <algorithm>
#include <mutex>

#include "engine/item_scan.h"
#include "engine/locate.h"
#include "engine/worker.h"

namespace staunch {

struct Scanner::State {
  explicit State(ScanOptions given) : fingerprinter(given.fingerprint_key), options(std::move(given)) {
    options.segment_bytes = std::max(kLineBlock, options.segment_bytes / kLineBlock * kLineBlock);
  }
  Fingerprinter fingerprinter;
  ScanOptions options;
  std::mutex mutex;
  std::vector<std::unique_ptr<Worker>> idle;
};

Scanner::Scanner(std::shared_ptr<const Database> database, ScanOptions options)
    : database_(std::move(database)), state_(std::make_unique<State>(std::move(options))) {}
Scanner::~Scanner() = default;

Scanner::Lease::Lease(Scanner& scanner, std::unique_ptr<Worker> worker)
    : scanner_(scanner), worker_(std::move(worker)) {}
Scanner::Lease::Lease(Lease&&) noexcept = default;
Scanner::Lease::~Lease() {
  if (!worker_) return;
  const std::lock_guard lock(scanner_.state_->mutex);
  scanner_.state_->idle.push_back(std::move(worker_));
}

std::span<char> Scanner::Lease::buffer(std::size_t size) {
  if (worker_->buffer.size() < size) worker_->buffer.resize(size);
  return worker_->buffer;
}

Scanner::Lease Scanner::lease() {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->idle.empty()) {
      auto worker = std::move(state_->idle.back());
      state_->idle.pop_back();
      return {*this, std::move(worker)};
    }
  }
  auto worker = std::make_unique<Worker>(database_->parts());
  worker->measure = state_->options.measure;
  return {*this, std::move(worker)};
}

ItemReport Scanner::scan(Lease& lease, std::string_view text, const std::string& path) {
  ItemReport report;
  report.bytes = text.size();
  ArchiveBudget budget;
  scan_text(shared(), *lease, text, path, {state_->options.max_archive_depth, budget}, report);
  return report;
}

ItemReport Scanner::scan(const Content& content, std::uint64_t size, const std::string& path) {
  ItemReport report;
  scan_segments(shared(), content, size, path, report);
  return report;
}

ItemReport Scanner::scan(ByteStream& bytes, const std::string& path) {
  ItemReport report;
  ArchiveBudget budget;
  const Lease worker = lease();
  const Status read = scan_stream(shared(), *worker, bytes, path, {state_->options.max_archive_depth, budget}, report);
  if (!read) report.incomplete.push_back({path, read.error().what});
  return report;
}

ScanShared Scanner::shared() { return {*this, database_->parts(), state_->fingerprinter, state_->options}; }

namespace {

void add(const Worker& worker, const std::vector<NeedleEntry>& needles, EngineStats& stats) {
  stats.bytes += worker.bytes;
  stats.match_ns += worker.match_ns;
  stats.confirm_ns += worker.confirm_ns;
  stats.expand_ns += worker.expand_ns;
  for (std::size_t i = 0; i < stats.rules.size(); ++i) {
    const RuleCost& cost = worker.costs[i];
    RuleCost& sum = stats.rules[i];
    sum.passed += cost.passed;
    sum.regions += cost.regions;
    sum.matches += cost.matches;
    sum.confirmed += cost.confirmed;
    sum.nanoseconds += cost.nanoseconds;
  }
  for (std::size_t i = 0; i < needles.size(); ++i)
    for (const NeedleUse& use : needles[i].uses) stats.rules[use.rule].hits += worker.needle_hits[i];
}

}  // namespace

EngineStats Scanner::stats() const {
  EngineStats stats;
  stats.rules.resize(database_->catalogue().rules.size());
  const std::lock_guard lock(state_->mutex);
  for (const auto& idle : state_->idle)
    for (const Worker* worker = idle.get(); worker != nullptr; worker = worker->deeper.get())
      add(*worker, database_->parts().needles, stats);
  return stats;
}

}  // namespace staunch
