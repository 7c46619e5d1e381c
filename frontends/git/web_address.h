// Where a repository can be looked at with a browser, told from its configuration: "https://host/owner/name".
//
// The remote called origin, else the first. Understood: the ways of git-clone(1), "GIT URLS", that name a host; ssh,
// git and the short host:path become https without user and port, http and https keep their port. No user or password,
// no query and no fragment is ever in it. Empty where there is none: a path, another scheme, a host or path with odd
// bytes.
#pragma once

#include <string>
#include <string_view>

#include "frontends/git/config.h"

namespace staunch {

std::string web_address(const Config& config);
std::string web_address_of_url(std::string_view url);

}  // namespace staunch
