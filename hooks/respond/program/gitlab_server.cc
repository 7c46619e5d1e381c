// staunch respond --serve-gitlab ADDRESS: GitLab's token revocation contract, served. One thread listens and keeps what
// it hears in the journal; the other works on it. SIGTERM and SIGINT end both after the step that is under way.
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "hooks/respond/files.h"
#include "hooks/respond/gitlab_contract.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

// Wakes the working thread when something was heard, is due again, or it is to end.
class Bell {
 public:
  void ring(bool end = false) {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    ended_ = ended_ || end;
    condition_.notify_one();
  }
  // False when it is to end.
  bool wait(std::int64_t until) {
    std::unique_lock lock(mutex_);
    const auto rung = [this] { return rung_; };
    if (until == 0) condition_.wait(lock, rung);
    else condition_.wait_for(lock, std::chrono::seconds(std::max<std::int64_t>(until - now_seconds(), 1)), rung);
    rung_ = false;
    return !ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool rung_ = true, ended_ = false;  // at once: what an earlier run left
};

int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

}  // namespace

int serve_gitlab(const RespondOptions& options, Output& output) {
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return output.tell(to_string(catalogue.error())), kUnknown;
  const auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  if (gitlab_types(*catalogue, *policy).empty())
    return output.tell("no [[respond]] of the policy names the source gitlab"), kWrongUse;
  const auto books = open_books(*policy, output);
  if (!books) return kWrongUse;
  const auto shared = credential({*policy, books->journal.get()}, "gitlab-contract");
  if (!shared || !shared->contains("secret"))
    return output.tell(shared ? "[credentials.gitlab-contract] has no 'secret'" : to_string(shared.error())), kWrongUse;
  const Secret& token = shared->find("secret")->second;
  output.know(token);
  auto listener = HttpListener::open(options.serve_gitlab);
  if (!listener) return output.tell(to_string(listener.error())), kWrongUse;
  const int stop = stop_signals();
  if (!options.port_file.empty())
    if (const Status wrote = write_file(options.port_file, fmt::format("{}\n", listener->port())); !wrote)
      return output.tell(to_string(wrote.error())), kWrongUse;
  output.tell(fmt::format("listening on port {}", listener->port()));

  Bell bell;
  const std::string key = fingerprint_key();
  std::thread work([&] {
    const VerifyOptions asking = asking_by(*policy, books->journal.get());
    TriggerWorld world{{*catalogue, *policy, *books->journal, *books->audit, output, asking, "gitlab"}, key};
    std::int64_t next = 0;
    while (bell.wait(next)) next = work_off_inbox(world, now_seconds());
  });
  listener->run(stop, [&](const HeardRequest& request) {
    HttpReply reply = hear_gitlab(*catalogue, *policy, *books->journal, token, key, request);
    if (reply.status == 204) bell.ring();
    return reply;
  });
  bell.ring(true);
  work.join();
  close(stop);
  return kDone;
}

}  // namespace staunch
