#include "frontends/stream/events.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/json_object.h"
#include "frontends/stream/rsyslog.h"

namespace staunch {
namespace {

using Clock = std::chrono::system_clock;
constexpr std::size_t kBatchBytes = 64u << 10;
constexpr auto kRetry = std::chrono::milliseconds(50);

const char* severity_word(Severity severity) {
  constexpr const char* kWords[] = {"low", "medium", "high", "critical"};
  return kWords[static_cast<std::size_t>(severity)];
}

const char* confidence_word(Confidence confidence) {
  constexpr const char* kWords[] = {"low", "medium", "high"};
  return kWords[static_cast<std::size_t>(confidence)];
}

// JSON is UTF-8: bytes that are none are written as '?', which only paths of hostile keys can hold.
void append_member(std::string& out, std::string_view name, std::string_view value) {
  std::string plain(value);
  for (char& c : plain)
    if (static_cast<unsigned char>(c) >= 0x7f) c = '?';
  out += fmt::format(",\"{}\":", name);
  append_quoted(out, plain);
}

std::string dropped_line(std::uint64_t count) {
  return fmt::format("{{\"type\":\"dropped\",\"time\":\"{}\",\"count\":{}}}\n", event_time(Clock::now()), count);
}

}  // namespace

const char* action_name(Action action) {
  constexpr const char* kWords[] = {"allow", "log", "redact", "block"};
  return kWords[static_cast<std::size_t>(action)];
}

std::string event_time(Clock::time_point time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds).count();
  const std::tm parts = fmt::gmtime(static_cast<std::time_t>(seconds.count()));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", parts, milliseconds);
}

std::string event_line(const Event& event) {
  const Ruling& ruling = event.ruling;
  std::string out = "{\"type\":\"decision\"";
  append_member(out, "time", event_time(event.time));
  append_member(out, "source", event.source);
  append_member(out, "caller", event.caller);
  append_member(out, "route", event.route);
  append_member(out, "rule", ruling.rule);
  append_member(out, "severity", severity_word(ruling.severity));
  append_member(out, "confidence", confidence_word(ruling.confidence));
  append_member(out, "action", action_name(ruling.action));
  out += event.shadow ? ",\"shadow\":true" : ",\"shadow\":false";
  append_member(out, "pointer", ruling.pointer);
  append_member(out, "fingerprint", ruling.fingerprint);
  append_member(out, "policy", event.policy);
  return out + "}\n";
}

struct EventLog::State {
  std::string path;  // empty where it is no file
  int fd = -1;
  bool own_fd = false, to_syslog = false, required = false;

  std::mutex mutex;
  std::condition_variable filled, emptied;
  std::deque<Event> queue;
  std::uint64_t dropped = 0, untold = 0;  // untold: no line says so yet
  bool ending = false, reopening = false, torn = false;
  std::chrono::steady_clock::time_point deadline;
  std::thread thread;

  bool open_path() {
    const int fresh = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fresh < 0) return false;
    if (own_fd) close(fd);
    fd = fresh;
    own_fd = true;
    return true;
  }

  bool out_of_time() {
    const std::lock_guard lock(mutex);
    return ending && std::chrono::steady_clock::now() >= deadline;
  }

  // Whether a pipe takes PIPE_BUF bytes; false where nobody reads until the time is up.
  bool wait_for_room() {
    for (;;) {
      pollfd poll_fd{fd, POLLOUT, 0};
      if (poll(&poll_fd, 1, static_cast<int>(kRetry.count())) > 0) return true;
      if (out_of_time()) return false;
    }
  }

  // How many bytes were written; all of them, or writing failed.
  std::size_t write_all(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      if (!wait_for_room()) break;
      const ssize_t wrote = write(fd, bytes.data() + done, std::min<std::size_t>(bytes.size() - done, PIPE_BUF));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) break;
      done += static_cast<std::size_t>(wrote);
    }
    return done;
  }

  // False where it failed; what was written of a line then is ended before the next one.
  bool write_lines(std::string_view lines) {
    if (to_syslog) {
      for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at);
        syslog(LOG_NOTICE, "%.*s", static_cast<int>(end - at), lines.data() + at);
        at = end + 1;
      }
      return true;
    }
    if (torn && write_all("\n") != 1) return false;
    torn = false;
    const std::size_t done = write_all(lines);
    torn = done > 0 && lines[done - 1] != '\n';
    return done == lines.size();
  }

  // Writes as long as there is something, and until the end is asked for.
  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      filled.wait(lock, [&] { return !queue.empty() || ending || reopening || untold > 0; });
      if (std::exchange(reopening, false) && !path.empty()) open_path();
      if (queue.empty() && untold == 0) {
        if (ending) return;
        continue;
      }
      std::string lines = untold > 0 ? dropped_line(untold) : std::string();
      const std::uint64_t told = untold;
      std::size_t taken = 0;
      for (; taken < queue.size() && lines.size() < kBatchBytes; ++taken) lines += event_line(queue[taken]);
      lock.unlock();
      const bool wrote = write_lines(lines);
      lock.lock();
      if (wrote) untold -= told;
      else if (required && !(ending && std::chrono::steady_clock::now() >= deadline)) {
        filled.wait_for(lock, kRetry, [] { return false; });
        continue;
      } else {
        if (ending) taken = queue.size();
        dropped += taken;
        untold += taken;
        if (ending) return;
        filled.wait_for(lock, kRetry, [&] { return ending; });
      }
      queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(taken));
      emptied.notify_all();
    }
  }
};

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& target, bool required) {
  auto state = std::make_unique<State>();
  state->required = required;
  if (target == "syslog") {
    state->to_syslog = true;
    openlog("staunch", LOG_PID, LOG_USER);
  } else if (target == "-") {
    state->fd = STDERR_FILENO;
  } else if (target.substr(0, 3) == "fd:") {
    const std::string number = target.substr(3);
    const bool digits = !number.empty() && number.size() < 6 && number.find_first_not_of("0123456789") == number.npos;
    state->fd = digits ? std::stoi(number) : -1;
    if (state->fd < 0 || fcntl(state->fd, F_GETFD) < 0) return Error{"is not an open descriptor", target};
  } else {
    state->path = target;
    if (!state->open_path()) return Error{fmt::format("cannot be written: {}", std::strerror(errno)), target};
  }
  State* raw = state.get();
  state->thread = std::thread([raw] { raw->run(); });
  return std::unique_ptr<EventLog>(new EventLog(std::move(state)));
}

EventLog::EventLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

EventLog::~EventLog() {
  finish();
  if (state_->own_fd) close(state_->fd);
}

std::uint64_t EventLog::finish() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    state_->deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kCloseMilliseconds);
  }
  state_->filled.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
  return state_->dropped;
}

void EventLog::add(Event event) {
  std::unique_lock lock(state_->mutex);
  if (state_->queue.size() >= kQueuedEvents && !state_->required) {
    ++state_->dropped;
    ++state_->untold;
    return;
  }
  state_->queue.push_back(std::move(event));
  state_->filled.notify_one();
  if (state_->required) state_->emptied.wait(lock, [&] { return state_->queue.empty(); });
}

void EventLog::reopen() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->reopening = true;
  }
  state_->filled.notify_all();
}

std::optional<Clock::time_point> read_since(std::string_view text, Clock::time_point now) {
  const std::string copy(text);
  char* end = nullptr;
  const long count = std::strtol(copy.c_str(), &end, 10);
  if (end != copy.c_str() && std::strlen(end) == 1 && count >= 0 && count < 1'000'000'000) {
    switch (*end) {
      case 's': return now - std::chrono::seconds(count);
      case 'm': return now - std::chrono::minutes(count);
      case 'h': return now - std::chrono::hours(std::min(count, 10'000'000L));
      case 'd': return now - std::chrono::hours(24 * std::min(count, 400'000L));
      default: return std::nullopt;
    }
  }
  std::tm parts{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%d", &parts);
  if (rest == nullptr) return std::nullopt;
  long milliseconds = 0;
  if (*rest == 'T') {
    rest = strptime(rest + 1, "%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    if (*rest == '.') {
      const std::size_t digits = std::strspn(rest + 1, "0123456789");
      if (digits == 0 || digits > 9) return std::nullopt;
      milliseconds = std::strtol((std::string(rest + 1, digits) + "00").substr(0, 3).c_str(), nullptr, 10);
      rest += 1 + digits;
    }
    if (*rest == 'Z') ++rest;
  }
  if (*rest != '\0') return std::nullopt;
  const std::time_t seconds = timegm(&parts);
  // What the clock cannot hold is long ago, or far off.
  constexpr std::time_t kMost = std::chrono::duration_cast<std::chrono::seconds>(Clock::duration::max()).count() - 1;
  if (seconds >= kMost || seconds <= -kMost) return seconds > 0 ? Clock::time_point::max() : Clock::time_point::min();
  return Clock::from_time_t(seconds) + std::chrono::milliseconds(milliseconds);
}

EventMatch match_event(std::string_view line, const EventQuery& query) {
  const auto fields = read_json_object(line);
  if (!fields) return EventMatch::broken;
  const auto field = [&](const char* name) -> std::string_view {
    const auto found = fields->find(name);
    return found == fields->end() ? std::string_view() : std::string_view(found->second);
  };
  const auto time = read_since(field("time"), {});
  if (field("type").empty() || !time) return EventMatch::broken;
  if (query.since && *time < *query.since) return EventMatch::no;
  const auto fits = [](std::string_view wanted, std::string_view value) {
    if (wanted.empty()) return true;
    if (wanted.back() != '*') return wanted == value;
    return value.substr(0, wanted.size() - 1) == wanted.substr(0, wanted.size() - 1);
  };
  const bool all =
      fits(query.rule, field("rule")) && fits(query.route, field("route")) && fits(query.action, field("action"));
  return all ? EventMatch::yes : EventMatch::no;
}

}  // namespace staunch
