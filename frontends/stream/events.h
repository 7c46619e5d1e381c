// What was decided, one line of JSON for each ruling; never the secret.
//
//   {"type":"decision","time":"2026-11-21T11:00:00.123Z","source":"filter","caller":"","route":"","rule":"github-pat",
//    "severity":"critical","confidence":"high","action":"redact","shadow":false,"pointer":"/msg",
//    "fingerprint":"sf1:…","policy":"0123456789abcdef"}
//
// Data does not wait for events: they go through a bounded queue to a thread that writes them. Where it is full, or
// writing fails, events are dropped, and {"type":"dropped","time":…,"count":…} says how many. Where events are
// required, data waits until its events are written, for as long as that takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/result.h"
#include "frontends/stream/redactor.h"

namespace staunch {

inline constexpr std::size_t kQueuedEvents = 16384;

struct Event {
  std::chrono::system_clock::time_point time;
  std::string source, caller, route;
  Ruling ruling;
  bool shadow = false;
  std::string policy;  // digest
};

const char* action_name(Action action);

// With its newline.
std::string event_line(const Event& event);

// "2026-11-21T11:00:00.123Z"
std::string event_time(std::chrono::system_clock::time_point time);

class EventLog {
 public:
  // `target`: a path (appended to, made with mode 0600), "-" for standard error, "fd:N", "syslog".
  static Result<std::unique_ptr<EventLog>> open(const std::string& target, bool required);
  // Waits for what is queued to be written; for kCloseMilliseconds where writing fails.
  ~EventLog();

  // Thread-safe.
  void add(Event event);
  // Opens a path again, for whoever moved the file away.
  void reopen();

  // No more events come: waits as the destructor does, and says how many were dropped.
  std::uint64_t finish();

 private:
  struct State;
  explicit EventLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

inline constexpr int kCloseMilliseconds = 2000;

// Reading back: which events are wanted. Empty: all.
struct EventQuery {
  std::optional<std::chrono::system_clock::time_point> since;
  std::string rule, route, action;  // a rule may end in "*"
};

enum class EventMatch : std::uint8_t { no, yes, broken };

// `line` without its newline. Lines of other types than "decision" match where only `since` is asked for.
EventMatch match_event(std::string_view line, const EventQuery& query);

// "2026-11-21T11:00:00Z", with or without a fraction, "2026-11-21", or an age: "90s", "15m", "2h", "7d".
std::optional<std::chrono::system_clock::time_point> read_since(std::string_view text,
                                                                std::chrono::system_clock::time_point now);

}  // namespace staunch
