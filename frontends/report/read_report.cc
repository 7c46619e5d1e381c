#include "frontends/report/read_report.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "frontends/report/foreign.h"
#include "frontends/report/members.h"
#include "frontends/report/merge.h"

namespace staunch {
namespace {

enum class Kind { jsonl, gitleaks, trufflehog, sarif };

constexpr std::size_t kPeekBytes = 1u << 16;

// Reads on until `text` has `enough` bytes or, with `line`, its first line.
Status read_on(int fd, const std::string& name, std::string& text, std::size_t enough, bool line) {
  while (text.size() < enough && !(line && text.find('\n') != text.npos)) {
    const std::size_t begin = text.size();
    text.resize(std::min(enough, begin + kPeekBytes));
    ssize_t n = 0;
    do n = ::read(fd, text.data() + begin, text.size() - begin);
    while (n < 0 && errno == EINTR);
    const int code = errno;
    text.resize(begin + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n < 0) return Error{std::string("cannot read: ") + std::strerror(code), name};
    if (n == 0) break;
  }
  return Done{};
}

// What a report is that begins so: its first line, or as much of it as was read.
Result<Kind> kind_of(std::string_view text, const std::string& name) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == text.npos) return Error{"this is no report: there is nothing in it", name};
  const std::string_view start = text.substr(first);
  if (start.front() == '[' || start.starts_with("null")) return Kind::gitleaks;
  if (start.front() != '{')
    return Error{"this is no report: neither jsonl, nor SARIF, nor the JSON of gitleaks or trufflehog", name + ":1"};
  if (start.starts_with("{\"type\"")) return Kind::jsonl;
  const std::string_view line = start.substr(0, start.find('\n'));
  if (too_deep(line, kMaxForeignNesting)) return Error{"brackets are nested too deep", name + ":1"};
  const Json object = Json::parse(line, nullptr, false);
  if (object.is_object()) {
    if (object.contains("type")) return Kind::jsonl;
    if (object.contains("DetectorName") || object.contains("level")) return Kind::trufflehog;
  } else if (line.find("\"DetectorName\"") != line.npos) {  // a line that is longer than what was read
    return Kind::trufflehog;
  }
  return Kind::sarif;
}

Result<Totals> read_one(ReadJsonl& from, Sink& sink) {
  if (const Status read = read_on(from.fd, from.name, from.begun, kPeekBytes, true); !read) return read.error();
  const auto kind = kind_of(from.begun, from.name);
  if (!kind) return kind.error();
  if (*kind == Kind::jsonl) return read_jsonl(from, sink);
  if (*kind == Kind::trufflehog) return read_trufflehog(from, sink);
  if (const Status read = read_on(from.fd, from.name, from.begun, kMaxForeignBytes + 1, false); !read)
    return read.error();
  if (from.begun.size() > kMaxForeignBytes)
    return Error{fmt::format("the report is larger than {} bytes", kMaxForeignBytes), from.name};
  std::string_view text = from.begun;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return *kind == Kind::gitleaks ? read_gitleaks(from, text, sink) : read_sarif(from, text, sink);
}

// Of one report, whether it can go to its sink as it is read.
bool streams(const ReadJsonl& only) {
  const auto kind = kind_of(only.begun, only.name);
  return kind && *kind == Kind::jsonl;
}

}  // namespace

Result<Totals> read_reports(const ReadReports& from, Sink& sink) {
  Merge merge(from.read_back, from.fingerprint_key, from.redaction);
  for (const ReportFile& file : from.files) {
    ReadJsonl one{file.fd, file.name, from.catalogue, from.read_back, from.suppressed, {}};
    if (const Status read = read_on(one.fd, one.name, one.begun, kPeekBytes, true); !read) return read.error();
    if (from.files.size() == 1 && streams(one)) return read_jsonl(one, sink);
    const auto totals = read_one(one, merge);
    if (!totals) return totals.error();
    if (const Status kept = merge.finish(*totals); !kept) return kept.error();
  }
  merge.tell(sink);
  return merge.totals();
}

}  // namespace staunch
