#include "hooks/respond/audit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "frontends/report/small_file.h"
#include "hooks/respond/files.h"
#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxAudit = 1u << 30;
constexpr std::uint64_t kTailBytes = 1u << 20;  // no line of ours is longer

struct Head {
  std::uint64_t n = 0;
  std::string hash = "begin";
};

Head head_of(const Journal& journal) {
  Head head;
  if (const auto kept = journal.get("meta", "audit")) {
    head.n = number_at(*kept, "/n");
    head.hash = text_at(*kept, "/hash");
  }
  return head;
}

// What of the line is hashed: all before the member "hash".
std::string_view hashed_part(std::string_view line) { return line.substr(0, line.rfind(",\"hash\":")); }

// The end of the file, at least its last line; empty where there is no file.
Result<std::string> tail_of(const std::string& path, std::uint64_t& skipped) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) return std::string();
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return Error{"the audit cannot be read", path};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  skipped = size > kTailBytes ? size - kTailBytes : 0;
  std::string text(size - skipped, '\0');
  std::size_t got = 0;
  for (ssize_t more = 1; more > 0 && got < text.size(); got += static_cast<std::size_t>(std::max<ssize_t>(more, 0)))
    more = pread(fd, text.data() + got, text.size() - got, static_cast<off_t>(skipped + got));
  close(fd);
  if (got != text.size()) return Error{"the audit cannot be read", path};
  return text;
}

// A crash may leave a line without its end, or one line that the journal has not heard of.
Status mend_tail(const std::string& path, Head& head) {
  std::uint64_t skipped = 0;
  const auto text = tail_of(path, skipped);
  if (!text) return text.error();
  const std::size_t whole = text->rfind('\n') == std::string::npos ? 0 : text->rfind('\n') + 1;
  if (whole == 0 && skipped != 0) return Error{"the last line of the audit is too long to be ours", path};
  if (whole != text->size() && truncate(path.c_str(), static_cast<off_t>(skipped + whole)) != 0)
    return Error{"the cut-off last line of the audit cannot be removed", path};
  if (whole == 0) return Done{};
  const std::size_t before = text->rfind('\n', whole - 2);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const auto last = parse_json(std::string_view(*text).substr(begin, whole - 1 - begin));
  if (last && number_at(*last, "/n") == head.n + 1 && text_at(*last, "/prev") == head.hash)
    head = {head.n + 1, text_at(*last, "/hash")};
  return Done{};
}

}  // namespace

std::string audit_path(const Journal& journal) { return journal.folder() + "/audit.jsonl"; }

std::vector<Json> audit_lines(const Journal& journal) {
  std::vector<Json> all;
  const auto text = read_small_file(audit_path(journal), kMaxAudit);
  if (!text) return all;
  for (const std::string_view line : lines_of(*text))
    if (auto json = parse_json(line)) all.push_back(std::move(*json));
  return all;
}

Json Audit::masked(const Json& from) const {
  if (from.is_string()) return output_.safe(from.get<std::string>());
  if (!from.is_structured()) return from;
  Json to = from.is_array() ? Json::array() : Json::object();
  for (auto each = from.begin(); each != from.end(); ++each) {
    if (from.is_array()) to.push_back(masked(*each));
    else to[output_.safe(each.key())] = masked(*each);
  }
  return to;
}

Status Audit::add(std::string_view event, const Json& data) {
  Head head = head_of(journal_);
  const std::string path = audit_path(journal_);
  if (const Status mended = mend_tail(path, head); !mended) return mended;
  Json line = {
      {"n", head.n + 1}, {"at", rfc3339(now_seconds())}, {"event", event}, {"data", masked(data)}, {"prev", head.hash}};
  if (head.n == 0) line["key"] = journal_.sealer().public_key();
  std::string text = to_line(line);
  text.pop_back();
  const std::string hash = blake2b_hex(text);
  text += fmt::format(",\"hash\":\"{}\",\"sig\":\"{}\"}}\n", hash, journal_.sealer().sign(hash));
  if (const Status written = append_file(path, text); !written) return written;
  return journal_.put("meta", "audit", {{"n", head.n + 1}, {"hash", hash}});
}

std::string audit_head(const Journal& journal) {
  const Head head = head_of(journal);
  return fmt::format("{}:{}", head.n, head.hash);
}

std::vector<std::string> check_audit(const Journal& journal, const std::string& told) {
  std::vector<std::string> wrong;
  bool told_seen = told.empty();
  const Head head = head_of(journal);
  const auto text = read_small_file(audit_path(journal), kMaxAudit);
  if (!text) {
    if (head.n != 0) wrong.push_back(fmt::format("the audit is gone: {} lines are missing", head.n));
    return wrong;
  }
  Head at;
  std::size_t number = 0;
  bool head_seen = head.n == 0;
  for (const std::string_view line : lines_of(*text)) {
    ++number;
    const auto json = parse_json(line);
    if (!json || !json->is_object()) {
      wrong.push_back(fmt::format("line {} is cut off or no JSON", number));
      continue;
    }
    const std::uint64_t n = number_at(*json, "/n");
    const std::string hash = text_at(*json, "/hash");
    if (blake2b_hex(hashed_part(line)) != hash ||
        !signature_holds(hash, text_at(*json, "/sig"), journal.sealer().public_key()))
      wrong.push_back(fmt::format("line {} was edited: its hash or signature does not hold", number));
    if (n != at.n + 1)
      wrong.push_back(n <= at.n ? fmt::format("line {} is a fork: number {} stands twice", number, n)
                                : fmt::format("there is a gap before line {}: {} is missing", number, at.n + 1));
    else if (text_at(*json, "/prev") != at.hash)
      wrong.push_back(fmt::format("line {} is a fork: it does not follow the line before", number));
    at = {n, hash};
    told_seen = told_seen || told == fmt::format("{}:{}", n, hash);
    head_seen = head_seen || (n == head.n && hash == head.hash);
  }
  if (at.n < head.n) wrong.push_back(fmt::format("the tail was removed: lines {} to {} are missing", at.n + 1, head.n));
  if (!told_seen) wrong.push_back("the line that was told elsewhere is not in it: journal and audit were taken back");
  if (at.n >= head.n && !head_seen) wrong.push_back("the line that the journal remembers as the last is not in it");
  return wrong;
}

}  // namespace staunch
