// The texts of an SQLite database, read from its pages (https://www.sqlite.org/fileformat2.html).
//
// A row of a table is a record in a leaf of the table's b-tree; a record that is too large for its page goes on in a
// chain of overflow pages, so a token may be cut in two. Every page is visited at most once, which makes hostile
// pointers harmless, and one page is in memory at a time, besides the numbers of those still to come. In a damaged
// file, leaves are also read that nothing leads to any more, without the names of their columns.
//
// The limits: free pages, cells that were deleted and write-ahead logs are left to the raw scan; indexes repeat what
// the tables hold. A table without a rowid keeps its columns in another order, so they have no names here. A text is
// read up to kMaxText; a blob is a text where its beginning is printable.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/copy_parts.h"
#include "engine/expand/sqlite_pages.h"
#include "engine/expand/sqlite_schema.h"
#include "engine/expand/sqlite_text.h"

namespace staunch {
namespace {

constexpr std::uint64_t kMaxText = 16u << 20;
constexpr std::uint64_t kMaxRecordHead = 256u << 10;  // SQLite allows 32,767 columns
constexpr std::size_t kBlobLook = 64;

// Kinds of pages.
constexpr char kIndexInterior = 2, kTableInterior = 5, kIndexLeaf = 10, kTableLeaf = 13;

std::uint64_t value_bytes(std::uint64_t serial_type) {
  constexpr std::array<std::uint64_t, 12> kFixed = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
  return serial_type < kFixed.size() ? kFixed[serial_type] : (serial_type - 12) / 2;
}

bool is_printable(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
  });
}

class SqliteRecords {
 public:
  SqliteRecords(const Content& content, std::uint64_t size, const OnExpansion& on_expansion)
      : pages_(content, size), parts_(on_expansion) {}

  std::vector<Note> expand(const std::string& path) {
    if (!pages_.open()) return {{path, pages_.error() ? could_not_read() : "damaged: no SQLite header"}};
    std::vector<SqliteTable> tables;
    walk(1, {}, [&](SqlitePayload& payload) { read_schema_row(payload, tables); });
    for (const SqliteTable& table : tables) walk(table.root, table.columns, {});
    if (problems_ > 0) salvage();
    parts_.flush();
    return notes(path);
  }

 private:
  using OnRecord = std::function<void(SqlitePayload&)>;

  std::string could_not_read() const { return "could not be read: " + to_string(*pages_.error()); }

  std::vector<Note> notes(const std::string& path) const {
    std::vector<Note> notes;
    if (pages_.error()) return {{path, could_not_read()}};
    if (problems_ > 0)
      notes.push_back({path, fmt::format("damaged: {} pages or records of the database could not be followed, the "
                                         "first at offset {}",
                                         problems_, first_problem_)});
    else if (pages_.cut()) notes.push_back({path, "damaged: the database ends before its last page"});
    if (cut_texts_ > 0)
      notes.push_back(
          {path, fmt::format("{} texts in the database are longer than {} bytes: cut there", cut_texts_, kMaxText)});
    return notes;
  }

  void problem(std::uint64_t at) {
    if (problems_++ == 0) first_problem_ = at;
  }

  // All records of the b-tree at `root`; to `on_record`, or into the copy where there is none.
  void walk(std::uint64_t root, const std::vector<std::string>& columns, const OnRecord& on_record) {
    std::vector<std::uint32_t> to_come;
    if (!claim(root, 0, to_come)) return;
    std::string page;
    while (!to_come.empty() && !pages_.error()) {
      const std::uint32_t number = to_come.back();
      to_come.pop_back();
      if (!pages_.load(number, page)) {
        problem(pages_.begin_of(number));
        continue;
      }
      read_page(number, page, columns, on_record, to_come);
    }
  }

  // Leaves that nothing leads to any more, because the pages above them are broken.
  void salvage() {
    const std::uint64_t problems = problems_;
    std::string page;
    std::vector<std::uint32_t> none;
    for (std::uint64_t number = 1; number <= pages_.count() && !pages_.error(); ++number) {
      if (pages_.visited(number) || !pages_.load(number, page) || page[number == 1 ? 100 : 0] != kTableLeaf) continue;
      if (pages_.claim(number)) read_page(static_cast<std::uint32_t>(number), page, {}, {}, none);
    }
    problems_ = problems;
  }

  bool claim(std::uint64_t number, std::uint64_t from, std::vector<std::uint32_t>& to_come) {
    if (!pages_.claim(number)) return problem(from), false;
    to_come.push_back(static_cast<std::uint32_t>(number));
    return true;
  }

  void read_page(std::uint32_t number, std::string_view page, const std::vector<std::string>& columns,
                 const OnRecord& on_record, std::vector<std::uint32_t>& to_come) {
    const std::uint64_t begin = pages_.begin_of(number);
    const std::size_t header = number == 1 ? 100 : 0;
    const char type = page[header];
    if (type != kIndexInterior && type != kTableInterior && type != kIndexLeaf && type != kTableLeaf)
      return problem(begin);
    const bool interior = type == kIndexInterior || type == kTableInterior;
    const bool table = type == kTableInterior || type == kTableLeaf;
    const std::size_t pointers = header + (interior ? 12 : 8), cells = sqlite_number(page, header + 3, 2);
    // The children are taken from the back: those on the right wait.
    if (interior) claim(sqlite_number(page, header + 8, 4), begin, to_come);
    if (pointers + 2 * cells > page.size()) return problem(begin);
    const std::size_t first_child = to_come.size();
    std::size_t room = page.size();  // cells that share their bytes would make much of little
    for (std::size_t i = 0; i < cells && !pages_.error(); ++i) {
      std::size_t at = sqlite_number(page, pointers + 2 * i, 2);
      if (at + 4 > page.size()) {
        problem(begin);
        continue;
      }
      if (interior) claim(sqlite_number(page, at, 4), begin + at, to_come);
      if (interior) at += 4;
      if (type == kTableInterior) continue;
      const std::size_t used = read_cell(page, begin, at, table, columns, on_record);
      if (used > room) {
        problem(begin);
        break;
      }
      room -= used;
    }
    std::reverse(to_come.begin() + static_cast<std::ptrdiff_t>(first_child), to_come.end());
  }

  // The number of the payload's bytes in the page.
  std::size_t read_cell(std::string_view page, std::uint64_t page_at, std::size_t at, bool table,
                        const std::vector<std::string>& columns, const OnRecord& on_record) {
    std::string_view rest = page.substr(at);
    const auto size = take_sqlite_varint(rest);
    if (!size || (table && !take_sqlite_varint(rest))) return problem(page_at + at), 0;
    const std::uint64_t local = local_bytes(*size, table);
    const bool overflows = local < *size;
    if (local + (overflows ? 4 : 0) > rest.size()) return problem(page_at + at), 0;
    const SqliteFragment here{page_at + (page.size() - rest.size()), rest.substr(0, local)};
    SqlitePayload payload(pages_, here, *size, overflows ? sqlite_number(rest, local, 4) : 0);
    if (on_record) on_record(payload);
    else if (!read_record(payload, columns)) problem(page_at + at);
    return local;
  }

  // How much of a payload stands in the cell itself; the names are those of the format's description.
  std::uint64_t local_bytes(std::uint64_t size, bool table) const {
    const std::uint64_t u = pages_.usable();
    const std::uint64_t x = table ? u - 35 : (u - 12) * 64 / 255 - 23;
    if (size <= x) return size;
    const std::uint64_t m = (u - 12) * 32 / 255 - 23;
    const std::uint64_t k = m + (size - m) % (u - 4);
    return k <= x ? k : m;
  }

  // The serial types of a record's values; nothing where they cannot be read.
  static std::optional<std::vector<std::uint64_t>> read_head(SqlitePayload& payload) {
    std::string head(payload.take(1).bytes);
    std::optional<std::uint64_t> size;
    for (std::string_view view = head; !(size = take_sqlite_varint(view)); view = head) {
      const SqliteFragment more = payload.take(1);
      if (more.bytes.empty()) return {};
      head += more.bytes;
    }
    const std::size_t own = head.size();
    if (*size < own || *size > kMaxRecordHead) return {};
    while (head.size() < *size) {
      const SqliteFragment more = payload.take(*size - head.size());
      if (more.bytes.empty()) return {};
      head += more.bytes;
    }
    std::vector<std::uint64_t> types;
    for (std::string_view rest = std::string_view(head).substr(own); !rest.empty();) {
      const auto type = take_sqlite_varint(rest);
      if (!type) return {};
      types.push_back(*type);
    }
    return types;
  }

  bool read_record(SqlitePayload& payload, const std::vector<std::string>& columns) {
    const auto types = read_head(payload);
    if (!types) return false;
    for (std::size_t i = 0; i < types->size(); ++i) {
      const std::uint64_t type = (*types)[i], size = value_bytes(type);
      if (size == 0) continue;
      const std::string_view name = i < columns.size() ? std::string_view(columns[i]) : std::string_view();
      if (!(type < 12 ? payload.pass_over(size) : read_value(payload, size, type % 2 == 1, name))) return false;
    }
    return true;
  }

  // A text or a blob.
  bool read_value(SqlitePayload& payload, std::uint64_t size, bool is_text, std::string_view name) {
    SqliteFragment fragment = payload.take(size);
    if (fragment.bytes.empty()) return false;
    if (!is_text && !is_printable(fragment.bytes.substr(0, kBlobLook)))
      return payload.pass_over(size - fragment.bytes.size());
    if (!name.empty()) parts_.add_own(fmt::format("{} = ", name), fragment.at);
    SqliteTextWriter writer(parts_, is_text ? pages_.encoding() : SqliteEncoding::utf8);
    std::uint64_t left = size, room = kMaxText;
    while (!fragment.bytes.empty()) {
      left -= fragment.bytes.size();
      fragment.bytes = fragment.bytes.substr(0, room);
      room -= fragment.bytes.size();
      writer.add(fragment);
      fragment = payload.take(left);
    }
    writer.end();
    parts_.end_text();
    if (size > kMaxText) ++cut_texts_;
    return left == 0;
  }

  // type, name, tbl_name, rootpage, sql.
  void read_schema_row(SqlitePayload& payload, std::vector<SqliteTable>& tables) {
    const auto types = read_head(payload);
    if (!types || types->size() < 5) return problem(0);
    std::array<std::string, 5> values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint64_t size = value_bytes((*types)[i]);
      if (size > kMaxRecordHead) return problem(0);
      while (values[i].size() < size) {
        const SqliteFragment more = payload.take(size - values[i].size());
        if (more.bytes.empty()) return problem(0);
        values[i] += more.bytes;
      }
    }
    if (as_utf8(values[0]) != "table" || (*types)[3] > 9) return;
    const std::uint64_t root = (*types)[3] == 9       ? 1
                               : values[3].size() > 4 ? 0
                                                      : sqlite_number(values[3], 0, values[3].size());
    if (root == 0) return;  // of a virtual table
    tables.push_back({root, columns_of(as_utf8(values[4]))});
  }

  std::string as_utf8(std::string_view text) const {
    if (pages_.encoding() == SqliteEncoding::utf8) return std::string(text);
    Expansion copy;
    const OnExpansion keep = [&](Expansion&& part) { copy = std::move(part); };
    CopyParts parts(keep);
    SqliteTextWriter writer(parts, pages_.encoding());
    writer.add({0, text});
    writer.end();
    parts.flush();
    return copy.text;
  }

  SqlitePages pages_;
  CopyParts parts_;
  std::uint64_t problems_ = 0, first_problem_ = 0, cut_texts_ = 0;
};

}  // namespace

std::vector<Note> expand_sqlite(const Content& content, std::uint64_t size, const std::string& path,
                                const OnExpansion& on_expansion) {
  return SqliteRecords(content, size, on_expansion).expand(path);
}

}  // namespace staunch
