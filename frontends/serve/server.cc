// The one file that Boost.Asio and Boost.Beast are compiled in: Asio says when a socket is ready and keeps the timers,
// Beast reads heads and chunked bodies.
#include "frontends/serve/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstring>
#include <limits>
#include <list>
#include <optional>
#include <thread>
#include <vector>

#include "frontends/serve/request_head.h"
#include "frontends/serve/transport.h"

namespace staunch {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kReadBytes = 128u << 10;
constexpr auto kSweep = std::chrono::milliseconds(250);

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

// A request that is being read.
struct Message {
  Parser parser;
  HttpRequest request;
  Callers::Caller* caller = nullptr;
  std::size_t chunked_size = 0;
};

std::string text_of(const HttpResponse& response, bool keep, bool head_only) {
  std::string out;
  out.reserve(256 + response.body.size());
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", response.status,
                 reason_of(response.status), response.content_type, response.body.size());
  for (const auto& [name, value] : response.headers) ((out += name) += ": ") += value + "\r\n";
  out += keep ? "\r\n" : "Connection: close\r\n\r\n";
  if (!head_only) out += response.body;
  return out;
}

std::string header(const Parser& parser, http::field name) {
  const auto found = parser.get().find(name);
  return found == parser.get().end() ? std::string() : std::string(found->value());
}
std::string header(const Parser& parser, const char* name) {
  const auto found = parser.get().find(name);
  return found == parser.get().end() ? std::string() : std::string(found->value());
}

bool is_chunked_alone(std::string_view value) {
  return value.size() == 7 && std::equal(value.begin(), value.end(), "chunked", [](char a, char b) { return (a | 0x20) == b; });
}

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, tcp::socket socket)
      : loop_(loop), shared_(loop.shared), socket_(std::move(socket)),
        transport_(socket_.native_handle(), shared_.tls.get()) {
    ++shared_.metrics().connections;
    place_ = loop_.connections.insert(loop_.connections.end(), this);
  }
  ~Connection() {
    hold_all(0);
    loop_.connections.erase(place_);
    --shared_.metrics().connections;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() {
    set_deadline(shared_.tls == nullptr ? shared_.options.idle_seconds : shared_.options.head_seconds);
    read();
  }

  // Of a connection that nothing is being done for.
  void close_if_late(Clock::time_point now) {
    if (now >= deadline_ && !working_) close_late();
  }
  void close_if_idle() {
    if (lingering_) return close();
    if (!message_ && in_.empty() && out_.empty() && !working_ && fresh_) close();
  }

 private:
  void set_deadline(unsigned seconds) { deadline_ = Clock::now() + std::chrono::seconds(seconds); }

  void close() {
    error_code ignored;
    closed_ = true;
    transport_.shut();
    socket_.close(ignored);  // whatever is waited for ends
  }

  void close_late() {
    if (!fresh_ && out_.empty() && !closed_) {
      shared_.metrics().refused("late");
      HttpResponse response = http_error(408, "late", "the request did not come in time");
      send_last(response);
    }
    close();
  }

  void wait(Transport::Answer what) {
    if (closed_) return;
    const auto kind = what == Transport::Answer::wait_write ? tcp::socket::wait_write : tcp::socket::wait_read;
    socket_.async_wait(kind, [self = shared_from_this()](const error_code& error) {
      if (error || self->closed_) return;
      if (!self->out_.empty()) self->flush();
      else self->read();
    });
  }

  void read() {
    for (unsigned rounds = 0; rounds < 16 && !closed_; ++rounds) {
      std::size_t size = 0;
      const Transport::Answer answer = transport_.read(loop_.buffer, size);
      if (answer == Transport::Answer::ended) return close();
      if (answer != Transport::Answer::some) return wait(answer);
      const bool more = size == loop_.buffer.size() || shared_.tls != nullptr;
      if (!take(std::string_view(loop_.buffer.data(), size))) return;
      if (!more) return wait(Transport::Answer::wait_read);
    }
    if (closed_) return;
    asio::post(loop_.io, [self = shared_from_this()] { self->read(); });  // others shall have their turn
  }

  // Bytes that came; whether reading goes on. Else it does so once an answer is out.
  bool take(std::string_view bytes) {
    if (lingering_) return linger(bytes.size());
    std::string held;
    if (!in_.empty()) {
      in_ += bytes;
      held = std::move(in_);
      in_.clear();
      bytes = held;
    }
    while (!bytes.empty()) {
      if (lingering_) return linger(bytes.size());
      if (!message_ && !take_head(bytes)) return reads_on();
      if (!take_body(bytes)) return reads_on();
    }
    return reads_on();
  }
  bool reads_on() const { return !closed_ && out_.empty() && !working_; }

  // Begins a message where its head has come whole; false where it has not, or is refused.
  bool take_head(std::string_view bytes) {
    if (fresh_) set_deadline(shared_.options.head_seconds);
    fresh_ = false;
    const std::size_t end = bytes.substr(0, kMaxHead).find("\r\n\r\n");
    if (end == bytes.npos) {
      // An end that only others would see must not be waited for.
      if (bytes.find("\n\n") < kMaxHead) return refuse(http_error(400, "bare_line", "lines end with CR LF"));
      if (bytes.size() >= kMaxHead) return refuse(http_error(431, "head_too_large", "the head is too large"));
      in_.assign(bytes);
      return false;
    }
    switch (fault_of_head(bytes.substr(0, end + 4))) {
      case HeadFault::none: break;
      case HeadFault::bare_line: return refuse(http_error(400, "bare_line", "lines end with CR LF"));
      case HeadFault::folded: return refuse(http_error(400, "folded_header", "headers are not folded"));
      case HeadFault::control: return refuse(http_error(400, "control_character", "there is a control character in the head"));
    }
    message_ = std::make_unique<Message>();
    Parser& parser = message_->parser;
    parser.header_limit(kMaxHead);
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // looked at here, with answers of our own
    error_code error;
    parser.eager(false);
    parser.put(asio::buffer(bytes.data(), end + 4), error);
    if (error && error != http::error::need_more) return refuse_parse(error);
    if (!parser.is_header_done()) return refuse(http_error(400, "head", "the head cannot be understood"));
    head_size_ = end + 4;
    return check_head(bytes.size() - head_size_);
  }

  bool refuse_parse(const error_code& error) {
    if (error == http::error::bad_version) return refuse(http_error(505, "version", "HTTP/1.0 and HTTP/1.1 only"));
    return refuse(http_error(400, "bad_request", error.message()));
  }

  // What the fields say of the body, and who asks.
  bool check_head(std::size_t behind) {
    const Parser& parser = message_->parser;
    const auto& fields = parser.get();
    HttpRequest& request = message_->request;
    request.method = std::string(fields.method_string());
    request.target = std::string(fields.target());
    for (const char* once : {"Content-Length", "Transfer-Encoding", "Host", "Content-Type", "Content-Encoding",
                             "Authorization", "x-api-key", "Expect"})
      if (fields.count(once) > 1)
        return refuse(http_error(400, "twice", fmt::format("there are two headers {}", once)));
    const std::string length = header(parser, http::field::content_length);  // Beast takes "5, 5"
    if (length.find_first_not_of("0123456789") != length.npos)
      return refuse(http_error(400, "content_length", "Content-Length is one number"));
    const bool has_coding = fields.count(http::field::transfer_encoding) > 0;
    if (has_coding && fields.count(http::field::content_length) > 0)
      return refuse(http_error(400, "two_framings", "Content-Length and Transfer-Encoding exclude one another"));
    if (has_coding && (!is_chunked_alone(header(parser, http::field::transfer_encoding)) || fields.version() < 11))
      return refuse(http_error(501, "transfer_encoding", "chunked is the only transfer coding here"));
    if (fields.version() >= 11 && fields.count(http::field::host) == 0)
      return refuse(http_error(400, "no_host", "there is no Host header"));
    request.host = header(parser, http::field::host);
    request.content_type = header(parser, http::field::content_type);
    request.content_encoding = header(parser, http::field::content_encoding);
    request.authorization = header(parser, http::field::authorization);
    request.api_key = header(parser, "x-api-key");
    request.has_origin = fields.count(http::field::origin) > 0;
    request.has_anthropic_version = fields.count("anthropic-version") > 0;
    if (auto refused = shared_.service.check(request, message_->caller)) return refuse(*std::move(refused));
    return check_length(behind);
  }

  bool check_length(std::size_t behind) {
    const Parser& parser = message_->parser;
    const std::uint64_t length = parser.content_length().value_or(0);
    if (length > shared_.service.options().max_body) return refuse_large();
    if (!hold(length)) return refuse_full();
    const std::string expect = header(parser, http::field::expect);
    if (!expect.empty()) {
      if (expect.size() != 12 || strncasecmp(expect.c_str(), "100-continue", 12) != 0)
        return refuse(http_error(417, "expect", "100-continue is the only expectation here"));
      std::size_t size = 0;
      if (behind == 0 && (length > 0 || parser.chunked())) transport_.write("HTTP/1.1 100 Continue\r\n\r\n", size);
    }
    set_deadline(shared_.options.body_seconds);
    return true;
  }

  bool refuse_large() { return refuse(http_error(413, "too_large", "the body is larger than is allowed")); }
  bool refuse_full() { return refuse(http_error(503, "full", "too much is being read at once")); }

  // Accounts for bytes of a body; false where all connections together hold too much.
  bool hold(std::uint64_t bytes) {
    hold_all(held_ + bytes);
    return shared_.metrics().bytes_held <= static_cast<std::int64_t>(shared_.options.max_held);
  }
  void hold_all(std::uint64_t bytes) {
    shared_.metrics().bytes_held += static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(std::exchange(held_, bytes));
  }

  // Feeds the body; whether there is more to be taken now.
  bool take_body(std::string_view& bytes) {
    bytes.remove_prefix(std::exchange(head_size_, 0));
    Parser& parser = message_->parser;
    parser.eager(true);
    while (!parser.is_done()) {
      if (bytes.empty()) return true;
      error_code error;
      const std::size_t used = parser.put(asio::buffer(bytes.data(), bytes.size()), error);
      bytes.remove_prefix(used);
      if (error == http::error::need_more || (!error && used == 0)) {
        if (parser.is_done()) break;
        if (bytes.size() > kMaxHead) return refuse(http_error(400, "chunk", "a chunk's head is too large"));
        if (!account_chunks()) return false;
        in_.assign(bytes);
        bytes = {};
        return true;
      }
      if (error) return refuse_parse(error);
      if (!account_chunks()) return false;
    }
    message_->request.body = parser.get().body();
    return answer(bytes);
  }

  // A chunked body says no length: what came of it counts.
  bool account_chunks() {
    if (!message_->parser.chunked()) return true;
    const std::size_t size = message_->parser.get().body().size();
    if (size > shared_.service.options().max_body) return refuse_large();
    const std::size_t grown = size - std::exchange(message_->chunked_size, size);
    return hold(grown) || refuse_full();
  }

  // The message is whole; `rest` is what came behind it.
  bool answer(std::string_view& rest) {
    const HttpRequest& request = message_->request;
    const auto began = Clock::now();
    if (request.body.size() <= kInlineBody && request.content_encoding.empty()) {
      HttpResponse response = answer_of(loop_.tools);
      finish(std::move(response), began);
      if (closed_) return false;
      if (out_.empty()) return true;
      in_.assign(rest);
      return false;
    }
    in_.assign(rest);
    if (shared_.queued.fetch_add(1) >= shared_.options.max_queue) {
      --shared_.queued;
      return refuse(http_error(503, "queue", "too many large bodies are waiting"));
    }
    ++shared_.metrics().queued;
    working_ = true;
    asio::post(shared_.pool, [self = shared_from_this(), began]() mutable {
      auto tools = std::make_unique<JudgeTools>();
      HttpResponse response = self->answer_of(*tools);
      --self->shared_.queued;
      --self->shared_.metrics().queued;
      // The connection belongs to its own thread, and must end there.
      asio::io_context& io = self->loop_.io;
      asio::post(io, [self = std::move(self), began, response = std::move(response)]() mutable {
        self->working_ = false;
        self->finish(std::move(response), began);
        if (!self->closed_ && self->out_.empty()) self->go_on();
      });
    });
    return false;
  }

  HttpResponse answer_of(JudgeTools& tools) const {
    try {
      static Callers::Caller nobody;  // of routes that need no key
      return shared_.service.answer(message_->request, message_->caller != nullptr ? *message_->caller : nobody, tools);
    } catch (const std::exception&) {
      return http_error(500, "failed", "the request could not be answered");
    }
  }

  void finish(HttpResponse response, Clock::time_point began) {
    const bool keep = message_->parser.keep_alive() && !response.close && !shared_.draining;
    const bool head_only = message_->request.method == "HEAD";
    count(response, began);
    send(text_of(response, keep, head_only), keep);
  }

  void count(const HttpResponse& response, Clock::time_point began) {
    const auto spent = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
    shared_.metrics().request(message_->request.path(), response.status, static_cast<std::uint64_t>(spent));
  }

  void send(std::string text, bool keep) {
    keep_ = keep;
    message_.reset();
    out_ = std::move(text);
    hold_all(out_.size() + in_.size());  // until somebody reads it
    sent_ = 0;
    set_deadline(shared_.options.write_seconds);
    flush_some();
  }

  // Answers, and ends the connection: what else comes on it cannot be trusted. Always false.
  bool refuse(HttpResponse response) {
    if (message_) count(response, Clock::now());
    else shared_.metrics().request("other", response.status, 0);
    send(text_of(response, false, false), false);
    return false;
  }

  void send_last(const HttpResponse& response) {
    std::size_t size = 0;
    transport_.write(text_of(response, false, false), size);
  }

  // Writes what can be written now. With all of it out, the connection waits for the next request, or ends.
  Transport::Answer flush_some() {
    while (sent_ < out_.size()) {
      std::size_t size = 0;
      const Transport::Answer answer = transport_.write(std::string_view(out_).substr(sent_), size);
      if (answer == Transport::Answer::ended) {
        close();
        return answer;
      }
      if (answer != Transport::Answer::some) {
        wait(answer);
        return answer;
      }
      sent_ += size;
    }
    std::string().swap(out_);
    hold_all(0);
    fresh_ = in_.empty();
    set_deadline(fresh_ ? shared_.options.idle_seconds : shared_.options.head_seconds);
    if (!keep_) begin_to_linger();
    return Transport::Answer::some;
  }

  void flush() {
    if (flush_some() == Transport::Answer::some && !closed_) go_on();
  }

  // With what came meanwhile, then with what comes.
  void go_on() {
    if (lingering_) return read();
    if (!in_.empty()) {
      const std::string held = std::move(in_);
      in_.clear();
      if (!take(held)) return;
    }
    read();
  }

  // A client that still writes would lose the answer to a reset: what it sends is read and thrown away for a while.
  void begin_to_linger() {
    lingering_ = true;
    in_.clear();
    transport_.shut();
    set_deadline(2);
  }
  bool linger(std::size_t size) {
    lingered_ += size;
    if (lingered_ > 4 * shared_.service.options().max_body) close();
    return !closed_;
  }

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

void Loop::sweep() {
  timer.expires_after(kSweep);
  timer.async_wait([this](const error_code& error) {
    if (error) return;
    const auto now = Clock::now();
    for (auto at = connections.begin(); at != connections.end();) (*at++)->close_if_late(now);
    if (shared.draining)
      for (auto at = connections.begin(); at != connections.end();) (*at++)->close_if_idle();
    sweep();
  });
}

}  // namespace

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
        transport.write(text_of(http_error(503, "connections", "too many connections"), false, false), size);
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
    shared.draining = true;
    shared.service.set_draining();
    error_code ignored;
    acceptor->close(ignored);
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
