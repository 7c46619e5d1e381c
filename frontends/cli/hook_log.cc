#include "frontends/cli/hook_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "frontends/report/dates.h"
#include "frontends/report/json_text.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxRefs = 100, kMaxReason = 1000, kMaxUnread = 20;

// As the server that runs the hook calls whoever pushes.
std::string who() {
  for (const char* name : {"GL_USERNAME", "GITHUB_USER_LOGIN", "GITEA_PUSHER_NAME", "REMOTE_USER", "USER"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return {};
}

std::string now() {
  using namespace std::chrono;
  return date_text(duration_cast<seconds>(system_clock::now().time_since_epoch()).count()) + "Z";
}

void list(JsonText& json, const char* name, const std::vector<std::string>& texts, std::size_t most) {
  json.open(name, '[');
  for (std::size_t i = 0; i < std::min(texts.size(), most); ++i) json.text(texts[i]);
  json.close();
}

std::string line_of(const HookDecision& decision, const HookFindings& found) {
  std::string line;
  JsonText json(line);
  json.open('{');
  json.text("time", now());
  json.text("hook", decision.hook);
  json.text("decision", decision.decision);
  if (!decision.reason.empty()) json.text("reason", found.redactor.mask(decision.reason.substr(0, kMaxReason)));
  json.text("user", who());
  list(json, "refs", decision.refs, kMaxRefs);
  json.number("places", found.places);
  json.open("findings", '[');
  for (const KeptPlace& place : found.kept) {
    json.open('{');
    json.text("rule", place.rule);
    json.text("fingerprint", place.fingerprint);
    json.text("path", place.path);
    json.number("line", place.line);
    if (!place.commit.empty()) json.text("commit", place.commit);
    json.close();
  }
  json.close();
  if (!found.unread.empty()) list(json, "unread", found.unread, kMaxUnread);
  json.close();
  return line += '\n';
}

int open_log(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
}

}  // namespace

bool can_log(const std::string& path) {
  const int fd = open_log(path);
  return fd >= 0 && close(fd) == 0;
}

Status log_decision(const std::string& path, const HookDecision& decision, const HookFindings& found) {
  const auto failed = [&] { return Error{std::string("cannot be written: ") + std::strerror(errno), path}; };
  const int fd = open_log(path);
  if (fd < 0) return failed();
  const std::string line = line_of(decision, found);
  const ssize_t put = write(fd, line.data(), line.size());
  const bool whole = put == static_cast<ssize_t>(line.size());
  if (put >= 0 && !whole) errno = ENOSPC;
  const Status status = whole ? Status(Done{}) : Status(failed());
  if (close(fd) != 0 && whole) return failed();
  return status;
}

}  // namespace staunch
