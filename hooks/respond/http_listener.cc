#include "hooks/respond/http_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/beast/http.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

namespace staunch {
namespace {

namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMaxHead = 16u << 10;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Loopback alone.
std::optional<Address> address_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  const std::string host = text.substr(0, colon);
  Address address;
  if (host == "[::1]") {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6, v6.sin6_port = htons(port), v6.sin6_addr = in6addr_loopback;
    address.size = sizeof v6;
    return address;
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  v4.sin_family = AF_INET, v4.sin_port = htons(port);
  address.size = sizeof v4;
  const bool right = inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1 && (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  return right ? std::optional(address) : std::nullopt;
}

// Waits until the descriptor is ready or time is over; false then.
bool ready(int fd, short what, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd one{fd, what, 0};
    const int got = poll(&one, 1, static_cast<int>(left));
    if (got > 0) return true;
    if (got == 0 || errno != EINTR) return false;
  }
}

void say(int fd, unsigned status, const std::string& body, Clock::time_point until) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nConnection: close\r\n", status,
                                 std::string_view(http::obsolete_reason(static_cast<http::status>(status))));
  if (status != 204) text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  text += "\r\n" + (status == 204 ? std::string() : body);
  std::string_view rest = text;
  while (!rest.empty() && ready(fd, POLLOUT, until)) {
    const ssize_t wrote = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote < 0 && errno != EAGAIN && errno != EINTR) return;
    if (wrote > 0) rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

// The status with which a request is refused before it is whole; 0: it is whole; -1: the caller went away.
int hear(int fd, http::request_parser<http::string_body>& parser, Clock::time_point until) {
  parser.header_limit(kMaxHead);
  parser.body_limit(kMaxHeardBody);
  parser.eager(true);
  std::string pending;
  char buffer[16384];
  while (!parser.is_done()) {
    if (!ready(fd, POLLIN, until)) return 408;
    const ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return -1;
    if (got > 0) pending.append(buffer, static_cast<std::size_t>(got));
    boost::beast::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(pending), error);
    pending.erase(0, used);
    if (error == http::error::need_more) continue;
    if (error == http::error::body_limit) return 413;
    if (error == http::error::header_limit) return 431;
    if (error) return 400;
  }
  return 0;
}

}  // namespace

Result<HttpListener> HttpListener::open(const std::string& text) {
  auto address = address_of(text);
  if (!address) return Error{"is no address of loopback with a port, as 127.0.0.1:8090", text};
  const int fd = socket(address->get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, address->get(), address->size) != 0 || listen(fd, 64) != 0 ||
      getsockname(fd, address->get(), &address->size) != 0) {
    const Error error{fmt::format("cannot listen: {}", std::strerror(errno)), text};
    if (fd >= 0) close(fd);
    return error;
  }
  // The port lies at the same place in both kinds of address.
  return HttpListener(fd, ntohs(reinterpret_cast<sockaddr_in&>(address->storage).sin_port));
}

HttpListener::~HttpListener() {
  if (fd_ >= 0) close(fd_);
}

void HttpListener::run(int stop_fd, const std::function<HttpReply(const HeardRequest&)>& answer) {
  for (;;) {
    pollfd both[2] = {{fd_, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR) return;
    if (both[1].revents != 0) return;
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) continue;
    const auto until = Clock::now() + std::chrono::seconds(kHearSeconds);
    http::request_parser<http::string_body> parser;
    const int wrong = hear(fd, parser, until);
    if (wrong == 0) {
      const auto& heard = parser.get();
      const HttpReply reply = answer({std::string(heard.method_string()), std::string(heard.target()),
                                      std::string(heard[http::field::authorization]), heard.body()});
      say(fd, reply.status, reply.body, until);
    } else if (wrong > 0) {
      say(fd, static_cast<unsigned>(wrong), "{}", until);
    }
    shutdown(fd, SHUT_WR);
    close(fd);
  }
}

}  // namespace staunch
