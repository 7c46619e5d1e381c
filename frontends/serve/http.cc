#include "frontends/serve/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "frontends/report/json_text.h"

namespace staunch {

std::string_view HttpRequest::query(std::string_view name) const {
  std::string_view rest = target;
  const std::size_t mark = rest.find('?');
  if (mark == rest.npos) return {};
  rest.remove_prefix(mark + 1);
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.size() > name.size() && word.substr(0, name.size()) == name && word[name.size()] == '=')
      return word.substr(name.size() + 1);
  }
  return {};
}

HttpResponse http_error(unsigned status, std::string_view code, std::string_view message) {
  HttpResponse response;
  response.status = status;
  JsonText json(response.body);
  json.open('{');
  json.open("error", '{');
  json.text("message", message);
  json.text("type", status < 500 ? "invalid_request_error" : "server_error");
  json.text("code", code);
  json.close();
  json.close();
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

const char* reason_of(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

std::string response_text(const HttpResponse& response, bool keep, bool head_only) {
  std::string out;
  out.reserve(256 + response.body.size());
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                 response.status, reason_of(response.status), response.content_type, response.body.size());
  for (const auto& [name, value] : response.headers) ((out += name) += ": ") += value + "\r\n";
  out += keep ? "\r\n" : "Connection: close\r\n\r\n";
  if (!head_only) out += response.body;
  return out;
}

}  // namespace staunch
