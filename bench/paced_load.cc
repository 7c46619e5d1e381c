// Requests at a fixed rate, whatever the answers take (an open loop): the latency of each counts from when it should
// have been sent, so that a pause of the server is seen by all who would have asked meanwhile.
//
//   paced_load PORT RATE BYTES SECONDS <BODY     one thread, 32 connections
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kConnections = 32;

struct Connection {
  int fd = -1;
  Clock::time_point due;  // of the request that is on its way
  bool busy = false;
  std::string answer;
  std::size_t wanted = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connected(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t put = send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (put <= 0) fail("send");
    at += static_cast<std::size_t>(put);
  }
}

// Whether the answer has come whole.
bool receive(Connection& c) {
  char block[1 << 16];
  const ssize_t got = recv(c.fd, block, sizeof block, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (got <= 0) fail("recv");
  c.answer.append(block, static_cast<std::size_t>(got));
  if (c.wanted == 0) {
    const std::size_t end = c.answer.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (c.answer.compare(0, 12, "HTTP/1.1 200") != 0) fail("an answer that is not 200");
    const std::size_t length = c.answer.find("Content-Length: ");
    c.wanted = end + 4 + std::strtoull(c.answer.c_str() + length + 16, nullptr, 10);
  }
  return c.answer.size() >= c.wanted;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  prctl(PR_SET_TIMERSLACK, 1);
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const double rate = std::atof(argv[2]), seconds = std::atof(argv[4]);
  std::string body(std::strtoull(argv[3], nullptr, 10), ' ');
  body.resize(std::fread(body.data(), 1, body.size(), stdin));
  const std::string request =
      "POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  std::vector<Connection> connections(kConnections);
  std::vector<pollfd> polled(kConnections);
  for (std::size_t i = 0; i < kConnections; ++i) {
    connections[i].fd = connected(port);
    polled[i] = {connections[i].fd, POLLIN, 0};
  }
  const auto begin = Clock::now();
  const auto total = static_cast<std::size_t>(rate * seconds);
  std::vector<double> latencies;
  latencies.reserve(total);
  std::size_t sent = 0, next = 0;
  while (latencies.size() < total) {
    const auto due = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(static_cast<double>(sent) / rate));
    const auto now = Clock::now();
    if (sent < total && now >= due) {
      std::size_t tries = 0;
      while (tries < kConnections && connections[next % kConnections].busy) ++next, ++tries;
      if (tries < kConnections) {
        Connection& c = connections[next++ % kConnections];
        c.busy = true;
        c.due = due;
        c.answer.clear();
        c.wanted = 0;
        send_all(c.fd, request);
        ++sent;
        continue;
      }
    }
    // It sleeps until the next one is due: a tool that spins would take a core from the server.
    const auto left = sent < total ? std::clamp<std::int64_t>((due - now).count(), 0, 1'000'000) : 1'000'000;
    const timespec wait{0, static_cast<long>(left)};
    if (ppoll(polled.data(), polled.size(), &wait, nullptr) <= 0) continue;
    for (std::size_t i = 0; i < kConnections; ++i) {
      if ((polled[i].revents & POLLIN) == 0) continue;
      Connection& c = connections[i];
      if (!receive(c)) continue;
      latencies.push_back(std::chrono::duration<double, std::micro>(Clock::now() - c.due).count());
      c.busy = false;
    }
  }
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double part) {
    return latencies[std::min(latencies.size() - 1,
                              static_cast<std::size_t>(part * static_cast<double>(latencies.size())))];
  };
  std::printf("%zu bytes at %.0f/s: p50 %.0f us, p99 %.0f us, p99.9 %.0f us, worst %.0f us, %zu requests\n",
              body.size(), rate, at(0.5), at(0.99), at(0.999), latencies.back(), latencies.size());
}
