// Any bytes as a request: a head is refused, or has one framing that all readers understand alike; and what is read of
// a body, how it ends and what is left behind it do not depend on how the bytes came.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "frontends/serve/message.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

constexpr std::uint64_t kMaxBody = 8u << 20;  // what a connection refuses before it reads a body

struct Outcome {
  bool whole = false;
  unsigned refused = 0;
  std::string body;
  std::size_t left = 0;  // behind the message
};

// In pieces of so many bytes, as a connection takes them.
Outcome read_in(std::string_view text, std::size_t head, std::size_t step) {
  Outcome outcome;
  Message message;
  if (read_head(text.substr(0, head), message)) std::abort();  // it was taken before
  std::string held;
  for (std::size_t at = head; at < text.size() || held.empty(); at += step) {
    held += text.substr(at, step);
    std::string_view bytes = held;
    std::optional<HttpResponse> refused;
    outcome.whole = read_body(bytes, message, refused);
    if (refused) {
      outcome.refused = refused->status;
      return outcome;
    }
    held = std::string(bytes);
    if (outcome.whole) {
      outcome.left = held.size() + text.size() - std::min(text.size(), at + step);
      break;
    }
    if (at + step >= text.size()) break;
  }
  outcome.body = message.parser.get().body();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::optional<HttpResponse> refused;
  const std::size_t head = head_length(text, refused);
  if (head == 0 || refused) return 0;
  Message message;
  if (read_head(text.substr(0, head), message)) return 0;
  const auto& fields = message.parser.get();
  using boost::beast::http::field;
  demand(fields.count(field::content_length) + fields.count(field::transfer_encoding) <= 1);
  demand(text.substr(0, head).find_first_of(std::string_view("\0\x0b\x0c", 3)) == text.npos);
  if (message.parser.content_length().value_or(0) > kMaxBody) return 0;
  const Outcome once = read_in(text, head, text.size());
  for (const std::size_t step : {1, 3, 17}) {
    const Outcome again = read_in(text, head, step);
    demand(again.whole == once.whole);  // what is not whole may be refused sooner or later
    if (once.whole) demand(again.body == once.body && again.left == once.left);
  }
  if (once.whole && message.parser.content_length()) demand(once.body.size() == *message.parser.content_length());
  return 0;
}
