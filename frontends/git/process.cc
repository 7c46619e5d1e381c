// posix_spawn, and one poll over both pipes, so that a program that fills one of them never waits for us to drain the
// other.
#include "frontends/git/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFirstFreeDescriptor = 3;
constexpr std::size_t kPieceBytes = 64 << 10;

class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;

  // Above the standard three, which may be closed here and are set in the program.
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    for (Descriptor* end : {&read, &write}) {
      const int fd = ends[end == &write];
      if (fd >= kFirstFreeDescriptor) {
        end->reset(fd);
      } else {
        end->reset(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeDescriptor));
        close(fd);
      }
    }
    return read.get() >= 0 && write.get() >= 0;
  }
};

class SpawnActions {
 public:
  SpawnActions(const std::string& folder, const std::string& input, const Pipe& out, const Pipe& error) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, error.write.get(), STDERR_FILENO);
    if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    // The program starts with signals as they are by default, whatever we block or ignore.
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// Reads both until their ends; false where the time ran out first.
bool collect(Pipe& out, Pipe& error, Clock::time_point deadline, ProgramOutput& output) {
  std::vector<char> piece(kPieceBytes);
  pollfd waiting[] = {{out.read.get(), POLLIN, 0}, {error.read.get(), POLLIN, 0}};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    if (poll(waiting, 2, static_cast<int>(std::min<std::int64_t>(left, 1 << 30))) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    for (pollfd& one : waiting) {
      if (one.fd < 0 || one.revents == 0) continue;
      const ssize_t got = ::read(one.fd, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        one.fd = -1;  // poll passes over it
      } else if (&one == &waiting[0]) {
        output.out.append(piece.data(), static_cast<std::size_t>(got));
      } else {
        const std::size_t room = kMaxErrorBytes - output.error.size();
        output.error.append(piece.data(), std::min(room, static_cast<std::size_t>(got)));
      }
    }
  }
  return true;
}

Result<int> wait_for(pid_t child, const std::string& name) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return Error{fmt::format("how it ended is unknown: {}", std::strerror(errno)), name};
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProgramOutput> run_program(const Program& program) {
  for (const auto* list : {&program.arguments, &program.environment})
    for (const std::string& text : *list)
      if (text.find('\0') != std::string::npos) return Error{"an argument holds a NUL byte", program.path};

  Pipe out, error;
  if (!out.open() || !error.open()) return Error{fmt::format("no pipe: {}", std::strerror(errno)), program.path};
  const SpawnActions spawn(program.folder, program.input, out, error);
  pid_t child = -1;
  const auto arguments = pointers(program.arguments), environment = pointers(program.environment);
  if (const int code = posix_spawn(&child, program.path.c_str(), &spawn.actions, &spawn.attributes, arguments.data(),
                                   environment.data());
      code != 0)
    return Error{fmt::format("cannot be started: {}", std::strerror(code)), program.path};
  out.write.reset();
  error.write.reset();

  ProgramOutput output;
  const bool ended = collect(out, error, Clock::now() + program.time_limit, output);
  if (!ended) kill(child, SIGKILL);
  const Result<int> status = wait_for(child, program.path);
  if (!ended)
    return Error{fmt::format("did not end within {} ms and was stopped", program.time_limit.count()), program.path};
  if (!status) return status.error();
  output.status = *status;
  return output;
}

std::string find_program(const std::string& name) {
  const char* set = std::getenv("PATH");
  std::string_view rest = set != nullptr ? set : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string path = fmt::format("{}/{}", rest.substr(0, colon), name);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    struct stat status;
    if (path[0] == '/' && stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        access(path.c_str(), X_OK) == 0)
      return path;
  }
  return {};
}

}  // namespace staunch
