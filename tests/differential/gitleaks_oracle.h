// Runs the Go oracle (oracle.go) over rule sets and contents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/catalogue.h"

namespace staunch::test {

// What one rule finds in one content, before rules are weighed against each other.
struct Verdict {
  std::uint32_t content, rule;
  std::int64_t begin;  // of the match, newlines at its front included; -1 for a rule without regex
  std::string match, secret;
  double entropy;
};

// Two oracles may add up in another order.
inline constexpr double kEntropyError = 1e-9;
bool operator==(const Verdict& a, const Verdict& b);
std::string to_string(const Verdict& verdict);

class GitleaksOracle {
 public:
  void add_rules(const Catalogue& catalogue);
  // `text` is ASCII. Contents are numbered from 0.
  void add_content(const std::string& path, const std::string& text);
  // Fails the test where Go is missing or the oracle ends with an error. Ordered by content, rule and place.
  std::vector<Verdict> run() const;

 private:
  std::string input_;
};

}  // namespace staunch::test
