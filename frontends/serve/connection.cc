#include "frontends/serve/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace staunch {
namespace {

constexpr auto kSweep = std::chrono::milliseconds(250);

}  // namespace

Connection::Connection(Loop& loop, tcp::socket socket)
    : loop_(loop),
      shared_(loop.shared),
      socket_(std::move(socket)),
      transport_(socket_.native_handle(), shared_.tls.get()) {
  ++shared_.metrics().connections;
  place_ = loop_.connections.insert(loop_.connections.end(), this);
}

Connection::~Connection() {
  hold_all(0);
  loop_.connections.erase(place_);
  --shared_.metrics().connections;
}

void Connection::start() {
  set_deadline(shared_.tls == nullptr ? shared_.options.idle_seconds : shared_.options.head_seconds);
  read();
}

void Connection::close_if_late(Clock::time_point now) {
  if (now >= deadline_ && !working_) close_late();
}

void Connection::close_if_idle() {
  if (lingering_) return close();
  if (!message_ && in_.empty() && out_.empty() && !working_ && fresh_) close();
}

void Connection::close() {
  error_code ignored;
  closed_ = true;
  transport_.shut();
  socket_.close(ignored);  // whatever is waited for ends
}

void Connection::close_late() {
  if (!fresh_ && out_.empty() && !closed_) {
    shared_.metrics().refused("late");
    HttpResponse response = http_error(408, "late", "the request did not come in time");
    send_last(response);
  }
  close();
}

void Connection::wait(Transport::Answer what) {
  if (closed_) return;
  const auto kind = what == Transport::Answer::wait_write ? tcp::socket::wait_write : tcp::socket::wait_read;
  socket_.async_wait(kind, [self = shared_from_this()](const error_code& error) {
    if (error || self->closed_) return;
    if (!self->out_.empty()) self->flush();
    else self->read();
  });
}

void Connection::read() {
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

bool Connection::take(std::string_view bytes) {
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

bool Connection::take_head(std::string_view bytes) {
  if (fresh_) set_deadline(shared_.options.head_seconds);
  fresh_ = false;
  std::optional<HttpResponse> refused;
  head_size_ = head_length(bytes, refused);
  if (refused) return refuse(*std::move(refused));
  if (head_size_ == 0) {
    in_.assign(bytes);
    return false;
  }
  message_ = std::make_unique<Message>();
  refused = read_head(bytes.substr(0, head_size_), *message_);
  if (!refused) refused = shared_.service.check(message_->request, message_->caller);
  if (refused) return refuse(*std::move(refused));
  return check_length(bytes.size() - head_size_);
}

bool Connection::check_length(std::size_t behind) {
  const auto& parser = message_->parser;
  const std::uint64_t length = parser.content_length().value_or(0);
  if (length > shared_.service.options().max_body) return refuse_large();
  if (!hold(length)) return refuse_full();
  std::optional<HttpResponse> refused;
  const bool waits = expects_continue(*message_, refused);
  if (refused) return refuse(*std::move(refused));
  std::size_t size = 0;
  if (waits && behind == 0 && (length > 0 || parser.chunked())) transport_.write("HTTP/1.1 100 Continue\r\n\r\n", size);
  set_deadline(shared_.options.body_seconds);
  return true;
}

bool Connection::hold(std::uint64_t bytes) {
  hold_all(held_ + bytes);
  return shared_.metrics().bytes_held <= static_cast<std::int64_t>(shared_.options.max_held);
}

void Connection::hold_all(std::uint64_t bytes) {
  shared_.metrics().bytes_held +=
      static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(std::exchange(held_, bytes));
}

bool Connection::is_here(std::string_view behind_head) const {
  const auto length = message_->parser.content_length();
  return length && *length <= std::min(behind_head.size(), kInlineBody) && message_->request.content_encoding.empty();
}

bool Connection::take_body(std::string_view& bytes) {
  const std::size_t head_size = std::exchange(head_size_, 0);
  bytes.remove_prefix(head_size);
  if (head_size > 0 && is_here(bytes)) {
    message_->request.body = bytes.substr(0, *message_->parser.content_length());
    bytes.remove_prefix(message_->request.body.size());
    return answer(bytes);
  }
  std::optional<HttpResponse> refused;
  const bool whole = read_body(bytes, *message_, refused);
  if (refused) return refuse(*std::move(refused));
  if (!account_chunks()) return false;
  if (!whole) {
    in_.assign(bytes);
    bytes = {};
    return true;
  }
  message_->request.body = message_->parser.get().body();
  return answer(bytes);
}

bool Connection::account_chunks() {
  if (!message_->parser.chunked()) return true;
  const std::size_t size = message_->parser.get().body().size();
  if (size > shared_.service.options().max_body) return refuse_large();
  const std::size_t grown = size - std::exchange(message_->chunked_size, size);
  return hold(grown) || refuse_full();
}

bool Connection::answer(std::string_view& rest) {
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

HttpResponse Connection::answer_of(JudgeTools& tools) const {
  try {
    static Callers::Caller nobody;  // of routes that need no key
    return shared_.service.answer(message_->request, message_->caller != nullptr ? *message_->caller : nobody, tools);
  } catch (const std::exception&) {
    return http_error(500, "failed", "the request could not be answered");
  }
}

void Connection::finish(HttpResponse response, Clock::time_point began) {
  const bool keep = message_->parser.keep_alive() && !response.close && !shared_.draining;
  const bool head_only = message_->request.method == "HEAD";
  count(response, began);
  send(response_text(response, keep, head_only), keep);
}

void Connection::count(const HttpResponse& response, Clock::time_point began) {
  const auto spent = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
  shared_.metrics().request(message_->request.path(), response.status, static_cast<std::uint64_t>(spent));
}

void Connection::send(std::string text, bool keep) {
  keep_ = keep;
  message_.reset();
  out_ = std::move(text);
  hold_all(out_.size() + in_.size());  // until somebody reads it
  sent_ = 0;
  set_deadline(shared_.options.write_seconds);
  flush_some();
}

bool Connection::refuse(HttpResponse response) {
  if (message_) count(response, Clock::now());
  else shared_.metrics().request("other", response.status, 0);
  send(response_text(response, false, false), false);
  return false;
}

void Connection::send_last(const HttpResponse& response) {
  std::size_t size = 0;
  transport_.write(response_text(response, false, false), size);
}

Transport::Answer Connection::flush_some() {
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

void Connection::flush() {
  if (flush_some() == Transport::Answer::some && !closed_) go_on();
}

void Connection::go_on() {
  if (lingering_) return read();
  if (!in_.empty()) {
    const std::string held = std::move(in_);
    in_.clear();
    if (!take(held)) return;
  }
  read();
}

void Connection::begin_to_linger() {
  lingering_ = true;
  in_.clear();
  transport_.shut();
  set_deadline(2);
}

bool Connection::linger(std::size_t size) {
  lingered_ += size;
  if (lingered_ > 4 * shared_.service.options().max_body) close();
  return !closed_;
}

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

}  // namespace staunch
