// A socket that never waits, with TLS on it or not (OpenSSL).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace staunch {

// Certificate and key of a server; TLS 1.2 and newer.
class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> open(const std::string& certificate, const std::string& key);
  ~TlsContext();
  void* native() const { return context_; }

 private:
  explicit TlsContext(void* context) : context_(context) {}
  void* context_;
};

class Transport {
 public:
  // `fd` stays the caller's; `tls` may be null.
  Transport(int fd, const TlsContext* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  enum class Answer : std::uint8_t { some, wait_read, wait_write, ended };
  // `size` is what was read or written with Answer::some.
  Answer read(std::span<char> into, std::size_t& size);
  Answer write(std::string_view bytes, std::size_t& size);
  // Says goodbye where that can be done at once.
  void shut();

 private:
  Answer answer_of(int result);
  const int fd_;
  void* ssl_ = nullptr;
};

}  // namespace staunch
