// A request that is being read: Boost.Beast's parser, behind stricter checks of what two readers could understand
// differently.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

#include "frontends/serve/callers.h"
#include "frontends/serve/http.h"

namespace staunch {

inline constexpr std::size_t kMaxHead = 16u << 10;

struct Message {
  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  HttpRequest request;
  Callers::Caller* caller = nullptr;
  std::size_t chunked_size = 0;  // of the body so far, where it says no length
};

// Reads a head, which ends with its empty line, into a new message; or says why it is refused.
std::optional<HttpResponse> read_head(std::string_view head, Message& message);

// The length of the head that the bytes begin with; 0 where its end has not come. `refused` where it need not come.
std::size_t head_length(std::string_view bytes, std::optional<HttpResponse>& refused);

// Whether the sender waits to be told to go on; `refused` where it expects something else.
bool expects_continue(const Message& message, std::optional<HttpResponse>& refused);

// Reads bytes of the body and takes off what was used; whether it is whole. What is left otherwise must come again,
// with more behind it. Memory for the length that the head announces is taken with the first byte: the caller has
// refused what is over its limit by then.
bool read_body(std::string_view& bytes, Message& message, std::optional<HttpResponse>& refused);

}  // namespace staunch
