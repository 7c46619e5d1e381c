// Any bytes as a jsonl report: it is refused or becomes a report in every format, of which jsonl read back once more is
// the same bytes, XML has no character that XML cannot hold, and CSV none that a terminal obeys. Nothing ends the data
// of the HTML page, and Markdown fits in a comment.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "frontends/report/read_jsonl.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;
using namespace staunch::test;

// Nothing where it is refused.
std::optional<std::string> convert(std::string_view jsonl, ReportFormat format, bool show_secrets) {
  const int in = file_of(jsonl), out = file_of({});
  Catalogue catalogue;
  const auto suppressed = std::make_shared<Suppressed>();
  const auto read_back = std::make_shared<ReadBack>();
  ReportOptions options;
  options.show_secrets = show_secrets;
  options.suppressed = suppressed;
  options.read_back = read_back;
  const auto sink = make_report(format, options, Writer::to_fd(out, "out"));
  const auto totals = read_jsonl({in, "in", catalogue, *read_back, *suppressed}, *sink);
  std::optional<std::string> text;
  if (totals) {
    demand(sink->finish(*totals).ok());
    text = content_of(out);
  }
  ::close(in);
  ::close(out);
  return text;
}

bool has_controls(std::string_view text, std::string_view allowed) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 || c == 0x7f) && allowed.find(c) == allowed.npos) return true;
  return false;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++n;
  return n;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const bool show = size % 2 == 1;
  const auto jsonl = convert(bytes, ReportFormat::jsonl, show);
  if (!jsonl) return 0;
  demand(convert(*jsonl, ReportFormat::jsonl, show) == jsonl);
  demand(!has_controls(*convert(bytes, ReportFormat::csv, show), "\t\r\n"));
  demand(!has_controls(*convert(bytes, ReportFormat::junit, show), "\n\t\x7f"));
  demand(!has_controls(*convert(bytes, ReportFormat::gitlab, show), "\n"));
  const std::string html = *convert(bytes, ReportFormat::html, show);
  demand(count(html, "</script") == 2 && count(html, "<!--") == 0);
  demand(convert(bytes, ReportFormat::markdown, show)->size() < 65536);
  demand(convert(bytes, ReportFormat::text, show) && convert(bytes, ReportFormat::sarif, show));
  return 0;
}
