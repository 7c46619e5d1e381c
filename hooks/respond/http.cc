#include "hooks/respond/http.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>
#include <list>
#include <random>
#include <set>

#include "hooks/respond/addresses.h"
#include "hooks/respond/canonical.h"

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What the socket of a transfer may be connected to.
enum class Reach : std::uint8_t { outside, loopback, anywhere };

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  const Reach reach = *static_cast<const Reach*>(user);
  const bool allowed = reach == Reach::anywhere || (reach == Reach::loopback && is_loopback_address(address->addr)) ||
                       (reach == Reach::outside && is_public_address(address->addr));
  if (!allowed) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// libcurl's own start-up is for one thread; the first client does it.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)started;
}

struct Transfer {
  HttpRequest request;
  std::function<void(HttpAnswer)> done;
  HttpAnswer answer;
  std::string host;
  unsigned tries = 0;
  Clock::time_point not_before = {};
  bool too_large = false;
  std::size_t max_body = 0;
  Reach reach = Reach::outside;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* connect_to = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.answer.body.size() + size > transfer.max_body) {
    transfer.too_large = true;
    return 0;
  }
  transfer.answer.body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line = trim({data, size});
  if (line.starts_with("HTTP/")) transfer.answer.headers.clear();  // of an interim answer
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || transfer.answer.headers.size() >= 200) return size;
  transfer.answer.headers.emplace_back(lower_case(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  return size;
}

void free_easy(Transfer& transfer) {
  if (transfer.easy) curl_easy_cleanup(transfer.easy);
  curl_slist_free_all(transfer.headers);
  curl_slist_free_all(transfer.connect_to);
  transfer.easy = nullptr;
  transfer.headers = transfer.connect_to = nullptr;
}

void set_method(const Transfer& transfer) {
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (request.method == "GET") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else if (request.method != "HEAD") {
    if (!request.body.empty() || request.method != "DELETE") {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void set_headers(Transfer& transfer) {
  bool has_type = false;
  for (const auto& [name, value] : transfer.request.headers) {
    has_type = has_type || lower_case(name) == "content-type";
    transfer.headers = curl_slist_append(transfer.headers, (value.empty() ? name + ";" : name + ": " + value).c_str());
  }
  if (!has_type) transfer.headers = curl_slist_append(transfer.headers, "Content-Type:");
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, transfer.headers);
}

void set_digest(const Transfer& transfer) {
  const HttpRequest& request = transfer.request;
  if (request.digest_user.empty()) return;
  curl_easy_setopt(transfer.easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_DIGEST));
  curl_easy_setopt(transfer.easy, CURLOPT_USERNAME, std::string(request.digest_user.reveal()).c_str());
  curl_easy_setopt(transfer.easy, CURLOPT_PASSWORD, std::string(request.digest_password.reveal()).c_str());
}

void set_route(Transfer& transfer, const Network& network) {
  CURL* easy = transfer.easy;
  const auto test = network.test_endpoints.find(transfer.host);
  if (test != network.test_endpoints.end()) {
    transfer.reach = Reach::loopback;
    const char* port = transfer.host.find(':') == std::string::npos ? ":443" : "";
    transfer.connect_to = curl_slist_append(nullptr, fmt::format("{}{}:{}", transfer.host, port, test->second).c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer.connect_to);
  }
  const bool proxied = !network.proxy.empty() && transfer.reach != Reach::loopback;
  if (proxied) transfer.reach = Reach::anywhere;  // the proxy's own address is the policy's choice
  curl_easy_setopt(easy, CURLOPT_PROXY, proxied ? network.proxy.c_str() : "");
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer.reach);
}

void prepare(Transfer& transfer, const Network& network) {
  transfer.answer = {};
  transfer.too_large = false;
  transfer.max_body = network.max_body;
  transfer.easy = curl_easy_init();
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_URL, transfer.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, network.timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, network.connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "staunch");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  if (!network.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, network.ca_file.c_str());
  if (transfer.request.changes) {
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  set_digest(transfer);
  set_route(transfer, network);
  set_method(transfer);
  set_headers(transfer);
  transfer.answer.sent =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  ++transfer.tries;
}

// On a busy machine the time may be over before there is a connection: then no byte of the request has left.
bool never_sent(CURL* easy, CURLcode code) {
  curl_off_t ready = 0;
  if (code == CURLE_OPERATION_TIMEDOUT && curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready) == CURLE_OK)
    return ready == 0;
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return true;
    default: return false;
  }
}

void conclude(Transfer& transfer, CURLcode code) {
  HttpAnswer& answer = transfer.answer;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &answer.status);
  if (code == CURLE_OK) {
    answer.outcome = HttpAnswer::Outcome::answered;
    return;
  }
  answer.outcome = never_sent(transfer.easy, code) ? HttpAnswer::Outcome::not_sent : HttpAnswer::Outcome::lost;
  answer.why = transfer.too_large ? "the answer is too large" : curl_easy_strerror(code);
  if (code == CURLE_COULDNT_CONNECT && transfer.reach == Reach::outside)
    answer.why += " (private, loopback and link-local addresses are never connected to)";
  answer.status = 0;
}

// How long to wait before another try; negative: this answer is the last.
long wait_before_retry(const Transfer& transfer, const Network& network) {
  const HttpAnswer& answer = transfer.answer;
  const bool passing = answer.outcome != HttpAnswer::Outcome::answered || answer.status == 429 || answer.status >= 500;
  if (transfer.request.changes || !passing || transfer.too_large || transfer.tries >= network.attempts) return -1;
  thread_local std::minstd_rand random(std::random_device{}());
  long wait = network.backoff_ms << (transfer.tries - 1);
  wait += static_cast<long>(random() % static_cast<unsigned long>(wait + 1));
  const std::string asked = answer.header("retry-after");
  if (!asked.empty() && std::all_of(asked.begin(), asked.end(), [](unsigned char c) { return std::isdigit(c); }) &&
      asked.size() < 6)
    wait = std::max(wait, 1000 * std::stol(asked));
  return wait > network.longest_wait_ms ? -1 : wait;
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string host_of(std::string_view url) {
  CURLU* parsed = curl_url();
  std::string host;
  char* scheme = nullptr;
  char* name = nullptr;
  char* port = nullptr;
  char* user = nullptr;
  if (curl_url_set(parsed, CURLUPART_URL, std::string(url).c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && std::strcmp(scheme, "https") == 0 &&
      curl_url_get(parsed, CURLUPART_USER, &user, 0) != CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &name, 0) == CURLUE_OK)
    host = lower_case(name) + (std::strcmp(port, "443") == 0 ? "" : fmt::format(":{}", port));
  for (char* part : {scheme, name, port, user}) curl_free(part);
  curl_url_cleanup(parsed);
  return host;
}

struct HttpCrowd::State {
  Network network;
  CURLM* multi = nullptr;
  std::list<Transfer> waiting, running;
  std::map<std::string, unsigned> busy;  // requests running per host

  bool may_start(const Transfer& transfer) const {
    const auto at = busy.find(transfer.host);
    return Clock::now() >= transfer.not_before && (at == busy.end() || at->second < network.per_host);
  }

  void start_ready() {
    std::set<std::string> full;  // hosts, so that a long queue for one is not looked through
    for (auto at = waiting.begin(); at != waiting.end();) {
      const auto next = std::next(at);
      if (!full.contains(at->host)) {
        if (may_start(*at)) {
          running.splice(running.end(), waiting, at);
          ++busy[at->host];
          prepare(*at, network);
          curl_multi_add_handle(multi, at->easy);
        } else if (busy[at->host] >= network.per_host) {
          full.insert(at->host);
        }
      }
      at = next;
    }
  }

  void finish(Transfer& transfer, CURLcode code) {
    conclude(transfer, code);
    curl_multi_remove_handle(multi, transfer.easy);
    free_easy(transfer);
    --busy[transfer.host];
    const auto at = std::find_if(running.begin(), running.end(), [&](const Transfer& t) { return &t == &transfer; });
    const long wait = wait_before_retry(transfer, network);
    if (wait >= 0) {
      transfer.not_before = Clock::now() + std::chrono::milliseconds(wait);
      waiting.splice(waiting.end(), running, at);
      return;
    }
    const auto done = std::move(transfer.done);
    HttpAnswer answer = std::move(transfer.answer);
    running.erase(at);
    done(std::move(answer));
  }
};

HttpCrowd::HttpCrowd(const Network& network) : state_(std::make_unique<State>()) {
  start_curl();
  state_->network = network;
  state_->multi = curl_multi_init();
}

HttpCrowd::~HttpCrowd() {
  for (Transfer& transfer : state_->running) {
    curl_multi_remove_handle(state_->multi, transfer.easy);
    free_easy(transfer);
  }
  curl_multi_cleanup(state_->multi);
}

void HttpCrowd::add(HttpRequest request, std::function<void(HttpAnswer)> done) {
  std::string host = host_of(request.url);
  if (host.empty()) {
    HttpAnswer refused;
    refused.why = "the address is not https://HOST/";
    return done(std::move(refused));
  }
  Transfer& transfer = state_->waiting.emplace_back();
  transfer.host = std::move(host);
  transfer.request = std::move(request);
  transfer.done = std::move(done);
}

void HttpCrowd::run() {
  State& state = *state_;
  while (!state.waiting.empty() || !state.running.empty()) {
    state.start_ready();
    int still = 0;
    curl_multi_perform(state.multi, &still);
    int left = 0;
    bool finished = false;
    while (CURLMsg* message = curl_multi_info_read(state.multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      const CURLcode code = message->data.result;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      state.finish(*transfer, code);
      finished = true;
    }
    if (!finished) curl_multi_poll(state.multi, nullptr, 0, state.running.empty() ? 20 : 200, nullptr);
  }
}

HttpAnswer send(const Network& network, const HttpRequest& request) {
  HttpCrowd crowd(network);
  HttpAnswer answer;
  crowd.add(request, [&](HttpAnswer got) { answer = std::move(got); });
  crowd.run();
  return answer;
}

}  // namespace staunch
