// HTTPS out, and nothing else: the only door to libcurl.
//
// A request goes to the host it names, over TLS that is always checked, to an address that is no private, loopback,
// link-local or metadata one (tested when the socket is opened, so that a second answer of the resolver changes
// nothing). Redirects are never followed. Time and size are bounded. No environment variable, .netrc or configuration
// file of curl is read. A test endpoint of the policy sends a host's connections to a loopback port; the name that TLS
// checks stays the host's.
//
// A request that changes something uses a connection of its own that is used once: libcurl repeats a POST on a reused
// connection that the server closed. It is never retried here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/secret.h"

namespace staunch {

struct HttpRequest {
  std::string method;
  std::string url;  // https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool changes = false;  // something at the other end
  // Answer a digest challenge (RFC 7616) and no other; the password itself is not sent.
  Secret digest_user = {}, digest_password = {};
};

struct HttpAnswer {
  // not_sent: the request certainly never reached the server. lost: it may have, and no whole answer came.
  enum class Outcome : std::uint8_t { answered, not_sent, lost };
  Outcome outcome = Outcome::not_sent;
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string why;                                  // where it was not answered; holds no part of the request
  std::int64_t sent = 0;                            // seconds since 1970
  std::string header(std::string_view name) const;  // lower case; empty where there is none
};

struct Network {
  std::map<std::string, std::string> test_endpoints;  // host -> "127.0.0.1:8443"
  std::vector<std::string> database_hosts;            // that may be logged in to: "db.example", "*.db.example"
  std::string ca_file;                                // PEM; empty: the system's
  std::string proxy;                                  // "https://host:port" or "http://host:port"; empty: none
  long timeout_ms = 20'000;
  long connect_timeout_ms = 8'000;
  std::size_t max_body = 1u << 20;
  unsigned per_host = 4;  // requests to one host at a time
  unsigned attempts = 3;  // of a request that changes nothing, after 429, 5xx or no answer
  long backoff_ms = 500;  // doubled each time, with jitter; a longer Retry-After is honoured up to:
  long longest_wait_ms = 60'000;
};

using Hosts =
    std::map<std::string, std::vector<std::string>>;  // provider -> whole names, with a port where it is not 443

// The host of an https URL without user, and its port (":8200") where that is not 443; empty where it is not one.
std::string host_of(std::string_view url);

// One request, waited for. Retries as Network says where it changes nothing.
HttpAnswer send(const Network& network, const HttpRequest& request);

// Many requests that change nothing, side by side, connections reused.
class HttpCrowd {
 public:
  explicit HttpCrowd(const Network& network);
  ~HttpCrowd();
  // `done` is called from run() and may add more.
  void add(HttpRequest request, std::function<void(HttpAnswer)> done);
  void run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace staunch
