// Secrets in a file of NAME=VALUE lines, as shells, compose and dotenv libraries read it.
//
// NAME__NEXT holds what is staged and NAME__PREVIOUS what was promoted away; all other lines stay as they are, byte by
// byte. The file is replaced whole, under a lock beside it, and only where it is still what was read.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include "frontends/report/small_file.h"
#include "hooks/respond/files.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxDotenv = 4u << 20;

struct Line {
  std::string text;  // with its end
  std::string name;  // empty where it sets nothing
  std::string head;  // "export NAME="
};

std::string name_in(std::string_view text, std::string& head) {
  std::size_t at = text.find_first_not_of(" \t");
  if (at == std::string_view::npos || text[at] == '#') return {};
  if (text.substr(at).starts_with("export ")) at = text.find_first_not_of(" \t", at + 7);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || at == std::string_view::npos || equals <= at) return {};
  std::string name(trimmed(text.substr(at, equals - at)));
  if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.") != std::string::npos)
    return {};
  head = text.substr(0, equals + 1);
  return name;
}

// A value in double quotes may go over several lines; each line of the result is one assignment or one other line.
std::vector<Line> split(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    Line line;
    line.name = name_in(text.substr(0, end), line.head);
    if (!line.name.empty()) {
      std::size_t value = text.find_first_not_of(" \t", line.head.size());
      if (value != std::string_view::npos && value < end && (text[value] == '"' || text[value] == '\'')) {
        const char quote = text[value];
        std::size_t at = value + 1;
        while (at < text.size() && text[at] != quote) at += quote == '"' && text[at] == '\\' ? 2 : 1;
        if (at < text.size()) end = std::min(text.find('\n', at), text.size() - 1) + 1;
      }
    }
    line.text = text.substr(0, end);
    lines.push_back(std::move(line));
    text.remove_prefix(end);
  }
  return lines;
}

std::string value_of(const Line& line) {
  std::string_view text = trimmed(std::string_view(line.text).substr(line.head.size()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return std::string(trimmed(text.substr(0, text.find(" #"))));
  const char quote = text[0];
  std::string out;
  for (std::size_t i = 1; i < text.size() && text[i] != quote; ++i) {
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
      const char c = text[++i];
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string quoted(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_not_of(
                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                           "_-.:/+=@%,") == std::string_view::npos;
  if (plain) return std::string(value);
  if (value.find_first_of("'\n\r") == std::string_view::npos) return fmt::format("'{}'", value);
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else out += c;
  }
  return out + "\"";
}

class Dotenv : public Store {
 public:
  explicit Dotenv(std::string file) : file_(std::move(file)) {}

  Result<StoreValue> read(const std::string& name, Stage stage) override {
    const auto text = read_small_file(file_, kMaxDotenv);
    if (!text) return text.error();
    const auto value = find(split(*text), staged_name(name, stage));
    if (!value) return Error{fmt::format("there is no {}", staged_name(name, stage)), file_};
    struct stat status;
    const bool told = stat_of(status);
    return StoreValue{Secret(*value), blake2b_hex(*text).substr(0, 16), told ? status.st_mtime : 0};
  }

  Status stage(const std::string& name, const Secret& value, const std::string&) override {
    return change([&](std::vector<Line>& lines) -> Status {
      if (!find(lines, name)) return Error{fmt::format("there is no {} to make a new version of", name), file_};
      set(lines, name + "__NEXT", value.reveal());
      return Done{};
    });
  }

  Status promote(const std::string& name, const std::string&) override {
    return change([&](std::vector<Line>& lines) -> Status {
      const auto next = find(lines, name + "__NEXT");
      const auto old = find(lines, name);
      if (!next) return find(lines, name + "__PREVIOUS") ? Status(Done{}) : Error{"nothing is staged", file_};
      set(lines, name, *next);
      set(lines, name + "__PREVIOUS", old.value_or(""));
      erase(lines, name + "__NEXT");
      return Done{};
    });
  }

  Status drop(const std::string& name, const std::string&) override {
    return change([&](std::vector<Line>& lines) -> Status {
      erase(lines, name + "__NEXT");
      return Done{};
    });
  }

  Status demote(const std::string& name, const std::string&) override {
    return change([&](std::vector<Line>& lines) -> Status {
      const auto old = find(lines, name + "__PREVIOUS");
      if (!old) return Error{"there is no version before this one", file_};
      const auto current = find(lines, name);
      set(lines, name, *old);
      erase(lines, name + "__PREVIOUS");
      set(lines, name + "__NEXT", current.value_or(""));
      return Done{};
    });
  }

  Status create(const std::string& name, const Secret& value) override {
    struct stat status;
    if (!stat_of(status))
      if (const Status made = write_file(file_, ""); !made) return made;
    return change([&](std::vector<Line>& lines) -> Status {
      if (find(lines, name)) return Error{fmt::format("there is a {} already; rotate it", name), file_};
      set(lines, name, value.reveal());
      return Done{};
    });
  }

 private:
  static std::string staged_name(const std::string& name, Stage stage) {
    return name + (stage == Stage::pending ? "__NEXT" : stage == Stage::previous ? "__PREVIOUS" : "");
  }

  bool stat_of(struct stat& status) const { return stat(file_.c_str(), &status) == 0; }

  // The last assignment counts, as in a shell.
  static std::optional<std::string> find(const std::vector<Line>& lines, const std::string& name) {
    std::optional<std::string> value;
    for (const Line& line : lines)
      if (line.name == name) value = value_of(line);
    return value;
  }

  static void set(std::vector<Line>& lines, const std::string& name, std::string_view value) {
    bool there = false;
    for (Line& line : lines)
      if (line.name == name) line.text = line.head + quoted(value) + "\n", there = true;
    if (there) return;
    if (!lines.empty() && !lines.back().text.ends_with('\n')) lines.back().text += '\n';
    lines.push_back({name + "=" + quoted(value) + "\n", name, name + "="});
  }

  static void erase(std::vector<Line>& lines, const std::string& name) {
    std::erase_if(lines, [&](const Line& line) { return line.name == name; });
  }

  Status change(const std::function<Status(std::vector<Line>&)>& edit) {
    const int lock = ::open((file_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) return Error{"cannot be locked", file_};
    const Status changed = change_locked(edit);
    unlink((file_ + ".lock").c_str());
    close(lock);
    return changed;
  }

  Status change_locked(const std::function<Status(std::vector<Line>&)>& edit) {
    const auto text = read_small_file(file_, kMaxDotenv);
    if (!text) return text.error();
    std::vector<Line> lines = split(*text);
    if (const Status edited = edit(lines); !edited) return edited;
    std::string changed;
    for (const Line& line : lines) changed += line.text;
    if (changed == *text) return Done{};
    const auto again = read_small_file(file_, kMaxDotenv);
    if (!again || *again != *text) return Error{"changed while it was being edited; nothing was written", file_};
    return write_file(file_, changed);
  }

  std::string file_;
};

}  // namespace

std::unique_ptr<Store> dotenv_store(const std::string& file) { return std::make_unique<Dotenv>(file); }

}  // namespace staunch
