#include "hooks/respond/wire.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>

#include <array>

namespace staunch {

Result<std::unique_ptr<Wire>> Wire::open(const Network& network, const DatabaseServer& server) {
  std::unique_ptr<Wire> wire(new Wire);
  wire->until_ = LoginClock::now() + kLoginPatience;
  CURL* curl = curl_easy_init();
  if (curl == nullptr) return Error{"libcurl does not start", ""};
  wire->curl_ = curl;
  std::array<char, CURL_ERROR_SIZE> why{};
  const bool six = server.host.find(':') != std::string::npos;
  const std::string url = fmt::format("{}://{}{}{}:{}", is_loopback(server.host) ? "http" : "https", six ? "[" : "",
                                      server.host, six ? "]" : "", server.port);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(kLoginPatience).count()));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);  // this is no HTTP
  curl_easy_setopt(curl, CURLOPT_CAINFO, authorities_file(network));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
  const CURLcode connected = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  if (connected != CURLE_OK) return Error{one_line(*why.data() ? why.data() : curl_easy_strerror(connected)), ""};
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
  wire->socket_ = socket;
  return wire;
}

Wire::~Wire() {
  if (curl_ != nullptr) curl_easy_cleanup(curl_);
}

Status Wire::wait(short events) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - LoginClock::now()).count();
  pollfd one{socket_, events, 0};
  if (left <= 0 || poll(&one, 1, static_cast<int>(left)) <= 0) return Error{"the server did not answer in time", ""};
  return Done{};
}

Status Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    const CURLcode code = curl_easy_send(curl_, bytes.data(), bytes.size(), &sent);
    if (code != CURLE_OK && code != CURLE_AGAIN) return Error{"the server ends the connection", ""};
    bytes.remove_prefix(sent);
    if (code != CURLE_AGAIN) continue;
    if (Status ready = wait(POLLOUT); !ready) return ready;
  }
  return Done{};
}

Status Wire::fill() {
  for (;;) {
    std::array<char, 4096> some;
    std::size_t size = 0;
    const CURLcode code = curl_easy_recv(curl_, some.data(), some.size(), &size);
    if (code == CURLE_OK && size > 0) {
      come_.append(some.data(), size);
      return LoginClock::now() < until_ ? Status(Done{}) : Status(Error{"the server did not answer in time", ""});
    }
    if (code != CURLE_AGAIN) return Error{"the server ends the connection", ""};
    if (Status ready = wait(POLLIN); !ready) return ready;
  }
}

Result<std::string> Wire::read(std::size_t size) {
  while (come_.size() < size)
    if (const Status more = fill(); !more) return more.error();
  std::string bytes = come_.substr(0, size);
  come_.erase(0, size);
  return bytes;
}

Result<std::string> Wire::read_line(std::size_t most) {
  std::size_t end;
  while ((end = come_.find("\r\n")) == std::string::npos) {
    if (come_.size() > most) return Error{"the server does not speak this protocol", ""};
    if (const Status more = fill(); !more) return more.error();
  }
  if (end > most) return Error{"the server does not speak this protocol", ""};
  std::string line = come_.substr(0, end);
  come_.erase(0, end + 2);
  return line;
}

}  // namespace staunch
