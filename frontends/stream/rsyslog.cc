#include "frontends/stream/rsyslog.h"

#include <fmt/format.h>

namespace staunch {

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  out += '"';
}

void append_rsyslog_replies(std::string_view lines, const std::vector<Edit>& edits, bool ok, std::string& out) {
  std::size_t edit = 0;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t newline = lines.find('\n', at), end = newline == std::string_view::npos ? lines.size() : newline;
    std::vector<Edit> own;
    for (; edit < edits.size() && edits[edit].offset < end; ++edit) {
      own.push_back(edits[edit]);
      own.back().offset -= at;
    }
    out += '{';
    if (!own.empty()) {
      std::string text;
      Redactor::apply(lines.substr(at, end - at), own, text);
      out += "\"msg\":";
      append_quoted(out, text);
      out += ',';
    }
    out += ok ? "\"$!\":{\"staunch\":\"ok\"}}\n" : "\"$!\":{\"staunch\":\"failed\"}}\n";
    at = end + 1;
  }
}

}  // namespace staunch
