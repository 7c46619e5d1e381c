#include "frontends/serve/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace staunch {
namespace {

std::string openssl_words() {
  char words[256] = "unknown error";
  if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, words, sizeof words);
  ERR_clear_error();
  return words;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::open(const std::string& certificate, const std::string& key) {
  SSL_CTX* made = SSL_CTX_new(TLS_server_method());
  if (made == nullptr) return Error{"TLS: " + openssl_words(), {}};
  std::unique_ptr<TlsContext> context(new TlsContext(made));
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  SSL_CTX_set_mode(made,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION);
  if (SSL_CTX_use_certificate_chain_file(made, certificate.c_str()) != 1) return Error{openssl_words(), certificate};
  if (SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) != 1) return Error{openssl_words(), key};
  if (SSL_CTX_check_private_key(made) != 1) return Error{"is not the key of the certificate", key};
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(static_cast<SSL_CTX*>(context_)); }

Transport::Transport(int fd, const TlsContext* tls) : fd_(fd) {
  if (tls == nullptr) return;
  SSL* ssl = SSL_new(static_cast<SSL_CTX*>(tls->native()));
  if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1) {
    SSL_free(ssl);
    throw std::bad_alloc();
  }
  SSL_set_accept_state(ssl);
  ssl_ = ssl;
}

Transport::~Transport() { SSL_free(static_cast<SSL*>(ssl_)); }

Transport::Answer Transport::answer_of(int result) {
  switch (SSL_get_error(static_cast<SSL*>(ssl_), result)) {
    case SSL_ERROR_WANT_READ: return Answer::wait_read;
    case SSL_ERROR_WANT_WRITE: return Answer::wait_write;
    default: ERR_clear_error(); return Answer::ended;
  }
}

Transport::Answer Transport::read(std::span<char> into, std::size_t& size) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    const int got = SSL_read(static_cast<SSL*>(ssl_), into.data(), static_cast<int>(into.size()));
    if (got <= 0) return answer_of(got);
    size = static_cast<std::size_t>(got);
    return Answer::some;
  }
  for (;;) {
    const ssize_t got = recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0) {
      size = static_cast<std::size_t>(got);
      return Answer::some;
    }
    if (got < 0 && errno == EINTR) continue;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Answer::wait_read : Answer::ended;
  }
}

Transport::Answer Transport::write(std::string_view bytes, std::size_t& size) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    const int put = SSL_write(static_cast<SSL*>(ssl_), bytes.data(),
                              static_cast<int>(std::min<std::size_t>(bytes.size(), 1u << 20)));
    if (put <= 0) return answer_of(put);
    size = static_cast<std::size_t>(put);
    return Answer::some;
  }
  for (;;) {
    const ssize_t put = send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) {
      size = static_cast<std::size_t>(put);
      return Answer::some;
    }
    if (put < 0 && errno == EINTR) continue;
    return put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Answer::wait_write : Answer::ended;
  }
}

void Transport::shut() {
  if (ssl_ != nullptr) SSL_shutdown(static_cast<SSL*>(ssl_));
  shutdown(fd_, SHUT_WR);
}

}  // namespace staunch
