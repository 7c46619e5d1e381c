#include "frontends/git/web_address.h"

#include <algorithm>

namespace staunch {
namespace {

bool is_plain(char c, std::string_view besides) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || besides.find(c) != besides.npos;
}

bool all_plain(std::string_view text, std::string_view besides) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) { return is_plain(c, besides); });
}

// "/owner/name.git/" to "owner/name".
std::string_view bare_path(std::string_view path) {
  while (path.substr(0, 1) == "/") path.remove_prefix(1);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  return path;
}

std::string address(std::string_view scheme, std::string_view host, std::string_view path) {
  path = bare_path(path);
  if (!all_plain(host, ".-:") || !all_plain(path, "-._~/+@")) return {};
  return std::string(scheme) + "://" + std::string(host) + "/" + std::string(path);
}

std::string_view without_user(std::string_view authority) { return authority.substr(authority.rfind('@') + 1); }

}  // namespace

std::string web_address_of_url(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == url.npos) {  // host:path, as ssh takes it; a slash in front of the colon makes it a path
    const std::size_t colon = url.find(':');
    if (colon == url.npos || url.substr(0, colon).find('/') != url.npos) return {};
    return address("https", without_user(url.substr(0, colon)), url.substr(colon + 1));
  }
  const std::string_view scheme = url.substr(0, scheme_end), rest = url.substr(scheme_end + 3);
  const std::size_t slash = rest.find('/');
  if (slash == rest.npos) return {};
  const std::string_view host = without_user(rest.substr(0, slash)), path = rest.substr(slash);
  if (scheme == "https" || scheme == "http") return address(scheme, host, path);
  if (scheme != "ssh" && scheme != "git" && scheme != "git+ssh") return {};
  return address("https", host.substr(0, host.find(':')), path);
}

std::string web_address(const Config& config) {
  std::string first;
  for (const ConfigEntry& entry : config) {
    if (entry.section != "remote" || entry.key != "url" || entry.subsection.empty()) continue;
    if (entry.subsection == "origin") return web_address_of_url(entry.value);
    if (first.empty()) first = web_address_of_url(entry.value);
  }
  return first;
}

}  // namespace staunch
