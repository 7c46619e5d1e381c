// Listening, and beginning and ending to serve; what happens on a connection is in connection.cc.
#include "frontends/serve/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "frontends/serve/connection.h"

namespace staunch {
struct Server::State {
  State(const ServerOptions& options, Service& service, std::unique_ptr<TlsContext> tls, unsigned threads)
      : shared(options, service, std::move(tls), threads) {
    for (unsigned i = 0; i < threads; ++i) loops.push_back(std::make_unique<Loop>(shared));
    acceptor.emplace(loops[0]->io);
  }

  Status listen() {
    error_code error;
    const auto address = asio::ip::make_address(shared.options.address, error);
    if (error) return Error{"is no address", shared.options.address};
    const tcp::endpoint endpoint(address, shared.options.port);
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(4096, error);
    if (!error) return Done{};
    return Error{error.message(), fmt::format("{}:{}", shared.options.address, shared.options.port)};
  }

  // Each connection goes to the next thread.
  void accept() {
    Loop& loop = *loops[next++ % loops.size()];
    acceptor->async_accept(loop.io, [this, &loop](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor->is_open()) return;
      if (error) return accept_later();  // out of descriptors, as a rule
      take(loop, std::move(socket));
      accept();
    });
  }

  void accept_later() {
    pause.emplace(loops[0]->io, std::chrono::milliseconds(100));
    pause->async_wait([this](const error_code& error) {
      if (!error && acceptor->is_open()) accept();
    });
  }

  void take(Loop& loop, tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (shared.metrics().connections >= static_cast<std::int64_t>(shared.options.max_connections)) {
      shared.metrics().refused("connections");
      if (shared.tls == nullptr) {
        Transport transport(socket.native_handle(), nullptr);
        std::size_t size = 0;
        transport.write(response_text(http_error(503, "connections", "too many connections"), false, false), size);
        transport.shut();
      }
      return;
    }
    // Shared, because handlers of one thread are copied by none but hold it in turn.
    auto held = std::make_shared<tcp::socket>(std::move(socket));
    asio::post(loop.io, [&loop, held] {
      try {
        std::make_shared<Connection>(loop, std::move(*held))->start();
      } catch (const std::exception&) {
        loop.shared.metrics().refused("memory");
      }
    });
  }

  void drain() {
    error_code ignored;
    acceptor->close(ignored);  // first: who sees another connection end finds nobody listening
    shared.draining = true;
    shared.service.set_draining();
    until = Clock::now() + std::chrono::seconds(shared.options.grace_seconds);
    wait_for_end();
  }

  void wait_for_end() {
    if (shared.metrics().connections == 0 || Clock::now() >= until) {
      for (const auto& loop : loops) loop->io.stop();
      return;
    }
    pause.emplace(loops[0]->io, std::chrono::milliseconds(20));
    pause->async_wait([this](const error_code&) { wait_for_end(); });
  }

  Shared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::optional<tcp::acceptor> acceptor;
  std::optional<asio::steady_timer> pause;
  Clock::time_point until;
  std::size_t next = 0;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  if (!state_) return;
  state_->shared.pool.join();  // what it holds of connections is handed back to threads that do not run any more
  state_->acceptor.reset();
  state_->pause.reset();
}

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, Service& service) {
  std::unique_ptr<TlsContext> tls;
  if (!options.certificate.empty()) {
    auto opened = TlsContext::open(options.certificate, options.key);
    if (!opened) return opened.error();
    tls = std::move(*opened);
  }
  const unsigned threads = options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  auto state = std::make_unique<State>(options, service, std::move(tls), threads);
  if (const Status listening = state->listen(); !listening) return listening.error();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->acceptor->local_endpoint().port(); }

void Server::run(int stop_fd) {
  State& s = *state_;
  asio::posix::stream_descriptor stop(s.loops[0]->io, dup(stop_fd));
  stop.async_wait(asio::posix::stream_descriptor::wait_read, [&](const error_code& error) {
    if (!error) s.drain();
  });
  s.accept();
  std::vector<std::thread> threads;
  for (const auto& loop : s.loops) {
    loop->sweep();
    if (loop != s.loops.front()) threads.emplace_back([&loop] { loop->io.run(); });
  }
  s.loops.front()->io.run();
  for (std::thread& thread : threads) thread.join();
}

bool is_loopback(const std::string& address) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

}  // namespace staunch
