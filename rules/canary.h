// Services of canary tokens, as plain data (rules/canaries.toml): credentials that were made to be found, and what can
// be read from one without asking anybody. The engine says which finding is one, the response leaves it alone. A
// configuration can neither add nor take away any; a policy's [canaries] adds its own.
#pragma once

#include <string>
#include <vector>

namespace staunch {

struct CanaryService {
  std::string name;
  std::vector<std::string> accounts;  // as an offline check reads them from a key's id ("account")
  std::vector<std::string> hosts;     // lower case; a value that names one, or a name below it, is one
  std::vector<std::string> sources;
};

}  // namespace staunch
