#include "frontends/stream/filter.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/uio.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
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

class Filter {
 public:
  Filter(const FilterOptions& options, const Judge& judge, const std::function<void(const Ruling&)>& tell)
      : options_(options),
        judge_(judge),
        tell_(tell),
        cutter_(options.in),
        output_(options.out),
        confirmations_(options.confirm) {}

  FilterTotals run() {
    const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
    const unsigned threads = options_.threads > 0 ? options_.threads : processors;
    const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
    tbb::task_arena arena(static_cast<int>(threads));
    jobs_.resize(std::size_t{2} * threads + 1);
    for (auto& job : jobs_) job = std::make_unique<Job>();
    Job& first = *jobs_.front();
    if (options_.mode == FilterMode::omprog && !confirmations_.write("OK\n")) gone_ = true;
    for (bool going = !gone_; going;) {
      look_for_stop();
      switch (cutter_.next(first.block)) {
        case Cutter::Answer::ended: going = false; break;
        case Cutter::Answer::nothing_yet:
          wait();
          going = !gone_;
          break;
        case Cutter::Answer::block:
          if (threads == 1 || first.block.own().size() < kAloneBytes) {
            judge_block(judge_, json(), first);
            finish(first);
          } else {
            arena.execute([&] { run_side_by_side(); });
          }
          going = !gone_;
          break;
      }
    }
    totals_.bytes = cutter_.taken();
    totals_.keys = keys_.begun();
    totals_.reader_gone = gone_ && output_.status().ok();
    totals_.status = cutter_.status();
    if (!output_.status()) totals_.status = output_.status();
    return totals_;
  }

 private:
  // Blocks as long as they come without a pause; the first one is there.
  void run_side_by_side() {
    std::size_t next = 0;
    const auto read = [&](tbb::flow_control& control) -> Job* {
      look_for_stop();
      Job* job = jobs_[next % jobs_.size()].get();
      if (gone_ || (next > 0 && cutter_.next(job->block) != Cutter::Answer::block)) {
        control.stop();
        return nullptr;
      }
      ++next;
      return job;
    };
    const auto decide = [this](Job* job) {
      judge_block(judge_, json(), *job);
      return job;
    };
    const auto write = [this](Job* job) { finish(*job); };
    tbb::parallel_pipeline(jobs_.size(),
                           tbb::make_filter<void, Job*>(tbb::filter_mode::serial_in_order, read) &
                               tbb::make_filter<Job*, Job*>(tbb::filter_mode::parallel, decide) &
                               tbb::make_filter<Job*, void>(tbb::filter_mode::serial_in_order, write));
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
        if (!output_.write(own, job.judged.edits)) gone_ = true;
        break;
      case FilterMode::rsyslog_mm:
        replies_.clear();
        append_rsyslog_replies(own, job.judged.edits, !job.failed, replies_);
        if (!output_.write(replies_)) gone_ = true;
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
    if (!confirmations_.write(replies_)) gone_ = true;
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
    pollfd fds[] = {{options_.in, POLLIN, 0}, {options_.out, 0, 0}, {stopping_ ? -1 : options_.stop_fd, POLLIN, 0}};
    int milliseconds = -1;
    if (stopping_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      milliseconds = static_cast<int>(std::max<std::int64_t>(left, 0));
    }
    if (poll(fds, 3, milliseconds) > 0 && (fds[1].revents & POLLERR) != 0) gone_ = true;
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
  std::vector<std::unique_ptr<Job>> jobs_;
  std::atomic<bool> gone_{false};  // nothing more can be written
  bool stopping_ = false;
  Clock::time_point deadline_;
};

}  // namespace

FilterTotals run_filter(const FilterOptions& options, const Judge& judge,
                        const std::function<void(const Ruling&)>& tell) {
  return Filter(options, judge, tell).run();
}

}  // namespace staunch
