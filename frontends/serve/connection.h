// The connections of the server: what is read and written, and how long is waited for it.
//
// Boost.Asio says when a socket is ready and keeps the timers; Boost.Beast reads heads and chunked bodies (message.h).
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/serve/message.h"
#include "frontends/serve/server.h"
#include "frontends/serve/transport.h"

namespace staunch {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// What all threads share.
struct Shared {
  const ServerOptions options;
  Service& service;
  std::unique_ptr<TlsContext> tls;
  asio::thread_pool pool;
  std::atomic<std::size_t> queued{0};
  std::atomic<bool> draining{false};

  Shared(const ServerOptions& given, Service& s, std::unique_ptr<TlsContext> t, unsigned threads)
      : options(given), service(s), tls(std::move(t)), pool(threads) {}
  Metrics& metrics() const { return service.metrics(); }
};

class Connection;

inline constexpr std::size_t kReadBytes = 128u << 10;

// A thread with its connections.
struct Loop {
  explicit Loop(Shared& s) : shared(s), timer(io) {}

  Shared& shared;
  std::list<Connection*> connections;  // outlives `io`, whose handlers hold them
  std::vector<char> buffer = std::vector<char>(kReadBytes);
  JudgeTools tools;
  asio::io_context io{1};
  asio::steady_timer timer;

  void sweep();
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();

  // Of a connection that nothing is being done for.
  void close_if_late(Clock::time_point now);
  void close_if_idle();

 private:
  void set_deadline(unsigned seconds) { deadline_ = Clock::now() + std::chrono::seconds(seconds); }

  void close();
  void close_late();
  void wait(Transport::Answer what);
  void read();

  // Bytes that came; whether reading goes on. Else it does so once an answer is out.
  bool take(std::string_view bytes);
  bool reads_on() const { return !closed_ && out_.empty() && !working_; }

  // Begins a message where its head has come whole; false where it has not, or is refused.
  bool take_head(std::string_view bytes);
  bool check_length(std::size_t behind);

  bool refuse_large() { return refuse(http_error(413, "too_large", "the body is larger than is allowed")); }
  bool refuse_full() { return refuse(http_error(503, "full", "too much is being read at once")); }

  // Accounts for bytes of a body; false where all connections together hold too much.
  bool hold(std::uint64_t bytes);
  void hold_all(std::uint64_t bytes);

  // Whether the whole body stands there already and will be looked at before anything else is read: then it needs no
  // copy.
  bool is_here(std::string_view behind_head) const;

  // Feeds the body; whether there is more to be taken now.
  bool take_body(std::string_view& bytes);

  // A chunked body says no length: what came of it counts.
  bool account_chunks();

  // The message is whole; `rest` is what came behind it.
  bool answer(std::string_view& rest);
  HttpResponse answer_of(JudgeTools& tools) const;
  void finish(HttpResponse response, Clock::time_point began);
  void count(const HttpResponse& response, Clock::time_point began);
  void send(std::string text, bool keep);

  // Answers, and ends the connection: what else comes on it cannot be trusted. Always false.
  bool refuse(HttpResponse response);

  void send_last(const HttpResponse& response);

  // Writes what can be written now. With all of it out, the connection waits for the next request, or ends.
  Transport::Answer flush_some();
  void flush();

  // With what came meanwhile, then with what comes.
  void go_on();

  // A client that still writes would lose the answer to a reset: what it sends is read and thrown away for a while.
  void begin_to_linger();
  bool linger(std::size_t size);

  Loop& loop_;
  Shared& shared_;
  tcp::socket socket_;
  Transport transport_;
  std::list<Connection*>::iterator place_;
  std::unique_ptr<Message> message_;
  std::string in_;   // came, and is not looked at yet
  std::string out_;  // to be written
  std::size_t sent_ = 0, head_size_ = 0;
  std::uint64_t held_ = 0;  // of the bytes that all may hold together
  std::uint64_t lingered_ = 0;
  Clock::time_point deadline_;
  bool fresh_ = true;  // nothing of the next request has come
  bool keep_ = true, closed_ = false, lingering_ = false;
  bool working_ = false;  // the pool has it
};

}  // namespace staunch
