// A small HTTP/1.1 server for callers that send a few requests an hour: one connection at a time, one request on each,
// everything bounded (time, head, body). The messages are read by Boost.Beast, which only this file's .cc includes.
//
// It listens on loopback and speaks no TLS: a proxy with a certificate stands before it where the caller is elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/result.h"

namespace staunch {

struct HeardRequest {
  std::string method, target, authorization, body;
};

struct HttpReply {
  unsigned status = 200;
  std::string body;  // JSON; empty for none
};

inline constexpr std::size_t kMaxHeardBody = 4u << 20;
inline constexpr int kHearSeconds = 10;  // for a whole request

class HttpListener {
 public:
  // "127.0.0.1:8090" or "[::1]:8090"; port 0 takes a free one. Other addresses than loopback are refused.
  static Result<HttpListener> open(const std::string& address);
  HttpListener(HttpListener&& other) noexcept : fd_(other.fd_), port_(other.port_) { other.fd_ = -1; }
  ~HttpListener();

  std::uint16_t port() const { return port_; }
  // Until `stop_fd` can be read. `answer` is called from this thread.
  void run(int stop_fd, const std::function<HttpReply(const HeardRequest&)>& answer);

 private:
  HttpListener(int fd, std::uint16_t port) : fd_(fd), port_(port) {}
  int fd_;
  std::uint16_t port_;
};

}  // namespace staunch
