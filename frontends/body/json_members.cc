#include "frontends/body/json_members.h"

#include <algorithm>

#include "frontends/body/json_escape.h"
#include "frontends/body/json_walk.h"

namespace staunch {
namespace {

class Collector {
 public:
  Collector(std::string_view text, JsonMembers& out) : text_(text), out_(out) {}

  void open(char bracket, std::size_t begin) {
    if (depth_++ == 0) out_.shape = bracket == '{' ? JsonShape::object : JsonShape::array;
    else if (depth_ == 2) begin_ = begin;
  }
  void close(std::size_t end) {
    if (--depth_ == 1) add(begin_, end);
  }
  bool key(std::size_t begin, std::size_t end) {
    std::string name;
    if (!unescape_json(text_, begin, end, name, nullptr)) return false;
    if (depth_ == 1) name_ = std::move(name);
    return true;
  }
  bool string(std::size_t begin, std::size_t end) {
    unescaped_.clear();
    if (!unescape_json(text_, begin, end, unescaped_, nullptr)) return false;
    value(begin - 1, end + 1);
    return true;
  }
  void bare(std::size_t begin, std::size_t end) { value(begin, end); }

 private:
  void value(std::size_t begin, std::size_t end) {
    if (depth_ == 0) out_.shape = JsonShape::scalar;
    else if (depth_ == 1) add(begin, end);
  }
  void add(std::size_t begin, std::size_t end) {
    if (out_.members.size() > kMaxMembers) return;
    out_.members.push_back({std::move(name_), text_.substr(begin, end - begin)});
    name_.clear();
  }

  const std::string_view text_;
  JsonMembers& out_;
  std::string name_, unescaped_;
  std::size_t depth_ = 0, begin_ = 0;
};

}  // namespace

const std::string_view* JsonMembers::find(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

bool JsonMembers::is_twice(std::string_view name) const {
  return std::count_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.name == name; }) > 1;
}

JsonMembers json_members(std::string_view text, Structure& structure) {
  JsonMembers out;
  std::span<const std::uint32_t> positions;
  if (!structure.index(text, positions)) return out;
  Collector collector(text, out);
  if (JsonWalk(text, positions, collector).run() != Walked::whole || out.members.size() > kMaxMembers) return {};
  return out;
}

std::optional<std::string> json_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  std::string out;
  if (!unescape_json(value, 1, value.size() - 1, out, nullptr)) return std::nullopt;
  return out;
}

}  // namespace staunch
