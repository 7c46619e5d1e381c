// The pages of an SQLite database and the payloads of its cells (https://www.sqlite.org/fileformat2.html).
//
// Every page is given at most once, which makes hostile pointers harmless, and none is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/content.h"
#include "engine/result.h"

namespace staunch {

enum class SqliteEncoding : std::uint8_t { utf8 = 1, utf16le = 2, utf16be = 3 };

// The number that the `size` bytes at `at` are, most significant first; they must be there.
std::uint32_t sqlite_number(std::string_view bytes, std::size_t at, std::size_t size);
// A varint of one to nine bytes from the front of `bytes`; nothing where it is cut.
std::optional<std::uint64_t> take_sqlite_varint(std::string_view& bytes);

// Bytes of a record's payload and where they stand in the file.
struct SqliteFragment {
  std::uint64_t at = 0;
  std::string_view bytes;
};

// Pages are numbered from 1.
class SqlitePages {
 public:
  SqlitePages(const Content& content, std::uint64_t size) : content_(content), size_(size) {}

  // Reads the file's header; false where it is none.
  bool open();

  // Whether page `number` exists and was not asked for before.
  bool claim(std::uint64_t number);

  // The page's bytes without the reserved ones; false where they cannot be had.
  bool load(std::uint64_t number, std::string& into);

  bool visited(std::uint64_t number) const { return visited_[number]; }
  std::uint64_t count() const { return count_; }
  std::uint64_t begin_of(std::uint64_t number) const { return (number - 1) * page_size_; }
  std::uint32_t usable() const { return usable_; }
  SqliteEncoding encoding() const { return encoding_; }
  bool cut() const { return stated_ > count_ || size_ % page_size_ != 0; }
  const std::optional<Error>& error() const { return error_; }

 private:
  bool read(std::uint64_t at, std::span<char> into);

  const Content& content_;
  std::uint64_t size_, count_ = 0;
  std::uint32_t page_size_ = 0, usable_ = 0, stated_ = 0;
  SqliteEncoding encoding_ = SqliteEncoding::utf8;
  std::vector<bool> visited_;
  std::optional<Error> error_;
};

// A record's bytes from its beginning to its end, over its overflow pages.
class SqlitePayload {
 public:
  // `local` is what stands in the cell; `size` bytes in all, the rest from page `overflow` on.
  SqlitePayload(SqlitePages& pages, SqliteFragment local, std::uint64_t size, std::uint32_t overflow)
      : pages_(pages), rest_(local), left_(size), overflow_(overflow) {}

  // The next bytes, at most `most`, good until the next call; empty at the end or where the chain is broken.
  SqliteFragment take(std::uint64_t most);
  // False where there are not so many.
  bool pass_over(std::uint64_t size);

 private:
  bool next_page();

  SqlitePages& pages_;
  SqliteFragment rest_;
  std::uint64_t left_;
  std::uint32_t overflow_;
  std::string page_;
};

}  // namespace staunch
