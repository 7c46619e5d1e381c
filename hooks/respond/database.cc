#include "hooks/respond/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace staunch {

std::string DatabaseServer::name() const {
  return database.empty() ? fmt::format("{}:{}", host, port) : fmt::format("{}:{}/{}", host, port, database);
}

Result<DatabaseServer> database_server(const std::string& text) {
  DatabaseServer server;
  const std::size_t slash = std::min(text.find('/'), text.size()), colon = text.rfind(':', slash);
  const Error wrong{"a server is HOST:PORT or HOST:PORT/DATABASE", text};
  if (colon == std::string::npos) return wrong;
  const auto read = std::from_chars(text.data() + colon + 1, text.data() + slash, server.port);
  server.host = text.substr(0, colon);
  if (slash < text.size()) server.database = text.substr(slash + 1);
  // No comma (several hosts), no slash (a socket's folder), no blank.
  const bool plain = !server.host.empty() &&
                     server.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:") == std::string::npos;
  if (read.ec != std::errc() || read.ptr != text.data() + slash || !plain || server.port == 0) return wrong;
  return server;
}

bool is_listed_host(const std::vector<std::string>& patterns, const std::string& host) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return pattern == host;
    return host.size() > pattern.size() - 1 && host.ends_with(std::string_view(pattern).substr(1));
  });
}

std::string why_not_listed(const std::string& host) {
  return fmt::format("the policy's 'database_hosts' does not list {}", host);
}

bool is_loopback(const std::string& host) {
  const bool four = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return four || host == "::1" || host == "localhost";
}

const char* authorities_file(const Network& network) {
  return network.ca_file.empty() ? "/etc/ssl/certs/ca-certificates.crt" : network.ca_file.c_str();
}

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, 300));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace staunch
