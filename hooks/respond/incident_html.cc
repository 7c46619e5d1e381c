#include "frontends/report/small_file.h"
#include "hooks/respond/incident.h"

namespace staunch {

// The few forms that the story uses: headings, lists of two levels, bold, code and escapes.
std::string html_of_markdown(const std::string& title, const std::string& markdown) {
  const auto escaped = [](char c) -> std::string {
    return c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  };
  const auto inline_of = [&](std::string_view text) {
    std::string out;
    bool bold = false, code = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && !code) out += escaped(text[++i]);
      else if (text[i] == '`') out += (code = !code) ? "<code>" : "</code>";
      else if (!code && text.substr(i).starts_with("**")) out += (bold = !bold) ? "<b>" : "</b>", ++i;
      else out += escaped(text[i]);
    }
    return out;
  };
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>";
  for (const char c : title) out += escaped(c);
  out +=
      "</title><style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 "
      "1em}code{background:#eee}</style></head><body>\n";
  int depth = 0;
  const auto nest = [&](int wanted) {
    for (; depth < wanted; ++depth) out += "<ul>";
    for (; depth > wanted; --depth) out += "</ul>\n";
  };
  for (const std::string_view line : lines_of(markdown)) {
    if (line.starts_with("  - ")) nest(2), out += "<li>" + inline_of(line.substr(4)) + "</li>\n";
    else if (line.starts_with("- ")) nest(1), out += "<li>" + inline_of(line.substr(2)) + "</li>\n";
    else if (line.empty()) nest(0);
    else if (line.starts_with("## ")) nest(0), out += "<h2>" + inline_of(line.substr(3)) + "</h2>\n";
    else if (line.starts_with("# ")) nest(0), out += "<h1>" + inline_of(line.substr(2)) + "</h1>\n";
    else nest(0), out += "<p>" + inline_of(line) + "</p>\n";
  }
  nest(0);
  return out + "</body></html>\n";
}

}  // namespace staunch
