// Shannon entropy of a secret, in bits a character.
//
// As gitleaks counts it, so that thresholds carry over: frequencies are those of Unicode code points, the divisor is
// the length in bytes.
#pragma once

#include <string_view>

namespace staunch {

double shannon_entropy(std::string_view text);

}  // namespace staunch
