#include "frontends/serve/message.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <limits>
#include <string>

#include "frontends/serve/request_head.h"

namespace staunch {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

template <typename Name>
std::string header(const Message& message, Name name) {
  const auto found = message.parser.get().find(name);
  return found == message.parser.get().end() ? std::string() : std::string(found->value());
}

bool is_chunked_alone(std::string_view value) {
  return value.size() == 7 &&
         std::equal(value.begin(), value.end(), "chunked", [](char a, char b) { return (a | 0x20) == b; });
}

HttpResponse parse_refusal(const error_code& error) {
  if (error == http::error::bad_version) return http_error(505, "version", "HTTP/1.0 and HTTP/1.1 only");
  return http_error(400, "bad_request", error.message());
}

std::optional<HttpResponse> fault_of_framing(const Message& message) {
  const auto& fields = message.parser.get();
  for (const char* once : {"Content-Length", "Transfer-Encoding", "Host", "Content-Type", "Content-Encoding",
                           "Authorization", "x-api-key", "Expect"})
    if (fields.count(once) > 1) return http_error(400, "twice", fmt::format("there are two headers {}", once));
  const std::string length = header(message, http::field::content_length);  // Beast takes "5, 5"
  if (length.find_first_not_of("0123456789") != length.npos)
    return http_error(400, "content_length", "Content-Length is one number");
  const bool has_coding = fields.count(http::field::transfer_encoding) > 0;
  if (has_coding && fields.count(http::field::content_length) > 0)
    return http_error(400, "two_framings", "Content-Length and Transfer-Encoding exclude one another");
  if (has_coding && (!is_chunked_alone(header(message, http::field::transfer_encoding)) || fields.version() < 11))
    return http_error(501, "transfer_encoding", "chunked is the only transfer coding here");
  if (fields.version() >= 11 && fields.count(http::field::host) == 0)
    return http_error(400, "no_host", "there is no Host header");
  return std::nullopt;
}

void take_fields(Message& message) {
  const auto& fields = message.parser.get();
  HttpRequest& request = message.request;
  request.method = std::string(fields.method_string());
  request.target = std::string(fields.target());
  request.host = header(message, http::field::host);
  request.content_type = header(message, http::field::content_type);
  request.content_encoding = header(message, http::field::content_encoding);
  request.authorization = header(message, http::field::authorization);
  request.api_key = header(message, "x-api-key");
  request.has_origin = fields.count(http::field::origin) > 0;
  request.has_anthropic_version = fields.count("anthropic-version") > 0;
}

}  // namespace

std::size_t head_length(std::string_view bytes, std::optional<HttpResponse>& refused) {
  const std::size_t end = bytes.substr(0, kMaxHead).find("\r\n\r\n");
  if (end != bytes.npos) return end + 4;
  // An end that only others would see must not be waited for.
  if (bytes.find("\n\n") < kMaxHead) refused = http_error(400, "bare_line", "lines end with CR LF");
  else if (bytes.size() >= kMaxHead) refused = http_error(431, "head_too_large", "the head is too large");
  return 0;
}

std::optional<HttpResponse> read_head(std::string_view head, Message& message) {
  switch (fault_of_head(head)) {
    case HeadFault::none: break;
    case HeadFault::bare_line: return http_error(400, "bare_line", "lines end with CR LF");
    case HeadFault::folded: return http_error(400, "folded_header", "headers are not folded");
    case HeadFault::control: return http_error(400, "control_character", "there is a control character in the head");
  }
  auto& parser = message.parser;
  parser.header_limit(kMaxHead);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // looked at by the connection, with answers of its own
  error_code error;
  parser.eager(false);
  parser.put(asio::buffer(head.data(), head.size()), error);
  if (error && error != http::error::need_more) return parse_refusal(error);
  if (!parser.is_header_done()) return http_error(400, "head", "the head cannot be understood");
  take_fields(message);
  return fault_of_framing(message);
}

bool expects_continue(const Message& message, std::optional<HttpResponse>& refused) {
  const std::string expect = header(message, http::field::expect);
  if (expect.empty()) return false;
  if (strcasecmp(expect.c_str(), "100-continue") == 0) return true;
  refused = http_error(417, "expect", "100-continue is the only expectation here");
  return false;
}

bool read_body(std::string_view& bytes, Message& message, std::optional<HttpResponse>& refused) {
  auto& parser = message.parser;
  parser.eager(true);
  while (!parser.is_done() && !bytes.empty()) {
    // An empty chunked body is five bytes at least, and Beast counts on seeing them once it has seen the "0\r\n".
    if (parser.chunked() && bytes.size() < 5 && bytes[0] == '0') return false;
    error_code error;
    const std::size_t used = parser.put(asio::buffer(bytes.data(), bytes.size()), error);
    bytes.remove_prefix(used);
    const bool waits = error == http::error::need_more || (!error && used == 0);
    if (waits && !parser.is_done()) {
      if (bytes.size() > kMaxHead) refused = http_error(400, "chunk", "a chunk's head is too large");
      return false;
    }
    if (error && !waits) {
      refused = parse_refusal(error);
      return false;
    }
  }
  return parser.is_done();
}

}  // namespace staunch
