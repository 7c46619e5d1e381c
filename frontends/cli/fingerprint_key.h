// The key of fingerprints.
//
// In this order: STAUNCH_FINGERPRINT_KEY; `fingerprint_key` of the user's configuration; the salt that a scanned
// repository shares with those who work in it, `.staunch/salt` in the first target that has one. Without any of them
// fingerprints are public: whoever guesses a secret can compute its fingerprint.
#pragma once

#include <string>
#include <vector>

namespace staunch {

// `configured` is the configuration's key; empty keys are none. Empty where there is no key.
std::string fingerprint_key(const std::string& configured, const std::vector<std::string>& targets);

}  // namespace staunch
