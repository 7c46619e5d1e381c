#include "engine/expand/sqlite_pages.h"

#include <algorithm>
#include <array>

namespace staunch {
namespace {

constexpr std::size_t kMinUsable = 480;

}  // namespace

std::uint32_t sqlite_number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::optional<std::uint64_t> take_sqlite_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 8 || byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return i == 8 ? value << 8 | byte : value << 7 | byte;
    }
    value = value << 7 | (byte & 0x7f);
  }
  return {};
}

bool SqlitePages::open() {
  std::array<char, 100> header;
  if (!read(0, header)) return false;
  const std::string_view bytes(header.data(), header.size());
  page_size_ = sqlite_number(bytes, 16, 2) == 1 ? 65536 : sqlite_number(bytes, 16, 2);
  const std::uint32_t reserved = sqlite_number(bytes, 20, 1);
  if (page_size_ < 512 || (page_size_ & (page_size_ - 1)) != 0 || page_size_ - reserved < kMinUsable) return false;
  usable_ = page_size_ - reserved;
  const std::uint32_t encoding = sqlite_number(bytes, 56, 4);
  encoding_ = encoding == 2 ? SqliteEncoding::utf16le : encoding == 3 ? SqliteEncoding::utf16be : SqliteEncoding::utf8;
  count_ = std::min<std::uint64_t>((size_ + page_size_ - 1) / page_size_, 0xffff'fffe);
  stated_ = sqlite_number(bytes, 28, 4);
  visited_.assign(count_ + 1, false);
  return true;
}

bool SqlitePages::claim(std::uint64_t number) {
  if (number == 0 || number > count_ || visited_[number]) return false;
  visited_[number] = true;
  return true;
}

bool SqlitePages::load(std::uint64_t number, std::string& into) {
  into.resize(page_size_);
  if (!read(begin_of(number), into)) return false;
  into.resize(usable_);
  return true;
}

bool SqlitePages::read(std::uint64_t at, std::span<char> into) {
  std::size_t size = 0;
  while (size < into.size() && !error_) {
    const Result<std::size_t> got = content_.read_at(at + size, into.subspan(size));
    if (!got) error_ = got.error();
    if (!got || *got == 0) return false;
    size += *got;
  }
  return !error_;
}

SqliteFragment SqlitePayload::take(std::uint64_t most) {
  most = std::min(most, left_);
  if (most == 0) return {};
  if (rest_.bytes.empty() && !next_page()) return {};
  const SqliteFragment taken{rest_.at, rest_.bytes.substr(0, most)};
  rest_.bytes.remove_prefix(taken.bytes.size());
  rest_.at += taken.bytes.size();
  left_ -= taken.bytes.size();
  return taken;
}

bool SqlitePayload::pass_over(std::uint64_t size) {
  while (size > 0) {
    const std::size_t taken = take(size).bytes.size();
    if (taken == 0) return false;
    size -= taken;
  }
  return true;
}

bool SqlitePayload::next_page() {
  const std::uint32_t number = overflow_;
  if (!pages_.claim(number) || !pages_.load(number, page_)) return false;
  overflow_ = sqlite_number(page_, 0, 4);
  rest_ = {pages_.begin_of(number) + 4, std::string_view(page_).substr(4)};
  return true;
}

}  // namespace staunch
