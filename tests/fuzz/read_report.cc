// Any bytes as a report of any kind, by themselves and merged with themselves: refused, or a jsonl report that reads
// back as the same bytes, with as many findings once as twice.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "frontends/report/read_report.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;
using namespace staunch::test;

std::optional<std::string> convert(std::string_view report, int copies, ReportFormat format) {
  const int out = file_of({});
  Catalogue catalogue;
  const auto suppressed = std::make_shared<Suppressed>();
  const auto read_back = std::make_shared<ReadBack>();
  ReportOptions options;
  options.suppressed = suppressed;
  options.read_back = read_back;
  const auto sink = make_report(format, options, Writer::to_fd(out, "out"));
  ReadReports from{{}, "", {}, catalogue, *read_back, *suppressed};
  for (int i = 0; i < copies; ++i) from.files.push_back({file_of(report), "in"});
  const auto totals = read_reports(from, *sink);
  std::optional<std::string> text;
  if (totals) {
    demand(sink->finish(*totals).ok());
    text = content_of(out);
  }
  for (const ReportFile& file : from.files) ::close(file.fd);
  ::close(out);
  return text;
}

std::size_t findings(std::string_view jsonl) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = jsonl.find("\n{\"type\":\"finding\"", at)) != jsonl.npos; ++at) ++n;
  return n;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto once = convert(bytes, 1, ReportFormat::jsonl), twice = convert(bytes, 2, ReportFormat::jsonl);
  demand(once.has_value() == twice.has_value());
  if (!once) return 0;
  demand(findings(*once) == findings(*twice));
  demand(convert(*once, 1, ReportFormat::jsonl) == once);
  demand(convert(bytes, 2, ReportFormat::sarif) && convert(bytes, 2, ReportFormat::html));
  return 0;
}
