#include "hooks/respond/sealed_report.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/secret.h"
#include "frontends/report/small_file.h"
#include "hooks/respond/files.h"
#include "hooks/respond/policy.h"

namespace staunch {
namespace {

constexpr std::string_view kMagic = "staunch sealed report 1\n";
constexpr std::size_t kMaxKeyFile = 4096;

using Key = std::array<unsigned char, crypto_box_PUBLICKEYBYTES>;
static_assert(crypto_box_PUBLICKEYBYTES == crypto_box_SECRETKEYBYTES);

bool read_key(std::string_view hex, Key& key) {
  std::size_t got = 0;
  return hex.size() == key.size() * 2 &&
         sodium_hex2bin(key.data(), key.size(), hex.data(), hex.size(), nullptr, &got, nullptr) == 0 &&
         got == key.size();
}

// Wiped when it is freed.
struct Bytes {
  std::string text;
  ~Bytes() { sodium_memzero(text.data(), text.size()); }
};

Status read_all(int fd, std::string& text) {
  text.reserve(1u << 20);
  for (char buffer[16384];;) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{fmt::format("cannot read: {}", std::strerror(errno)), ""};
    if (got == 0) return Done{};
    if (text.size() + static_cast<std::size_t>(got) > kMaxSealedBytes + kMagic.size() + crypto_box_SEALBYTES)
      return Error{fmt::format("the report is larger than {} bytes", kMaxSealedBytes), ""};
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

unsigned char* bytes(std::string& text, std::size_t at = 0) {
  return reinterpret_cast<unsigned char*>(text.data() + at);
}

}  // namespace

bool is_public_key(const std::string& hex) {
  Key key;
  return read_key(hex, key);
}

Status seal_report(int from, const std::string& to, const std::string& public_key) {
  Key key;
  if (sodium_init() < 0 || !read_key(public_key, key)) return Error{"the public key is 64 hex digits", "--seal-to"};
  Bytes report;
  if (const Status read = read_all(from, report.text); !read) return read;
  std::string sealed(kMagic);
  sealed.resize(kMagic.size() + report.text.size() + crypto_box_SEALBYTES);
  if (crypto_box_seal(bytes(sealed, kMagic.size()), bytes(report.text), report.text.size(), key.data()) != 0)
    return Error{"cannot be sealed to this key", "--seal-to"};
  return write_file(to, sealed);
}

bool is_sealed_report(int fd) {
  std::array<char, kMagic.size()> first{};
  return pread(fd, first.data(), first.size(), 0) == static_cast<ssize_t>(first.size()) &&
         std::string_view(first.data(), first.size()) == kMagic;
}

Result<int> open_sealed_report(int fd, const std::string& key_file) {
  if (key_file.empty()) return Error{"the report is sealed: --unseal names the private key's file", ""};
  if (const Status trusted = check_trusted_file(key_file); !trusted) return trusted.error();
  const auto hex = read_small_file(key_file, kMaxKeyFile);
  if (!hex) return hex.error();
  Key hidden, open;
  const bool read = sodium_init() >= 0 && read_key(trimmed(hex->substr(0, hex->find('\n'))), hidden);
  if (!read || crypto_scalarmult_base(open.data(), hidden.data()) != 0)
    return Error{"a private key is 64 hex digits", key_file};
  std::string sealed;
  if (const Status all = read_all(fd, sealed); !all) return all.error();
  if (sealed.size() < kMagic.size() + crypto_box_SEALBYTES) return Error{"the sealed report is cut off", ""};
  Bytes report;
  report.text.resize(sealed.size() - kMagic.size() - crypto_box_SEALBYTES);
  const bool opened = crypto_box_seal_open(bytes(report.text), bytes(sealed, kMagic.size()),
                                           sealed.size() - kMagic.size(), open.data(), hidden.data()) == 0;
  sodium_memzero(hidden.data(), hidden.size());
  if (!opened) return Error{"the report was sealed to another key, or is damaged", key_file};
  const int memory = memfd_create("report", MFD_CLOEXEC);
  std::string_view rest = report.text;
  while (memory >= 0 && !rest.empty()) {
    const ssize_t wrote = write(memory, rest.data(), rest.size());
    if (wrote < 0 && errno != EINTR) break;
    if (wrote > 0) rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (memory < 0 || !rest.empty() || lseek(memory, 0, SEEK_SET) != 0) {
    if (memory >= 0) close(memory);
    return Error{"there is no memory for the report", ""};
  }
  return memory;
}

}  // namespace staunch
