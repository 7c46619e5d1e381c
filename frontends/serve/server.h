// HTTP/1.1 on sockets: connections, limits, time; what is asked goes to the Service.
//
// One thread a core, each with connections of its own. A request that has come whole and is small is answered at once
// on that thread; larger and compressed ones go to a pool behind a queue that is never longer than it may be. A
// connection that waits holds no buffer. Heads are read by Boost.Beast's parser after stricter checks: what two readers
// could understand differently (two lengths, both framings, folded or bare lines) is refused, and the connection
// closed.
//
// Limits and what is answered beyond them: a head of 16 KiB (431), a body of max_body (413), all bodies together
// (503), connections (503), the queue (503), seconds for a head, a body, an answer (408, or closed).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/result.h"
#include "frontends/serve/service.h"

namespace staunch {

inline constexpr std::size_t kInlineBody = 64u << 10;  // scanned on the connection's own thread

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8731;
  unsigned threads = 0;  // 0: one a processor
  std::size_t max_connections = 20'000;
  std::uint64_t max_held = 512u << 20;  // bytes of bodies at once
  std::size_t max_queue = 256;
  unsigned idle_seconds = 75, head_seconds = 10, body_seconds = 30, write_seconds = 30, grace_seconds = 10;
  std::string certificate, key;  // PEM files; empty: no TLS
};

class Server {
 public:
  // Listens already; an Error says why not.
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, Service& service);
  ~Server();

  std::uint16_t port() const;

  // Serves until `stop_fd` is readable; then no connection is taken any more, those that wait are closed, and requests
  // that have begun are answered, for grace_seconds at most.
  void run(int stop_fd);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether an address is of this machine alone.
bool is_loopback(const std::string& address);

}  // namespace staunch
