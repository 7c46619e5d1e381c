// Whether the answer is right, before anybody asks how fast it came.
//
// Two questions. Does the Scanner report what comes of running each rule's RE2 over the whole text, one by one? And
// does it report the same when a large text is scanned in segments? Both sides share what becomes of a match
// (allowlists, entropy, checks); they differ in how matches are found, which is what all the speed is made of.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/scan.h"

namespace staunch::bench {

class PlainComparison {
 public:
  explicit PlainComparison(Scanner& scanner);
  ~PlainComparison();

  // The first difference in words, or nothing. The plain scan runs at a megabyte a second or two; it decodes nothing,
  // so what stands in an encoding is not compared with it.
  std::optional<std::string> differs_from_plain(std::string_view text, const std::string& path);
  std::optional<std::string> differs_in_segments(std::string_view text, const std::string& path);

  // Occurrences compared so far.
  std::uint64_t compared() const { return compared_; }

 private:
  struct Plain;
  std::optional<std::string> compare(const ItemReport& expected, const ItemReport& found, const std::string& path);

  Scanner& scanner_;
  std::unique_ptr<Plain> plain_;
  std::uint64_t compared_ = 0;
};

}  // namespace staunch::bench
