#include "hooks/respond/replace.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "frontends/report/small_file.h"
#include "hooks/respond/json.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kContext = 3, kShortestSplit = 12;
constexpr std::string_view kBetween = " \t\r\n\"'`+\\&.,";  // what may stand between the parts of a split value

struct Found {
  std::size_t begin = 0, end = 0;
  std::string_view form;
};

// --- forms ---

std::string percent_coded(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_.~").find(c) != std::string_view::npos)
      out += c;
    else
      out += upper ? fmt::format("%{:02X}", static_cast<unsigned char>(c))
                   : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

// What is the same in every base64 text that holds the value `shift` bytes behind a multiple of three.
std::string base64_core(std::string_view value, std::size_t shift, int variant) {
  const std::string bytes = std::string(shift, '\0') + std::string(value);
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  text.pop_back();
  const std::size_t head = shift == 0 ? 0 : shift + 1, whole = bytes.size() / 3 * 4 + bytes.size() % 3;
  return whole > head ? text.substr(head, whole - head) : "";
}

std::string hex_coded(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text)
    out += upper ? fmt::format("{:02X}", static_cast<unsigned char>(c))
                 : fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

using Forms = std::vector<std::pair<std::string, std::string_view>>;  // text, name

Forms forms_of(std::string_view value) {
  Forms forms = {{std::string(value), "plain"}};
  const auto add = [&](std::string text, std::string_view name) {
    for (const auto& [known, as] : forms)
      if (known == text || text.size() < 6) return;
    forms.emplace_back(std::move(text), name);
  };
  std::string json = to_line(Json(std::string(value)));
  add(json.substr(1, json.size() - 2), "escaped");
  for (const bool upper : {true, false}) add(percent_coded(value, upper), "percent");
  for (const int variant : {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE_NO_PADDING})
    for (std::size_t shift = 0; shift < 3; ++shift) add(base64_core(value, shift, variant), "base64");
  for (const bool upper : {false, true}) add(hex_coded(value, upper), "hex");
  return forms;
}

// --- one file ---

void find_forms(std::string_view text, const Forms& forms, std::vector<Found>& found) {
  for (const auto& [form, name] : forms)
    for (std::size_t at = text.find(form); at != std::string_view::npos; at = text.find(form, at + form.size()))
      found.push_back({at, at + form.size(), name});
}

// The value with other signs between its own: the text without those signs, each byte's place beside it.
void find_split(std::string_view text, std::string_view value, std::vector<Found>& found) {
  std::string wanted, rest;
  for (const char c : value)
    if (kBetween.find(c) == std::string_view::npos) wanted += c;
  if (wanted.size() < kShortestSplit) return;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < text.size(); ++at)
    if (kBetween.find(text[at]) == std::string_view::npos) rest += text[at], places.push_back(at);
  for (std::size_t at = rest.find(wanted); at != std::string::npos; at = rest.find(wanted, at + 1)) {
    const std::size_t begin = places[at], end = places[at + wanted.size() - 1] + 1;
    const bool known =
        std::any_of(found.begin(), found.end(), [&](const Found& one) { return one.begin < end && begin < one.end; });
    if (!known) found.push_back({begin, end, "split"});
  }
  sodium_memzero(rest.data(), rest.size());
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// How program text asks for a variable, by the file's ending; empty: no program, so ${NAME} is put there.
std::string_view expression_of(const std::string& path) {
  constexpr std::pair<std::string_view, std::string_view> kExpressions[] = {
      {".py", "os.environ[\"{}\"]"},
      {".js", "process.env.{}"},
      {".mjs", "process.env.{}"},
      {".cjs", "process.env.{}"},
      {".ts", "process.env.{}"},
      {".jsx", "process.env.{}"},
      {".tsx", "process.env.{}"},
      {".go", "os.Getenv(\"{}\")"},
      {".rb", "ENV.fetch(\"{}\")"},
      {".php", "getenv('{}')"},
      {".java", "System.getenv(\"{}\")"},
      {".kt", "System.getenv(\"{}\")"},
      {".cs", "Environment.GetEnvironmentVariable(\"{}\")"},
      {".rs", "std::env::var(\"{}\").unwrap()"}};
  const std::string ending = fs::path(path).extension().string();
  for (const auto& [end, expression] : kExpressions)
    if (end == ending) return expression;
  return {};
}

// The line with the reference in each place of the value; nothing where one of them cannot be replaced.
std::string replaced(std::string_view line, std::string_view value, const std::string& variable,
                     std::string_view expression) {
  std::string out;
  for (std::size_t at = line.find(value); at != std::string_view::npos; at = line.find(value)) {
    const std::size_t end = at + value.size();
    if (expression.empty()) {
      out += fmt::format("{}${{{}}}", line.substr(0, at), variable);
      line.remove_prefix(end);
      continue;
    }
    const bool literal = at > 0 && end < line.size() && line[at - 1] == line[end] &&
                         std::string_view("\"'`").find(line[end]) != std::string_view::npos;
    if (!literal) return {};
    out += fmt::format("{}{}", line.substr(0, at - 1), fmt::format(fmt::runtime(expression), variable));
    line.remove_prefix(end + 1);
  }
  return out + std::string(line);
}

// As git writes a path that is not plain.
std::string quoted_path(const std::string& path) {
  const bool plain =
      std::all_of(path.begin(), path.end(), [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) return path;
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (c >= ' ' && c < 0x7f) out += c;
    else out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return out + "\"";
}

void put_line(std::string& patch, char sign, std::string_view line) {
  patch += sign;
  patch += line;
  if (!line.ends_with('\n')) patch += "\n\\ No newline at end of file\n";
}

using Changes = std::map<std::size_t, std::string>;  // line -> its new text

// One hunk per group of lines that stand close. A line in `tainted` holds the value where it is not patched, so it may
// not be context; where that leaves no line behind the last one, git could not place the hunk, and it is given up.
std::string hunks(const std::vector<std::string_view>& lines, const Changes& changes,
                  const std::set<std::size_t>& tainted, std::set<std::size_t>& given_up) {
  std::string patch;
  for (auto first = changes.begin(); first != changes.end();) {
    auto last = first, next = std::next(first);
    const auto clean = [&](std::size_t from, std::size_t to) {
      const auto at = tainted.lower_bound(from);
      return at == tainted.end() || *at > to;
    };
    while (next != changes.end() && next->first - last->first <= 2 * kContext && clean(last->first, next->first))
      last = next++;
    std::size_t begin = first->first, end = last->first + 1;
    while (begin > 0 && first->first - begin < kContext && !tainted.contains(begin - 1) && !changes.contains(begin - 1))
      --begin;
    while (end < lines.size() && end - last->first - 1 < kContext && !tainted.contains(end) && !changes.contains(end))
      ++end;
    const bool placed = end > last->first + 1 || end == lines.size();
    if (!placed) {
      for (auto each = first; each != next; ++each) given_up.insert(each->first);
    } else {
      patch += fmt::format("@@ -{0},{1} +{0},{1} @@\n", begin + 1, end - begin);
      for (std::size_t at = begin; at < end; ++at) {
        const auto change = changes.find(at);
        put_line(patch, change == changes.end() ? ' ' : '-', lines[at]);
        if (change != changes.end()) put_line(patch, '+', change->second);
      }
    }
    first = next;
  }
  return patch;
}

std::string why_not(const Found& found, bool binary, bool line_stays, bool given_up) {
  if (found.form == "split") return "it is split over signs or lines";
  if (found.form != "plain") return fmt::format("it is coded ({})", found.form);
  if (binary) return "the file is no text";
  if (line_stays) return "it is a part of a longer literal, or goes over lines";
  return given_up ? "the next line holds it in another form" : "";
}

void look_into(const std::string& path, std::string_view text, const Secret& value, const Forms& forms,
               const std::string& variable, Replacement& into) {
  std::vector<Found> found;
  find_forms(text, forms, found);
  find_split(text, value.reveal(), found);
  if (found.empty()) return;
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.begin < b.begin; });
  const bool binary = text.find('\0') != std::string_view::npos;
  const std::vector<std::string_view> lines = lines_of(text);
  const auto line_at = [&](std::size_t at) {
    return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  };
  Changes changes;
  std::set<std::size_t> tainted, given_up;
  for (const Found& one : found) {
    const std::size_t from = line_at(one.begin), to = line_at(one.end - 1);
    std::string line = one.form == "plain" && from == to && !binary
                           ? replaced(lines[from], value.reveal(), variable, expression_of(path))
                           : "";
    if (!line.empty()) changes[from] = std::move(line);
    else
      for (std::size_t at = from; at <= to; ++at) tainted.insert(at);
  }
  for (const std::size_t line : tainted) changes.erase(line);
  const std::string patch = hunks(lines, changes, tainted, given_up);
  if (!patch.empty())
    into.patch += fmt::format("diff --git {0} {1}\n--- {0}\n+++ {1}\n{2}", quoted_path("a/" + path),
                              quoted_path("b/" + path), patch);
  for (const Found& one : found) {
    const std::size_t line = line_at(one.begin);
    into.places.push_back({path, line + 1, std::string(one.form),
                           why_not(one, binary, !changes.contains(line), given_up.contains(line))});
  }
}

}  // namespace

Result<Replacement> find_value(const std::string& tree, const Secret& value, const std::string& variable) {
  std::error_code error;
  if (!fs::is_directory(tree, error)) return Error{"is no folder", tree};
  std::vector<std::string> paths;
  Replacement found;
  fs::recursive_directory_iterator walk(tree, fs::directory_options::skip_permission_denied, error), end;
  for (; !error && walk != end; walk.increment(error)) {
    if (walk->is_symlink(error)) continue;
    if (walk->path().filename() == ".git") {
      if (walk->is_directory(error)) walk.disable_recursion_pending();
      continue;
    }
    if (walk->is_regular_file(error)) paths.push_back(walk->path().lexically_relative(tree).string());
  }
  if (error) return Error{"cannot be walked: " + error.message(), tree};
  std::sort(paths.begin(), paths.end());
  const Forms forms = forms_of(value.reveal());
  for (const std::string& path : paths) {
    auto text = read_small_file((fs::path(tree) / path).string(), kMaxReplaceFile);
    if (text) look_into(path, *text, value, forms, variable, found);
    else found.unread.push_back(path);
  }
  return found;
}

}  // namespace staunch
