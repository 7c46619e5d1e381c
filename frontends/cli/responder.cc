#include "frontends/cli/responder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "frontends/cli/exec_command.h"

extern char** environ;

namespace staunch {
namespace {

struct Pipe {
  int read = -1, write = -1;
  ~Pipe() {
    for (const int fd : {read, write})
      if (fd >= 0) close(fd);
  }
};

bool make(Pipe& pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe.read = ends[0], pipe.write = ends[1];
  return true;
}

constexpr int kLookAgainMilliseconds = 50;

// The ends that the child keeps are its standard input, and descriptor 3. No signal is blocked in it.
int spawn(const std::string& program, std::vector<std::string> words, const ResponderOptions& options,
          const Pipe& findings, const Pipe& ready, pid_t& child) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, findings.read, 0);
  if (options.quiet) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawn_file_actions_adddup2(&actions, ready.write, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes,
                           static_cast<short>(POSIX_SPAWN_SETSIGMASK | (options.apart ? POSIX_SPAWN_SETPGROUP : 0)));
  const int failed = posix_spawn(&child, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

// Whether it says that it waits for findings.
bool waits(const Pipe& ready, const std::function<bool()>& out_of_patience) {
  for (;;) {
    pollfd end{ready.read, POLLIN, 0};
    const int polled = poll(&end, 1, kLookAgainMilliseconds);
    if (polled > 0) {
      char word = 0;
      const ssize_t got = read(ready.read, &word, 1);
      if (got >= 0 || errno != EINTR) return got == 1;
    }
    if (out_of_patience()) return false;
  }
}

}  // namespace

std::vector<std::string> words_to_respond(const std::string& policy, const std::string& source) {
  return {"staunch", "respond", "-", "--policy", policy, "--source", source, "--ready"};
}

Result<std::unique_ptr<Responder>> Responder::start(const ResponderOptions& options) {
  const std::string program = program_path("staunch-respond");
  if (program.empty()) return Error{"libexec/staunch/staunch-respond is not installed beside staunch", "--respond"};
  Pipe findings, ready;
  if (!make(findings) || !make(ready)) return Error{fmt::format("no pipe: {}", std::strerror(errno)), "--respond"};
  pid_t child = -1;
  const int failed = spawn(program, options.words, options, findings, ready, child);
  if (failed != 0) return Error{fmt::format("cannot be started: {}", std::strerror(failed)), program};
  std::unique_ptr<Responder> responder(new Responder(child, findings.write, ready.read, options.out_of_patience));
  close(ready.write);
  ready.write = -1;
  const bool begun = waits(ready, options.out_of_patience);
  findings.write = ready.read = -1;
  if (!begun) return Error{"the response does not begin", ""};
  return responder;
}

Responder::~Responder() {
  finish();
  if (told_ >= 0) close(told_);
}

void Responder::end_input() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

std::string Responder::hear() {
  end_input();
  std::string all;
  char buffer[8192];
  for (;;) {
    const ssize_t got = read(told_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

std::optional<int> Responder::finish() {
  end_input();
  int status = 0;
  const pid_t child = std::exchange(child_, -1);
  for (pid_t ended = 0; child > 0 && ended != child;) {
    ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) return std::nullopt;
    if (ended == child) break;
    if (out_of_patience_()) return std::nullopt;
    poll(nullptr, 0, kLookAgainMilliseconds);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace staunch
