// Requests and responses as plain data: what the routes know of HTTP.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace staunch {

struct HttpRequest {
  std::string method, target;                                                // as sent
  std::string host, content_type, content_encoding, authorization, api_key;  // "" where a header is missing
  bool has_origin = false, has_anthropic_version = false;
  std::string_view body;

  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  // The value of a word of the query ("?shape=openai"); empty where there is none. Nothing is unescaped.
  std::string_view query(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  bool close = false;  // the connection cannot go on
};

// {"error":{"message":…,"type":…,"code":…}}, for everything that is no answer to the question.
HttpResponse http_error(unsigned status, std::string_view code, std::string_view message);

const char* reason_of(unsigned status);

// As it is written. `keep`: the connection goes on; `head_only`: the body is not sent.
std::string response_text(const HttpResponse& response, bool keep, bool head_only);

}  // namespace staunch
