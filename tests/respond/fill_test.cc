// Requests from templates: the coding of each place, and the hosts that a secret may go to.
#include <catch2/catch.hpp>
#include <set>

#include "hooks/respond/addresses.h"
#include "hooks/respond/fill.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/signers.h"
#include "engine/sample.h"

using namespace staunch;

namespace {

Values values(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  Values all;
  for (const auto& [name, value] : pairs) all[name] = Secret(value);
  return all;
}

}  // namespace

TEST_CASE("holes are filled in the coding of their place", "[respond]") {
  Request request{"POST",
                  "https://api.example.com/x/{secret}?k={secret}",
                  {{"A", "Bearer {secret}"}},
                  R"({"query":"{ viewer { id } }","t":"{secret}"})",
                  "",
                  "",
                  ""};
  const auto filled = fill(request, values({{"secret", "a/b\"c&d"}}), {}, 0);
  REQUIRE(filled);
  CHECK(filled->url == "https://api.example.com/x/a%2Fb%22c%26d?k=a%2Fb%22c%26d");
  CHECK(filled->headers[0].second == "Bearer a/b\"c&d");
  CHECK(filled->body == R"({"query":"{ viewer { id } }","t":"a/b\"c&d"})");
}

TEST_CASE("a header takes no line from a secret", "[respond]") {
  Request request{"GET", "https://api.example.com/", {{"A", "{secret}"}}, "", "", "", ""};
  CHECK_FALSE(fill(request, values({{"secret", "a\r\nHost: b"}}), {}, 0));
}

TEST_CASE("4.1 a host with a hole stays under its suffixes", "[respond]") {
  Request request{"GET", "https://{host}/x", {}, "", "", "", ""};
  const std::vector<std::string> suffixes{".example.com"};
  CHECK(fill(request, values({{"host", "one.example.com"}}), suffixes, 0));
  for (const char* bad :
       {"evil.com", "example.com", "evil.com/.example.com", "evil.com#.example.com", "evilexample.com", "a@evil.com",
        "evil.com:80", "evil.com?x.example.com", ".example.com", "ONE.evil.com"})
    CHECK_FALSE(fill(request, values({{"host", bad}}), suffixes, 0));
  CHECK_FALSE(fill(request, values({{"host", "one.example.com"}}), {}, 0));
}

TEST_CASE("4.1 a host of one's own is a whole name, with its port", "[respond]") {
  Request request{"GET", "https://{host}/x", {}, "", "", "", ""};
  const std::vector<std::string> own{"vault.example.com:8200", ".example.net"};
  const auto filled = fill(request, values({{"host", "vault.example.com:8200"}}), own, 0);
  REQUIRE(filled);
  CHECK(filled->url == "https://vault.example.com:8200/x");
  for (const char* bad : {"vault.example.com", "vault.example.com:443", "vault.example.com:8201",
                          "a.vault.example.com:8200", "vault.example.com:8200@evil.com", "one.example.net:8200",
                          "evil.com/vault.example.com:8200", "evil.com#vault.example.com:8200", ""})
    CHECK_FALSE(fill(request, values({{"host", bad}}), own, 0));
}

TEST_CASE("4.1 addresses that no provider is reached at", "[respond]") {
  for (const char* inside : {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
                             "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "fd00:ec2::254", "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "not an address"})
    CHECK_FALSE(is_public_address(inside));
  for (const char* outside : {"192.0.2.1", "140.82.121.6", "2606:4700::1111", "::ffff:140.82.121.6", "172.32.0.1"})
    CHECK(is_public_address(outside));
}

TEST_CASE("4.1 only plain https to a host", "[respond]") {
  CHECK(host_of("https://API.github.com/user") == "api.github.com");
  CHECK(host_of("http://api.github.com/").empty());
  CHECK(host_of("https://user@api.github.com/").empty());
  CHECK(host_of("https://api.github.com:443/") == "api.github.com");
  CHECK(host_of("https://api.github.com:8443/") == "api.github.com:8443");
}

TEST_CASE("parts of a secret", "[respond]") {
  CHECK(field_of("SG.abc.def", "field:.:1") == "abc");
  CHECK(field_of("key-us1", "field:-:-1") == "us1");
  CHECK(field_of("plain", "field:-:-1").empty());
  CHECK(field_of("https://discord.com/api/webhooks/7/x", "field:/:-2") == "7");
}

TEST_CASE("3.6 what nobody has tried is not live, and every entry says how it was tried", "[respond]") {
  const auto catalogue = respond_catalogue();
  REQUIRE(catalogue);
  std::set<Tried> seen;
  for (const Provider& provider : catalogue->providers)
    for (const Revoke& revoke : provider.revoke) {
      CAPTURE(provider.id);
      seen.insert(revoke.tested);
      if (revoke.tested == Tried::none) CHECK_FALSE(revoke.live);
    }
  CHECK(seen.contains(Tried::none));  // or the loop looked at nothing
  CHECK(seen.contains(Tried::double_));
}

TEST_CASE("every hole of every entry can be filled", "[respond]") {
  const auto catalogue = respond_catalogue();
  REQUIRE(catalogue);
  std::size_t entries = 0;
  for (const Provider& provider : catalogue->providers) {
    for (const Verify& verify : provider.verify) {
      ++entries;
      CAPTURE(provider.id, verify.request.url);
      CHECK((!verify.dead.empty() || verify.no_control));
      CHECK((verify.request.sign.empty() || find_signer(verify.request.sign)));
      for (const std::string& hole : holes_of(verify.request)) {
        CAPTURE(hole);
        CHECK((hole == "secret" || std::any_of(verify.parts.begin(), verify.parts.end(),
                                               [&](const auto& part) { return part.first == hole; })));
      }
      for (const std::string& id : verify.rules) {
        const Rule* rule = find_rule(*catalogue, id);
        REQUIRE(rule);
        CAPTURE(id);
        CHECK((verify.no_control || generate_secret(*rule, 1)));  // a made-up one can be sent first
      }
    }
    for (const Revoke& revoke : provider.revoke) {
      CAPTURE(provider.id, revoke.request.url);
      CHECK((revoke.live == false || revoke.tested != Tried::none));  // 6: nothing live that nobody has tried
      CHECK(((revoke.kind != "admin" && revoke.kind != "app") || !revoke.credential.empty()));
    }
  }
  CHECK(entries > 70);
}
