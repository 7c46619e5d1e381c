#include "frontends/stream/filter.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/uio.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

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

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

// A block of fewer bytes is judged and written before the next one is read.
constexpr std::size_t kAloneBytes = 64u << 10;
constexpr std::string_view kKeyLinesText = "[REDACTED:private-key]";
constexpr std::string_view kNotJudgedText = "[REDACTED:could-not-be-scanned]";

// A block on its way. Offsets of edits count from the block's first own byte.
struct Job {
  Block block;
  std::vector<Ruling> rulings;
  std::vector<Edit> edits;
  bool failed = false, may_have_key = false;
};

// The content of the line around [begin, end), without its newline.
Span line_around(std::string_view text, std::uint64_t begin, std::uint64_t end) {
  const std::size_t before = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  const std::size_t behind = text.find('\n', std::max(begin, end > 0 ? end - 1 : 0));
  return {before == std::string_view::npos ? 0 : before + 1, behind == std::string_view::npos ? text.size() : behind};
}

// Appends in order; what overlaps the last one is merged into it.
void append_edit(std::vector<Edit>& edits, Edit edit) {
  if (edits.empty() || edits.back().offset + edits.back().length <= edit.offset) {
    edits.push_back(std::move(edit));
    return;
  }
  Edit& last = edits.back();
  const std::uint64_t end = std::max(last.offset + last.length, edit.offset + edit.length);
  if (edit.length > last.length) last.replacement = std::move(edit.replacement);
  last.offset = std::min(last.offset, edit.offset);
  last.length = end - last.offset;
}

std::vector<Edit> merged(std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.offset < b.offset; });
  std::vector<Edit> out;
  for (Edit& edit : edits) append_edit(out, std::move(edit));
  return out;
}

// Every line of it.
std::vector<Edit> all_lines(std::string_view text, std::string_view replacement) {
  std::vector<Edit> edits;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at), end = newline == std::string_view::npos ? text.size() : newline;
    if (end > at) edits.push_back({at, end - at, std::string(replacement), 0});
    at = end + 1;
  }
  return edits;
}

// What of a decision is about the block's own bytes.
void take_decision(Decision& decision, Job& job) {
  const Block& block = job.block;
  std::vector<Edit> edits = std::move(decision.edits);
  for (const Ruling& ruling : decision.rulings) {
    if (ruling.action != Action::block || decision.shadow) continue;
    const Span line = line_around(block.text, ruling.offset, ruling.offset + ruling.length);
    edits.push_back({line.begin, line.end - line.begin, fmt::format("[BLOCKED:{}]", ruling.rule), 0});
  }
  if (decision.verdict == Verdict::block) edits = merged(std::move(edits));
  for (Edit& edit : edits) {
    const std::uint64_t begin = std::max<std::uint64_t>(edit.offset, block.begin);
    const std::uint64_t end = std::min<std::uint64_t>(edit.offset + edit.length, block.end);
    if (begin >= end) continue;
    edit.offset = begin - block.begin;
    edit.length = end - begin;
    job.edits.push_back(std::move(edit));
  }
  for (Ruling& ruling : decision.rulings)
    if (ruling.offset >= block.begin && ruling.offset < block.end) job.rulings.push_back(std::move(ruling));
}

void judge_block(const Judge& judge, Job& job) {
  job.edits.clear();
  job.rulings.clear();
  job.failed = false;
  job.may_have_key = KeyLines::may_begin(job.block.own());
  try {
    Decision decision = judge.decide(job.block.text, job.block.line);
    take_decision(decision, job);
  } catch (...) {
    job.failed = true;
    job.rulings.clear();
    job.edits.clear();
    if (!judge.fails_open()) job.edits = all_lines(job.block.own(), kNotJudgedText);
  }
}

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  // False once nothing more can be written.
  bool write(std::string_view text, const std::vector<Edit>& edits) {
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
      : options_(options), judge_(judge), tell_(tell), cutter_(options.in), output_(options.out) {}

  FilterTotals run() {
    const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
    const unsigned threads = options_.threads > 0 ? options_.threads : processors;
    tbb::task_arena arena(static_cast<int>(threads));
    jobs_.resize(std::size_t{2} * threads + 1);
    for (auto& job : jobs_) job = std::make_unique<Job>();
    Job& first = *jobs_.front();
    for (bool going = true; going;) {
      look_for_stop();
      switch (cutter_.next(first.block)) {
        case Cutter::Answer::ended: going = false; break;
        case Cutter::Answer::nothing_yet:
          wait();
          going = !gone_;
          break;
        case Cutter::Answer::block:
          if (threads == 1 || first.block.own().size() < kAloneBytes) {
            judge_block(judge_, first);
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
      judge_block(judge_, *job);
      return job;
    };
    const auto write = [this](Job* job) { finish(*job); };
    tbb::parallel_pipeline(jobs_.size(),
                           tbb::make_filter<void, Job*>(tbb::filter_mode::serial_in_order, read) &
                               tbb::make_filter<Job*, Job*>(tbb::filter_mode::parallel, decide) &
                               tbb::make_filter<Job*, void>(tbb::filter_mode::serial_in_order, write));
  }

  // In the order of the stream.
  void finish(Job& job) {
    add_key_lines(job);
    for (const Ruling& ruling : job.rulings) {
      if (ruling.action == Action::log) ++totals_.logged;
      if (ruling.action == Action::redact) ++totals_.redacted;
      if (ruling.action == Action::block) ++totals_.blocked;
      tell_(ruling);
    }
    totals_.not_judged += job.failed ? 1 : 0;
    totals_.long_parts += job.block.part ? 1 : 0;
    if (!gone_ && !output_.write(job.block.own(), job.edits)) gone_ = true;
  }

  void add_key_lines(Job& job) {
    if (!keys_.inside() && !job.may_have_key) return;
    const std::uint64_t before = keys_.begun();
    const std::vector<Span> spans = keys_.take(job.block.own());
    if (judge_.key_lines() < Action::redact) return;
    for (const Span& span : spans)
      job.edits.push_back({span.begin, span.end - span.begin, std::string(kKeyLinesText), 0});
    job.edits = merged(std::move(job.edits));
    for (std::uint64_t i = before; i < keys_.begun(); ++i) {
      Ruling ruling;
      ruling.rule = "private-key";
      ruling.severity = Severity::critical;
      job.rulings.push_back(std::move(ruling));
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
  Output output_;
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
