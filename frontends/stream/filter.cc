#include "frontends/stream/filter.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "frontends/stream/blocks.h"
#include "frontends/stream/key_lines.h"
#include "frontends/stream/line_edits.h"
#include "frontends/stream/rsyslog.h"

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

// A block of fewer bytes is judged and written before the next one is read.
constexpr std::size_t kAloneBytes = 64u << 10;
constexpr std::string_view kKeyLinesText = "[REDACTED:private-key]";
constexpr std::string_view kNotJudgedText = "[REDACTED:could-not-be-scanned]";
constexpr std::string_view kNotJudgedJson = R"({"blocked":"could-not-be-scanned"})";

// A block on its way.
struct Job {
  Block block;
  Judged judged;
  bool failed = false, may_have_key = false;
  bool done = false;  // judged
};

void judge_block(const Judge& judge, bool json, Job& job) {
  job.failed = false;
  job.may_have_key = KeyLines::may_begin(job.block.own());
  try {
    job.judged = judged_block(judge.decide(job.block.text, job.block.line), job.block, json);
  } catch (...) {
    job.failed = true;
    job.judged = {};
    if (!judge.fails_open())
      job.judged.edits = edits_of_all_lines(job.block.own(), json ? kNotJudgedJson : kNotJudgedText);
  }
}

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  // False once nothing more can be written.
  bool write(std::string_view text, const std::vector<Edit>& edits = {}) {
    std::uint64_t at = 0;
    for (const Edit& edit : edits) {
      add(text.substr(at, edit.offset - at));
      add(edit.replacement);
      at = edit.offset + edit.length;
    }
    add(text.substr(at));
    flush();
    return !failed_;
  }
  const Status& status() const { return status_; }
  // To be tried again.
  void forget_failure() {
    failed_ = false;
    status_ = Done{};
  }

 private:
  void add(std::string_view bytes) {
    if (bytes.empty()) return;
    pieces_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
    if (pieces_.size() == IOV_MAX) flush();
  }

  void flush() {
    iovec* piece = pieces_.data();
    std::size_t left = pieces_.size();
    while (left > 0 && !failed_) {
      const ssize_t wrote = writev(fd_, piece, static_cast<int>(left));
      if (wrote < 0) {
        wait_or_fail();
        continue;
      }
      auto done = static_cast<std::size_t>(wrote);
      for (; left > 0 && done >= piece->iov_len; ++piece, --left) done -= piece->iov_len;
      if (left > 0) {
        piece->iov_base = static_cast<char*>(piece->iov_base) + done;
        piece->iov_len -= done;
      }
    }
    pieces_.clear();
  }

  void wait_or_fail() {
    if (errno == EINTR) return;
    if (errno == EAGAIN) {
      pollfd poll_fd{fd_, POLLOUT, 0};
      poll(&poll_fd, 1, -1);
      return;
    }
    failed_ = true;
    if (errno != EPIPE) status_ = Error{fmt::format("cannot write: {}", std::strerror(errno)), "standard output"};
  }

  const int fd_;
  std::vector<iovec> pieces_;
  bool failed_ = false;
  Status status_ = Done{};
};

// Threads take turns at reading. Whoever has read a block gives the turn away, judges the block, and then writes all
// that is due: its own block, if those before it are out, and what others had judged behind it. So no thread waits for
// another as long as there is a block to judge, and a line that comes alone is read, judged and written by one.
class Filter {
 public:
  Filter(const FilterOptions& options, const Judge& judge, const std::function<void(const Ruling&)>& tell)
      : options_(options),
        judge_(judge),
        tell_(tell),
        cutter_(options.in),
        output_(options.out),
        confirmations_(options.confirm) {}
  ~Filter() {
    if (wake_fd_ >= 0) close(wake_fd_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  FilterTotals run() {
    threads_ = options_.threads > 0 ? options_.threads : std::max(1u, std::thread::hardware_concurrency());
    jobs_.resize(std::size_t{2} * threads_ + 1);
    for (Job& job : jobs_) idle_.push_back(&job);
    if (options_.mode == FilterMode::omprog && !confirmations_.write("OK\n")) end_early();
    work();
    for (std::thread& helper : helpers_) helper.join();
    totals_.bytes = cutter_.taken();
    totals_.keys = keys_.begun();
    totals_.reader_gone = gone_ && output_.status().ok();
    totals_.status = cutter_.status();
    if (!output_.status()) totals_.status = output_.status();
    return totals_;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      turn_.wait(lock, [&] { return ended_ || (!reading_ && !idle_.empty()); });
      if (ended_) return;
      Job* job = idle_.back();  // whose memory is the warmest
      idle_.pop_back();
      reading_ = true;
      lock.unlock();
      const bool got = read(job->block);
      lock.lock();
      if (!got) {
        ended_ = true;
        turn_.notify_all();
        return;
      }
      job->done = false;
      in_flight_.push_back(job);
      const bool alone = job->block.own().size() < kAloneBytes;
      if (!alone) {
        start_helpers();
        give_turn();
      }
      lock.unlock();
      judge_block(judge_, json(), *job);
      lock.lock();
      job->done = true;
      write_what_is_due(lock);
      if (alone) give_turn();
    }
  }

  // The other threads begin with the first block that is worth one.
  void start_helpers() {
    if (!helpers_.empty()) return;
    for (unsigned i = 1; i < threads_; ++i) helpers_.emplace_back([this] { work(); });
  }

  void give_turn() {
    reading_ = false;
    turn_.notify_one();
  }

  void write_what_is_due(std::unique_lock<std::mutex>& lock) {
    if (writing_) return;  // whoever does looks again
    writing_ = true;
    while (!in_flight_.empty() && in_flight_.front()->done) {
      Job* job = in_flight_.front();
      lock.unlock();
      finish(*job);
      lock.lock();
      in_flight_.pop_front();
      idle_.push_back(job);
      turn_.notify_one();
    }
    writing_ = false;
  }

  // The next block, waited for; false where none will come.
  bool read(Block& block) {
    while (!gone_) {
      look_for_stop();
      switch (cutter_.next(block)) {
        case Cutter::Answer::ended: return false;
        case Cutter::Answer::block: return true;
        case Cutter::Answer::nothing_yet: wait();
      }
    }
    return false;
  }

  // Nothing more can be written: nothing is to be waited for either.
  void end_early() {
    gone_ = true;
    const std::uint64_t one = 1;
    (void)!::write(wake_fd_, &one, sizeof one);
  }

  bool json() const { return options_.mode == FilterMode::ndjson; }

  // In the order of the stream.
  void finish(Job& job) {
    add_key_lines(job);
    for (const Ruling& ruling : job.judged.rulings) {
      if (ruling.action == Action::log) ++totals_.logged;
      if (ruling.action == Action::redact) ++totals_.redacted;
      if (ruling.action == Action::block) ++totals_.blocked;
      tell_(ruling);
    }
    totals_.not_judged += job.failed ? 1 : 0;
    totals_.long_parts += job.block.part ? 1 : 0;
    if (!gone_) write(job);
  }

  void write(const Job& job) {
    const std::string_view own = job.block.own();
    switch (options_.mode) {
      case FilterMode::plain:
      case FilterMode::ndjson:
        if (!output_.write(own, job.judged.edits)) end_early();
        break;
      case FilterMode::rsyslog_mm:
        replies_.clear();
        append_rsyslog_replies(own, job.judged.edits, !job.failed, replies_);
        if (!output_.write(replies_)) end_early();
        break;
      case FilterMode::omprog: write_and_confirm(own, job.judged.edits); break;
    }
  }

  // All of it is in the file, or nothing, and then rsyslog sends it again.
  void write_and_confirm(std::string_view own, const std::vector<Edit>& edits) {
    const off_t before = lseek(options_.out, 0, SEEK_END);
    std::string answer = "OK";
    if (!output_.write(own, edits)) {
      answer = output_.status().ok() ? "nobody reads" : output_.status().error().what;
      if (before >= 0) (void)!ftruncate(options_.out, before);
      output_.forget_failure();
      ++totals_.refused;
    }
    replies_.clear();
    for (auto left = std::count(own.begin(), own.end(), '\n'); left > 0; --left) replies_ += answer + "\n";
    if (!confirmations_.write(replies_)) end_early();
  }

  void add_key_lines(Job& job) {
    if (!keys_.inside() && !job.may_have_key) return;
    const std::uint64_t before = keys_.begun();
    const std::vector<Span> spans = keys_.take(job.block.own());
    const Action action = judge_.key_lines();
    if (action == Action::allow) return;
    std::vector<Edit>& edits = job.judged.edits;
    if (action >= Action::redact)
      for (const Span& span : spans)
        edits.push_back({span.begin, span.end - span.begin, std::string(kKeyLinesText), 0});
    edits = merged(std::move(edits));
    for (std::uint64_t i = before; i < keys_.begun(); ++i) {
      Ruling ruling;
      ruling.rule = "private-key";
      ruling.severity = Severity::critical;
      ruling.action = action;
      job.judged.rulings.push_back(std::move(ruling));
    }
  }

  // Until there is input, nobody reads any more, or the grace ends.
  void wait() {
    pollfd fds[] = {{options_.in, POLLIN, 0},
                    {options_.out, 0, 0},
                    {stopping_ ? -1 : options_.stop_fd, POLLIN, 0},
                    {wake_fd_, POLLIN, 0}};
    int milliseconds = -1;
    if (stopping_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      milliseconds = static_cast<int>(std::max<std::int64_t>(left, 0));
    }
    if (poll(fds, std::size(fds), milliseconds) > 0 && (fds[1].revents & POLLERR) != 0) gone_ = true;
  }

  // Asked to end, the filter takes what is still in the pipe: whoever asked has often just closed it.
  void look_for_stop() {
    pollfd stop{options_.stop_fd, POLLIN, 0};
    if (!stopping_ && options_.stop_fd >= 0 && poll(&stop, 1, 0) > 0) {
      stopping_ = true;
      deadline_ = Clock::now() + std::chrono::milliseconds(options_.stop_milliseconds);
    }
    if (stopping_ && Clock::now() >= deadline_) cutter_.end();
  }

  const FilterOptions& options_;
  const Judge& judge_;
  const std::function<void(const Ruling&)>& tell_;
  Cutter cutter_;
  Output output_, confirmations_;
  std::string replies_;
  KeyLines keys_;
  FilterTotals totals_;
  std::atomic<bool> gone_{false};                               // nothing more can be written
  const int wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);  // readable then
  unsigned threads_ = 1;
  std::vector<std::thread> helpers_;

  // Of whoever has the turn to read.
  bool stopping_ = false;
  Clock::time_point deadline_;

  std::mutex mutex_;  // for what follows
  std::condition_variable turn_;
  std::vector<Job> jobs_;
  std::vector<Job*> idle_;
  std::deque<Job*> in_flight_;  // in the order of the stream
  bool reading_ = false, writing_ = false, ended_ = false;
};

}  // namespace

FilterTotals run_filter(const FilterOptions& options, const Judge& judge,
                        const std::function<void(const Ruling&)>& tell) {
  return Filter(options, judge, tell).run();
}

}  // namespace staunch
