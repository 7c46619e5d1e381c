#include "frontends/cli/response_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/fingerprint.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/responder.h"
#include "frontends/report/report.h"

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kToldAgain = 1h;  // the same secret
constexpr std::size_t kMaxTold = 65'536;
constexpr auto kFirstWait = 1s, kLongestWait = 60s;  // before a batch is tried again

struct Queued {
  std::shared_ptr<const FoundSecret> found;
  std::string where;
};

std::size_t bytes_of(const Queued& one) {
  const Occurrence& o = one.found->occurrence;
  return o.secret.size() + o.match.size() + o.lines.size() + o.line_before.size() + one.where.size();
}

}  // namespace

struct ResponseFeed::State {
  State(const FeedOptions& given, const Messages& given_messages)
      : options(given), messages(given_messages), fingerprinter(given.fingerprint_key) {}

  const FeedOptions options;
  const Messages messages;
  Fingerprinter fingerprinter;
  std::atomic<std::uint64_t> dropped{0};

  std::mutex mutex;
  std::condition_variable filled;
  std::deque<Queued> queue;
  std::size_t bytes = 0;
  std::unordered_set<std::string> told;  // fingerprints within this process
  Clock::time_point told_since = Clock::now();
  bool ending = false;
  Clock::time_point deadline;
  std::thread thread;

  bool out_of_patience() {
    const std::lock_guard lock(mutex);
    return ending && Clock::now() >= deadline;
  }

  // One report of findings whose rules are of one database. Whether the responder took them up.
  bool hand_over(const std::vector<Queued>& batch, const Database* database) {
    auto responder = Responder::start(
        {words_to_respond(options.policy, options.source), options.quiet, true, [this] { return out_of_patience(); }});
    if (!responder) return false;
    static const Catalogue kNone;
    ReportOptions report;
    report.show_secrets = true;
    report.version = STAUNCH_VERSION;
    report.started = std::time(nullptr);
    RunInfo run;
    run.command = options.source;
    run.catalogue = database ? &database->catalogue() : &kNone;
    run.public_fingerprints = options.fingerprint_key.empty();
    run.live = true;
    const auto sink = make_report(ReportFormat::jsonl, report, Writer::to_fd((*responder)->input(), "--respond"));
    sink->start(run);
    for (const Queued& one : batch)
      if (one.found->database.get() == database) sink->occurrence(named(one));
    if (!sink->finish(Totals())) return false;
    const std::optional<int> code = (*responder)->finish();
    if (code == kExitUsage) return false;
    if (!code) messages.info("the response goes on by itself");
    else if (*code != kExitClean && *code != kExitFindings)
      messages.error(fmt::format("the response is not complete (it ended with {})", *code));
    return true;
  }

  // Under the name that reports know it by.
  Occurrence named(const Queued& one) {
    Occurrence o = one.found->occurrence;
    const bool guessable = one.found->database->catalogue().rules[o.rule].guessable;
    o.fingerprint = guessable ? fingerprinter.of_guessable(o.secret.reveal()) : fingerprinter.of(o.secret.reveal());
    o.path = one.where;
    return o;
  }

  // What could not be handed over stays in the batch.
  void hand_over(std::vector<Queued>& batch) {
    while (!batch.empty()) {
      const Database* database = batch.front().found->database.get();
      if (!hand_over(batch, database)) return;
      std::erase_if(batch, [&](const Queued& one) { return one.found->database.get() == database; });
    }
  }

  void run() {
    std::vector<Queued> batch;
    auto wait = kFirstWait;
    std::unique_lock lock(mutex);
    for (;;) {
      const auto end = [this] { return ending; };
      if (batch.empty()) filled.wait(lock, [this] { return ending || !queue.empty(); });
      filled.wait_for(lock, batch.empty() ? std::chrono::milliseconds(kGatherMilliseconds) : wait, end);
      const bool last = ending;
      for (; !queue.empty() && batch.size() < kQueuedFindings; queue.pop_front()) {
        bytes -= bytes_of(queue.front());
        batch.push_back(std::move(queue.front()));
      }
      lock.unlock();
      const std::size_t before = batch.size();
      hand_over(batch);
      lock.lock();
      wait = batch.size() < before ? kFirstWait : std::min<std::chrono::seconds>(wait * 2, kLongestWait);
      if (last && (queue.empty() || batch.size() == before)) break;
    }
    dropped += batch.size() + queue.size();
  }
};

ResponseFeed::ResponseFeed(std::unique_ptr<State> state) : state_(std::move(state)) {}

ResponseFeed::~ResponseFeed() { finish(); }

Result<std::unique_ptr<ResponseFeed>> ResponseFeed::start(const FeedOptions& options, const Messages& messages) {
  auto state = std::make_unique<State>(options, messages);
  if (!state->hand_over({}, nullptr)) return Error{"the response cannot begin with it", options.policy};
  State* raw = state.get();
  state->thread = std::thread([raw] { raw->run(); });
  return std::unique_ptr<ResponseFeed>(new ResponseFeed(std::move(state)));
}

void ResponseFeed::add(const Ruling& ruling, std::string_view where) {
  if (!ruling.found) return;
  State& s = *state_;
  Queued one{ruling.found, std::string(where)};
  const std::lock_guard lock(s.mutex);
  if (s.told.size() >= kMaxTold || Clock::now() - s.told_since >= kToldAgain) {
    s.told.clear();
    s.told_since = Clock::now();
  }
  if (s.told.contains(ruling.fingerprint)) return;
  if (s.ending || s.queue.size() >= kQueuedFindings || s.bytes + bytes_of(one) > kQueuedFindingBytes) {
    ++s.dropped;
    return;
  }
  s.told.insert(ruling.fingerprint);
  s.bytes += bytes_of(one);
  s.queue.push_back(std::move(one));
  s.filled.notify_one();
}

void ResponseFeed::finish() {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    if (!std::exchange(s.ending, true)) s.deadline = Clock::now() + std::chrono::milliseconds(kFarewellMilliseconds);
  }
  s.filled.notify_all();
  if (s.thread.joinable()) s.thread.join();
}

std::uint64_t ResponseFeed::dropped() const { return state_->dropped; }

}  // namespace staunch
