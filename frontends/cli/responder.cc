#include "frontends/cli/responder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

// Without what this program was started with: the ends that the child keeps are its standard input, and descriptor 3.
int spawn(const std::string& program, std::vector<std::string> words, const Pipe& findings, const Pipe& ready,
          pid_t& child) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, findings.read, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawn_file_actions_adddup2(&actions, ready.write, 3);
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

}  // namespace

Result<std::unique_ptr<Responder>> Responder::start(const std::string& policy, const std::string& source) {
  const std::string program = program_path("staunch-respond");
  if (program.empty()) return Error{"libexec/staunch/staunch-respond is not installed beside staunch", "--respond"};
  Pipe findings, ready;
  if (!make(findings) || !make(ready)) return Error{fmt::format("no pipe: {}", std::strerror(errno)), "--respond"};
  pid_t child = -1;
  const int failed = spawn(program, {"staunch", "respond", "-", "--policy", policy, "--source", source, "--ready"},
                           findings, ready, child);
  if (failed != 0) return Error{fmt::format("cannot be started: {}", std::strerror(failed)), program};
  std::unique_ptr<Responder> responder(new Responder(child, findings.write));
  findings.write = -1;
  close(ready.write);
  ready.write = -1;
  char word = 0;
  ssize_t got = 0;
  do got = read(ready.read, &word, 1);
  while (got < 0 && errno == EINTR);
  if (got != 1) return Error{"the response does not begin, so nothing is scanned", policy};
  return responder;
}

Responder::~Responder() {
  if (input_ >= 0 || child_ > 0) finish();
}

int Responder::finish() {
  if (input_ >= 0) close(input_);
  input_ = -1;
  int status = 0;
  while (child_ > 0 && waitpid(child_, &status, 0) < 0 && errno == EINTR) {}
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace staunch
