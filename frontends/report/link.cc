#include "frontends/report/link.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace staunch {
namespace {

constexpr std::array<std::pair<std::string_view, CodeHost>, 6> kNames = {{{"github", CodeHost::github},
                                                                          {"gitlab", CodeHost::gitlab},
                                                                          {"azuredevops", CodeHost::azuredevops},
                                                                          {"gitea", CodeHost::gitea},
                                                                          {"bitbucket", CodeHost::bitbucket},
                                                                          {"none", CodeHost::none}}};

constexpr std::array<std::pair<std::string_view, CodeHost>, 7> kHosts = {{{"github.com", CodeHost::github},
                                                                          {"gitlab.com", CodeHost::gitlab},
                                                                          {"dev.azure.com", CodeHost::azuredevops},
                                                                          {"gitea.com", CodeHost::gitea},
                                                                          {"codeberg.org", CodeHost::gitea},
                                                                          {"code.forgejo.org", CodeHost::gitea},
                                                                          {"bitbucket.org", CodeHost::bitbucket}}};

std::string encoded(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// Files that the site shows as something else than their lines.
bool is_rendered(std::string_view path) { return path.ends_with(".md") || path.ends_with(".ipynb"); }

// "#L2" or "#L2-L4".
std::string lines(std::string_view start, std::string_view joint, std::uint64_t first, std::uint64_t last) {
  if (first == 0) return {};
  return fmt::format("{}{}", start, first) + (last > first ? fmt::format("{}{}", joint, last) : "");
}

}  // namespace

std::vector<std::string> code_host_names() {
  std::vector<std::string> names;
  for (const auto& [name, platform] : kNames) names.emplace_back(name);
  return names;
}

std::optional<CodeHost> code_host_of_name(std::string_view name) {
  for (const auto& [word, platform] : kNames)
    if (word == name) return platform;
  return std::nullopt;
}

CodeHost code_host_of_address(std::string_view address) {
  const std::size_t scheme = address.find("://");
  if (scheme == address.npos) return CodeHost::none;
  const std::string_view host = address.substr(scheme + 3, address.find_first_of(":/", scheme + 3) - scheme - 3);
  for (const auto& [word, platform] : kHosts)
    if (word == host) return platform;
  return CodeHost::none;
}

std::string link_to(CodeHost platform, std::string_view address, std::string_view commit, std::string_view path,
                    std::uint64_t first, std::uint64_t last) {
  const bool inside = path.find('!') != path.npos;
  if (inside) first = last = 0, path = path.substr(0, path.find('!'));
  const std::string file = encoded(path);
  switch (platform) {
    case CodeHost::github:
      return fmt::format("{}/blob/{}/{}{}{}", address, commit, file, is_rendered(path) ? "?plain=1" : "",
                         lines("#L", "-L", first, last));
    case CodeHost::gitlab: return fmt::format("{}/blob/{}/{}{}", address, commit, file, lines("#L", "-", first, last));
    case CodeHost::azuredevops:
      return fmt::format("{}/commit/{}?path=/{}{}{}&type=2&lineStyle=plain&_a=files", address, commit, file,
                         lines("&line=", "&lineEnd=", first, last),
                         first == 0 ? "" : "&lineStartColumn=1&lineEndColumn=10000000");
    case CodeHost::gitea:
      return fmt::format("{}/src/commit/{}/{}{}{}", address, commit, file, is_rendered(path) ? "?display=source" : "",
                         lines("#L", "-L", first, last));
    case CodeHost::bitbucket:
      return fmt::format("{}/src/{}/{}{}", address, commit, file, lines("#lines-", ":", first, last));
    case CodeHost::none: break;
  }
  return {};
}

}  // namespace staunch
