// Links to the lines of a commit on the web site of a code host, in the shapes that these sites take; the same words
// for
// --platform as gitleaks has.
//
// Shapes: as gitleaks 8.30 writes them for each platform (and as the sites do), but for two things: bytes of a path
// that mean something in a URL are percent-encoded, and a path inside an archive ends at the archive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

enum class CodeHost : std::uint8_t { none, github, gitlab, azuredevops, gitea, bitbucket };

std::vector<std::string> code_host_names();
std::optional<CodeHost> code_host_of_name(std::string_view name);
// By the host of a web address; none for one that is not known.
CodeHost code_host_of_address(std::string_view address);

// `address` as web_address() makes it; empty for CodeHost::none. Lines count from 1; 0 is no line.
std::string link_to(CodeHost platform, std::string_view address, std::string_view commit, std::string_view path,
                    std::uint64_t first_line, std::uint64_t last_line);

}  // namespace staunch
