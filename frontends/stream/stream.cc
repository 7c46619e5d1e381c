#include "frontends/stream/stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "engine/expand/archive.h"
#include "engine/stream.h"

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kBatchBytes = 1u << 20;  // scanned at a time where input does not pause
constexpr int kPipeBytes = 1 << 20;
constexpr int kStopMilliseconds = 50;         // how often a wait looks whether it shall end
constexpr const char* kMemberPath = "stdin";  // what stands in front of "!member" where the stream has no name

// For whoever typed the command; errno's own words are for others.
std::string read_failure(int code) {
  if (code == EISDIR) return "cannot read: it is a folder";
  if (code == EBADF) return "cannot read: it is closed, or open for writing only";
  return fmt::format("cannot read: {}", std::strerror(code));
}

// Reads the descriptor, and knows when it would have to wait.
class Input : public ByteStream {
 public:
  // A pipe that holds a batch lets its writer go on while one is scanned; what is no pipe says no.
  Input(int fd, Progress& progress) : fd_(fd), progress_(progress) { fcntl(fd, F_SETPIPE_SZ, kPipeBytes); }

  // Whether read() has an answer at once, or within `milliseconds`.
  bool ready(int milliseconds) const {
    pollfd poll_fd{fd_, POLLIN, 0};
    const int answers = poll(&poll_fd, 1, milliseconds);
    return answers > 0 || (answers < 0 && errno != EINTR);
  }

  // 0 at the end; the Error is why it ended early.
  Result<std::size_t> read(std::span<char> into) override {
    for (;;) {
      if (const char* stop = progress_.stop.load()) return Error{stop, {}};
      if (!ready(kStopMilliseconds)) continue;
      const ssize_t got = ::read(fd_, into.data(), into.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return Error{read_failure(errno), {}};
      progress_.bytes += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }

 private:
  int fd_;
  Progress& progress_;
};

// The first bytes, as many as come without a pause, but enough to know an archive by.
Result<std::vector<char>> read_head(Input& input) {
  std::vector<char> head(kHeadBytes);
  std::size_t held = 0;
  while (held < head.size()) {
    if (held > 0 && !input.ready(kPauseMilliseconds)) break;
    const auto got = input.read(std::span(head).subspan(held));
    if (!got) return got.error();
    if (*got == 0) break;
    held += *got;
  }
  head.resize(held);
  return head;
}

// Reads the bytes of one stream into its scan, and remembers how they ended.
class Feeder {
 public:
  Feeder(ByteStream& bytes, Input& input, ItemStream& scan) : bytes_(bytes), input_(input), scan_(scan) {}

  // Waits for bytes; then takes what is there, up to a batch.
  void wait() {
    do scan_.took(read(scan_.space()));
    while (!ended_ && scan_.unscanned() < kBatchBytes && input_.ready(0));
  }

  // Scans while it reads what is there already.
  void scan() {
    scan_.scan([this](std::span<char> space) {
      std::size_t size = 0;
      while (!ended_ && size < space.size() && input_.ready(0)) size += read(space.subspan(size));
      return size;
    });
  }

  bool ended() const { return ended_; }
  const Status& status() const { return status_; }

 private:
  std::size_t read(std::span<char> into) {
    const auto got = bytes_.read(into);
    if (!got) status_ = got.error();
    ended_ = !got || *got == 0;
    return got ? *got : 0;
  }

  ByteStream& bytes_;
  Input& input_;
  ItemStream& scan_;
  bool ended_ = false;
  Status status_ = Done{};
};

// Whole lines are told when the writer pauses, and now and then.
Status scan_all(ByteStream& bytes, Input& input, ItemStream& scan, Sink& sink) {
  Feeder feeder(bytes, input, scan);
  auto told = Clock::now();
  while (!feeder.ended()) {
    if (scan.unscanned() == 0) feeder.wait();
    if (feeder.ended()) break;
    feeder.scan();
    const bool due = Clock::now() - told >= std::chrono::milliseconds(kTellMilliseconds / 2);
    if (due || (scan.unscanned() == 0 && !input.ready(kPauseMilliseconds))) {
      scan.pause();
      told = Clock::now();
    }
    sink.settle();
    if (!sink.wanted()) return Error{"the report could not be written", {}};
  }
  return feeder.status();
}

// An archive that ended because its stream did is not called damaged as well.
void drop_consequences(const std::string& archive, std::vector<Note>& partial) {
  std::erase_if(partial, [&](const Note& note) {
    return note.what == archive &&
           (note.why.rfind("damaged: ", 0) == 0 || note.why.rfind("could not be read: ", 0) == 0);
  });
}

}  // namespace

Totals scan_stream(Scanner& scanner, const StreamOptions& options, Sink& sink, Progress& progress) {
  const auto began = Clock::now();
  Totals totals;
  totals.items = 1;
  Input input(options.fd, progress);
  const auto take = [&](Occurrence o) {
    progress.findings += 1;
    sink.occurrence(std::move(o));
  };
  const auto head = read_head(input);
  Status read = head ? Status(Done{}) : Status(head.error());
  if (head) {
    Resumed bytes({head->data(), head->size()}, input);
    const Container kind = container_of({head->data(), head->size()});
    if (kind != Container::none) {
      const bool nameless = options.label.empty() && kind == Container::archive;
      ItemReport report = scanner.scan(bytes, nameless ? kMemberPath : options.label);
      for (Occurrence& o : report.occurrences) {
        if (nameless && o.path == kMemberPath) o.path.clear();
        take(std::move(o));
      }
      totals.partial = std::move(report.partial);
      if (!report.incomplete.empty()) {
        read = Error{report.incomplete.front().why, {}};
        drop_consequences(report.incomplete.front().what, totals.partial);
      }
    } else {
      ItemStream scan(scanner, options.label, take);
      read = scan_all(bytes, input, scan, sink);
      scan.finish(totals.partial);
    }
  }
  const std::string name = options.label.empty() ? "standard input" : options.label;
  const bool ended_early = progress.bytes > 0 || progress.stop.load() != nullptr;
  if (!read) totals.incomplete.push_back({name, (ended_early ? "ended early: " : "") + read.error().what});
  for (std::vector<Note>* notes : {&totals.partial, &totals.incomplete})
    for (Note& note : *notes)
      if (note.what.empty() || (options.label.empty() && note.what == kMemberPath)) note.what = name;
  totals.bytes = progress.bytes;
  totals.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return totals;
}

}  // namespace staunch
