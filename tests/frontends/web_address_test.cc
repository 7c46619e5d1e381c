// Addresses of remotes for browsers: what git takes for a URL, and what must never be in a report.
#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "frontends/git/web_address.h"
#include "frontends/report/link.h"

using namespace staunch;

TEST_CASE("URLs of remotes as web addresses", "[web_address]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://github.com/o/r.git", "https://github.com/o/r"},
      {"https://github.com/o/r.git/", "https://github.com/o/r"},
      {"https://user:pass@host.example:8443/o/r", "https://host.example:8443/o/r"},
      {"https://a@b@host.example/o/r", "https://host.example/o/r"},
      {"http://host.example/r", "http://host.example/r"},
      {"git@host.example:o/r.git", "https://host.example/o/r"},
      {"host.example:o/r", "https://host.example/o/r"},
      {"ssh://git@host.example:2222/o/r.git", "https://host.example/o/r"},
      {"git://host.example/o/r", "https://host.example/o/r"},
      // no address
      {"/srv/git/r.git", ""},
      {"./up:down/r", ""},
      {"file:///srv/r", ""},
      {"ext::sh -c x", ""},
      {"https://host.example", ""},
      {"https://host.example/", ""},
      {"https://host.example/o/r?token=x", ""},
      {"https://host.example/o/r#x", ""},
      {"https://host.example/o/\"><script>", ""},
      {"git@host.example:o/r\nx", ""},
      {"", ""},
  };
  for (const auto& [url, address] : cases) {
    CAPTURE(url);
    CHECK(web_address_of_url(url) == address);
  }
}

TEST_CASE("Origin comes before other remotes", "[web_address]") {
  const auto address = [](const std::string& text) {
    const auto config = parse_config(text, "config");
    REQUIRE(config);
    return web_address(*config);
  };
  const std::string a = "[remote \"a\"]\n\turl = https://a.example/o/r\n";
  const std::string origin = "[remote \"origin\"]\n\turl = o.example:o/r\n";
  CHECK(address(a + origin) == "https://o.example/o/r");
  CHECK(address(origin + a) == "https://o.example/o/r");
  CHECK(address(a) == "https://a.example/o/r");
  CHECK(address("[core]\n\turl = https://a.example/o/r\n").empty());
}

TEST_CASE("Links name no line where there is none, and end at an archive", "[web_address]") {
  const std::string at = "https://host.example/o/r";
  CHECK(link_to(CodeHost::github, at, "c0", "a.txt", 0, 0) == at + "/blob/c0/a.txt");
  CHECK(link_to(CodeHost::github, at, "c0", "a.zip!b.txt", 3, 3) == at + "/blob/c0/a.zip");
  CHECK(link_to(CodeHost::github, at, "c0", "d/a.md", 3, 5) == at + "/blob/c0/d/a.md?plain=1#L3-L5");
  CHECK(link_to(CodeHost::gitlab, at, "c0", "d/a.md", 3, 5) == at + "/blob/c0/d/a.md#L3-5");
  CHECK(link_to(CodeHost::gitea, at, "c0", "a.md", 3, 3) == at + "/src/commit/c0/a.md?display=source#L3");
  CHECK(link_to(CodeHost::bitbucket, at, "c0", "a", 3, 5) == at + "/src/c0/a#lines-3:5");
  CHECK(link_to(CodeHost::azuredevops, at, "c0", "a", 3, 5) ==
        at + "/commit/c0?path=/a&line=3&lineEnd=5&lineStartColumn=1&lineEndColumn=10000000"
             "&type=2&lineStyle=plain&_a=files");
  CHECK(link_to(CodeHost::none, at, "c0", "a", 3, 5).empty());
  CHECK(code_host_of_address("https://github.com.evil.example/o/r") == CodeHost::none);
  CHECK(code_host_of_address("https://gitlab.com/o/r") == CodeHost::gitlab);
}
