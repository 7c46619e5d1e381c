#include "rules/scanner_regex.h"

#include <algorithm>

namespace staunch {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Translation {
 public:
  explicit Translation(std::string_view text) : text_(text) {}

  ScannerRegex run() {
    while (at_ < text_.size() && out_.refused.empty()) step();
    return std::move(out_);
  }

 private:
  bool starts(std::string_view word) const { return text_.substr(at_, word.size()) == word; }

  void copy(std::size_t count) {
    count = std::min(count, text_.size() - at_);
    out_.regex += text_.substr(at_, count);
    at_ += count;
  }

  void step() {
    const char c = text_[at_];
    if (c == '\\') return copy(2);
    if (c == '[') return copy_class();
    if (c == '(') return copy_group();
    if (c == ')') {
      if (!verbose_.empty()) verbose_now_ = verbose_.back(), verbose_.pop_back();
      return copy(1);
    }
    if (verbose_now_ && is_blank(c)) {
      ++at_;
    } else if (verbose_now_ && c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      copy(1);
    }
  }

  void copy_class() {
    copy(1);
    if (starts("^")) copy(1);
    bool first = true;
    for (; at_ < text_.size(); first = false) {
      if (starts("]") && !first) return copy(1);
      if (starts("[:")) {
        const std::size_t end = text_.find(":]", at_);
        copy(end == text_.npos ? 1 : end + 2 - at_);
      } else if (starts("[") || starts("&&") || starts("~~") || (starts("--") && !first)) {
        out_.refused = "a class inside a class, or an operation on classes";
        return;
      } else if (starts("\\")) {
        copy(2);
      } else if (verbose_now_ && is_blank(text_[at_])) {
        ++at_;
        continue;
      } else {
        copy(1);
      }
    }
  }

  void open_group(std::size_t written, std::string name, bool captures) {
    verbose_.push_back(verbose_now_);
    if (captures) out_.groups.push_back(std::move(name));
    copy(written);
  }

  void copy_group() {
    if (starts("(?P<") || starts("(?<")) {
      const std::size_t name = at_ + (starts("(?P<") ? 4 : 3), end = text_.find('>', name);
      const bool looks_behind = starts("(?<=") || starts("(?<!");
      if (looks_behind || end == text_.npos) return open_group(3, {}, false);
      out_.regex += "(?P<";
      at_ = name;
      return open_group(end + 1 - name, std::string(text_.substr(name, end - name)), true);
    }
    if (!starts("(?")) return open_group(1, {}, true);
    if (starts("(?=") || starts("(?!") || starts("(?>")) return open_group(3, {}, false);
    copy_flags();
  }

  // "(?xi)" or "(?x-s:": without the flags that RE2 lacks.
  void copy_flags() {
    const std::size_t end = text_.find_first_of(":)", at_);
    if (end == text_.npos) return copy(2);
    std::string kept, off;
    bool minus = false, verbose = verbose_now_;
    for (const char flag : text_.substr(at_ + 2, end - at_ - 2)) {
      if (flag == '-') minus = true;
      else if (flag == 'x') verbose = !minus;
      else if (flag != 'u' && flag != 'R') (minus ? off : kept) += flag;
    }
    if (!off.empty()) kept += "-" + off;
    const bool group = text_[end] == ':';
    at_ = end + 1;
    if (group) verbose_.push_back(verbose_now_);
    verbose_now_ = verbose;
    if (group || !kept.empty()) out_.regex += "(?" + kept + (group ? ":" : ")");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool verbose_now_ = false;
  std::vector<bool> verbose_;  // of the open groups, as it was in front of them
  ScannerRegex out_;
};

}  // namespace

ScannerRegex scanner_regex(std::string_view pattern) { return Translation(pattern).run(); }

}  // namespace staunch
