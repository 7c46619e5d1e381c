// A CSV file (RFC 4180) with a head, as a list of tables by the words of the head.
#include <fmt/format.h>

#include <utility>

#include "rules/import_formats.h"
#include "rules/reader.h"

namespace staunch {
namespace {

struct Cell {
  std::string text;
  Spot spot;
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  bool done() const { return at_ >= text_.size(); }

  std::vector<Cell> row() {
    std::vector<Cell> cells;
    do cells.push_back(cell());
    while (take(','));
    take('\r');
    take('\n');
    return cells;
  }

 private:
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    if (c == '\n') ++line_, line_start_ = at_ + 1;
    ++at_;
    return true;
  }

  Cell cell() {
    Cell out;
    out.spot = {line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)};
    if (take('"')) {
      while (!done()) {
        if (text_[at_] == '"') {
          ++at_;
          if (done() || text_[at_] != '"') break;  // not a quote that was doubled
        }
        if (text_[at_] == '\n') ++line_, line_start_ = at_ + 1;
        out.text += text_[at_++];
      }
    }
    while (!done() && text_[at_] != ',' && text_[at_] != '\n' && text_.substr(at_, 2) != "\r\n")
      out.text += text_[at_++];
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0, line_start_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

TomlValue csv_as_tree(std::string_view text, Reading& reading) {
  TomlValue list{{1, 1}, TomlArray()};
  if (text.size() > kMaxRuleFileBytes) {
    reading.error({}, fmt::format("the file has {} bytes; a rule file has at most {}", text.size(), kMaxRuleFileBytes));
    return list;
  }
  CsvReader csv(text);
  const std::vector<Cell> head = csv.row();
  auto& rows = std::get<TomlArray>(list.is);
  for (std::size_t values = 0; !csv.done();) {
    std::vector<Cell> cells = csv.row();
    if (cells.size() == 1 && cells[0].text.empty()) continue;
    if ((values += cells.size()) > kMaxTomlValues) {
      reading.error(cells[0].spot, fmt::format("more than {} values", kMaxTomlValues));
      break;
    }
    if (cells.size() != head.size())
      reading.warning(cells[0].spot, fmt::format("{} cells under a head of {}", cells.size(), head.size()));
    TomlTable table;
    const Spot spot = cells[0].spot;
    for (std::size_t i = 0; i < cells.size() && i < head.size(); ++i)
      table.push_back({head[i].text, cells[i].spot, {cells[i].spot, std::move(cells[i].text)}});
    rows.push_back({spot, std::move(table)});
  }
  return list;
}

}  // namespace staunch
