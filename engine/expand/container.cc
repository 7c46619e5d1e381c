// What an item is, told by its first bytes and never by its name.
//
// A text must not be taken for a container, so a magic made of letters is not enough: bzip2, ar, cpio, tar and pyc
// headers are read as far as their fixed parts go. Self-extracting programs, which are archives from the end, are left
// to the raw scan.
#include "engine/expand/container.h"

#include <algorithm>
#include <array>

#include "engine/expand/archive.h"

namespace staunch {
namespace {

using namespace std::string_view_literals;

std::uint64_t little(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr auto kOctal = "01234567"sv;
constexpr auto kHex = "0123456789abcdefABCDEF"sv;

// "BZh1" to "BZh9", then the magic of a block or of the end of an empty file.
bool is_bzip2(std::string_view head) {
  if (head.size() < 10 || !head.starts_with("BZh") || head[3] < '1' || head[3] > '9') return false;
  const std::string_view block = head.substr(4, 6);
  return block == "1AY&SY"sv || block == "\x17\x72\x45\x38\x50\x90"sv;
}

// The three reserved flags must be unset.
bool is_gzip(std::string_view head) {
  return head.size() >= 10 && head.starts_with("\x1f\x8b\x08"sv) && (head[3] & 0xe0) == 0;
}

// .lzma has no magic: the properties byte that every encoder writes, a dictionary of 4 KiB to 256 MiB that is a power
// of two, a size below 1 TiB or unknown, and the zero with which the data begins.
bool is_lzma(std::string_view head) {
  if (head.size() < 14 || head[0] != 0x5d) return false;
  const std::uint64_t dictionary = little(head.substr(1, 4)), size = little(head.substr(5, 8));
  return dictionary >= 4096 && dictionary <= (256u << 20) && (dictionary & (dictionary - 1)) == 0 &&
         (size == ~0ull || size < 1ull << 40) && head[13] == 0;
}

// Each header ends in "`\n".
bool is_ar(std::string_view head) {
  return head.starts_with("!<arch>\n") && (head.size() == 8 || (head.size() >= 68 && head.substr(66, 2) == "`\n"));
}

bool is_cpio(std::string_view head) {
  if (head.starts_with("070707")) return head.size() > 76 && all_of(head.substr(6, 70), kOctal);
  const bool hex = head.starts_with("070701") || head.starts_with("070702");
  return hex && head.size() > 110 && all_of(head.substr(6, 104), kHex);
}

// A tar header of any age holds the sum of its bytes, its own field counted as blanks.
bool is_tar(std::string_view head) {
  constexpr std::size_t kHeader = 512, kSum = 148, kSumSize = 8;
  if (head.size() < kHeader || head[0] == 0) return false;
  const std::string_view digits = head.substr(kSum, kSumSize);
  const std::size_t first = std::min(digits.find_first_not_of(' '), kSumSize);
  std::size_t at = first;
  std::int64_t stated = 0, as_unsigned = ' ' * kSumSize, as_signed = as_unsigned;
  for (; at < kSumSize && digits[at] >= '0' && digits[at] <= '7'; ++at) stated = stated * 8 + (digits[at] - '0');
  if (at == first || (at < kSumSize && digits[at] != 0 && digits[at] != ' ')) return false;
  for (std::size_t i = 0; i < kHeader; ++i) {
    if (i >= kSum && i < kSum + kSumSize) continue;
    as_unsigned += static_cast<unsigned char>(head[i]);
    as_signed += static_cast<signed char>(head[i]);
  }
  return stated == as_unsigned || stated == as_signed;
}

// Magic numbers of CPython 3.6 to 3.13 (Lib/importlib/_bootstrap_external.py of each), the flags that PEP 552 defines,
// and a code object, which all of these begin with.
bool is_pyc(std::string_view head) {
  if (head.size() < 17 || head.substr(2, 2) != "\r\n") return false;
  const std::uint64_t magic = little(head.substr(0, 2));
  if (magic < 3379 || magic > 3571) return false;
  const bool flags = magic >= 3392;
  return (!flags || little(head.substr(4, 4)) <= 3) && (head[flags ? 16 : 12] & 0x7f) == 'c';
}

struct Magic {
  std::string_view bytes;
  ArchiveFormat format;
};

constexpr std::array kMagics = {
    Magic{"PK\3\4"sv, ArchiveFormat::zip},
    Magic{"PK\5\6"sv, ArchiveFormat::zip},  // without a member
    Magic{"PK\7\10"sv, ArchiveFormat::zip},
    Magic{"7z\xbc\xaf\x27\x1c"sv, ArchiveFormat::seven_zip},
    Magic{"\xfd"
          "7zXZ\0"sv,
          ArchiveFormat::xz},
    Magic{"\x28\xb5\x2f\xfd"sv, ArchiveFormat::zstd},
};

struct Look {
  bool (*is)(std::string_view);
  ArchiveFormat format;
};

constexpr std::array kLooks = {
    Look{is_gzip, ArchiveFormat::gzip}, Look{is_bzip2, ArchiveFormat::bzip2}, Look{is_ar, ArchiveFormat::ar},
    Look{is_cpio, ArchiveFormat::cpio}, Look{is_lzma, ArchiveFormat::lzma},   Look{is_tar, ArchiveFormat::tar},
};

}  // namespace

ArchiveFormat format_of(std::string_view head) {
  for (const Magic& magic : kMagics)
    if (head.starts_with(magic.bytes)) return magic.format;
  for (const Look& look : kLooks)
    if (look.is(head)) return look.format;
  return ArchiveFormat::none;
}

Container container_of(std::string_view head) {
  if (head.starts_with("SQLite format 3\0"sv)) return Container::sqlite;
  if (is_pyc(head)) return Container::pyc;
  return format_of(head) == ArchiveFormat::none ? Container::none : Container::archive;
}

}  // namespace staunch
