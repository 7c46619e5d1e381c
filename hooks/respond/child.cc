#include "hooks/respond/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  int read = -1, write = -1;
  ~Pipe() {
    for (const int fd : {read, write})
      if (fd >= 0) close(fd);
  }
  bool make() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0], write = ends[1];
    return true;
  }
  void shut(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

std::vector<std::string> small_environment() {
  std::vector<std::string> all;
  for (const char* name : {"PATH", "HOME", "LANG"})
    if (const char* value = std::getenv(name)) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

// Between fork and exec: system calls only.
[[noreturn]] void become(char* const* words, char* const* environment, int in, int out, int answer) {
  setpgid(0, 0);
  const int high_in = fcntl(in, F_DUPFD, 10), high_out = fcntl(out, F_DUPFD, 10),
            high_answer = fcntl(answer, F_DUPFD, 10);
  if (dup2(high_in, 0) < 0 || dup2(high_out, 1) < 0 || dup2(high_out, 2) < 0 || dup2(high_answer, 3) < 0) _exit(126);
  for (int fd = 4; fd < 256; ++fd) close(fd);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  execvpe(words[0], words, environment);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Reads what is there; closes the end when all was said.
void take(Pipe& pipe, std::string& into) {
  char buffer[4096];
  const ssize_t got = read(pipe.read, buffer, sizeof buffer);
  if (got > 0 && into.size() < kMaxChildBytes) into.append(buffer, static_cast<std::size_t>(got));
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) pipe.shut(pipe.read);
  sodium_memzero(buffer, sizeof buffer);
}

// Feeds and listens until all ends are closed or time is over; false then.
bool converse(Pipe& in, Pipe& out, Pipe& answer, std::string_view input, std::string& said, std::string& told,
              Clock::time_point end) {
  fcntl(in.write, F_SETFL, O_NONBLOCK);
  while (out.read >= 0 || answer.read >= 0) {
    if (input.empty()) in.shut(in.write);
    std::array<pollfd, 3> ends{{{out.read, POLLIN, 0}, {answer.read, POLLIN, 0}, {in.write, POLLOUT, 0}}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    if (poll(ends.data(), ends.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (ends[0].revents != 0) take(out, said);
    if (ends[1].revents != 0) take(answer, told);
    if (ends[2].revents != 0 && in.write >= 0) {
      const ssize_t wrote = write(in.write, input.data(), input.size());
      if (wrote > 0) input.remove_prefix(static_cast<std::size_t>(wrote));
      else if (errno != EAGAIN && errno != EINTR) in.shut(in.write), input = {};
    }
  }
  return true;
}

}  // namespace

Result<ChildResult> run_child(const std::vector<std::string>& given, const Secret& input, int timeout_seconds) {
  if (given.empty()) return Error{"a command has no words", ""};
  std::vector<std::string> words = given, environment = small_environment();
  const std::vector<char*> argv = pointers(words), envp = pointers(environment);
  Pipe in, out, answer;
  if (!in.make() || !out.make() || !answer.make())
    return Error{fmt::format("no pipe: {}", std::strerror(errno)), words[0]};
  const pid_t child = fork();
  if (child < 0) return Error{fmt::format("cannot start: {}", std::strerror(errno)), words[0]};
  if (child == 0) become(argv.data(), envp.data(), in.read, out.write, answer.write);
  in.shut(in.read), out.shut(out.write), answer.shut(answer.write);

  ChildResult result;
  std::string told;
  result.timed_out = !converse(in, out, answer, input.reveal(), result.said, told,
                               Clock::now() + std::chrono::seconds(timeout_seconds));
  if (result.timed_out) kill(-child, SIGKILL), kill(child, SIGKILL);
  in.shut(in.write);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  while (!told.empty() && (told.back() == '\n' || told.back() == '\r')) told.pop_back();
  result.answer = Secret(told);
  sodium_memzero(told.data(), told.size());
  return result;
}

}  // namespace staunch
