#include "frontends/git/message_scan.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>

namespace staunch {
namespace {

constexpr std::size_t kBatchBytes = 64u << 10;

}  // namespace

struct MessageScan::Batches {
  tbb::enumerable_thread_specific<Batch> of_threads;
};

MessageScan::MessageScan(Scanner& scanner, const Counts& counts, std::string path)
    : scanner_(scanner), counts_(counts), path_(std::move(path)), batches_(std::make_unique<Batches>()) {}
MessageScan::~MessageScan() = default;

void MessageScan::add(std::uint32_t number, const std::string& text, Scanner::Lease& worker) {
  Batch& batch = batches_->of_threads.local();
  if (!batch.joined.empty()) batch.joined += "\n\n";
  batch.texts.push_back({batch.joined.size(), batch.joined.size() + text.size()});
  batch.joined += text;
  batch.numbers.push_back(number);
  if (batch.joined.size() >= kBatchBytes) look(batch, worker);
}

void MessageScan::look(Batch& batch, Scanner::Lease& worker) {
  if (!nothing_in(scanner_, worker, batch.joined, batch.texts)) {
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      const Span& text = batch.texts[i];
      const std::string_view own = std::string_view(batch.joined).substr(text.begin, text.end - text.begin);
      const ItemReport report = scanner_.scan(worker, own, path_);
      if (std::none_of(report.occurrences.begin(), report.occurrences.end(), counts_)) continue;
      const std::lock_guard lock(mutex_);
      found_.push_back(batch.numbers[i]);
    }
  }
  batch.joined.clear();
  batch.texts.clear();
  batch.numbers.clear();
}

std::vector<std::uint32_t> MessageScan::finish() {
  Scanner::Lease worker = scanner_.lease();
  for (Batch& batch : batches_->of_threads)
    if (!batch.texts.empty()) look(batch, worker);
  std::sort(found_.begin(), found_.end());
  return std::move(found_);
}

}  // namespace staunch
