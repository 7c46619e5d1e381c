// What a connection string says beside its secret.
#include <catch2/catch.hpp>

#include "hooks/respond/connection_string.h"

using namespace staunch;

namespace {

std::string said(std::string_view lines, const char* name) {
  const Values all = said_beside(lines, "SECRET=");
  const auto value = all.find(name);
  return value == all.end() ? "nothing" : std::string(value->second.reveal());
}

}  // namespace

TEST_CASE("a connection string is read from the secret outwards", "[respond]") {
  const char* string = "other=1 CONNECTION=AccountName=app;AccountKey=SECRET=;EndpointSuffix=core.windows.net";
  CHECK(said(string, "accountname") == "app");
  CHECK(said(string, "endpointsuffix") == "core.windows.net");
  CHECK(said(string, "accountkey") == "nothing");  // the secret itself
  CHECK(said(string, "other") == "nothing");
  CHECK(said(string, "connection") == "nothing");
  CHECK(said("{\"a\":\"AccountName=b\",\"c\":\"AccountKey=SECRET=\"}", "accountname") == "nothing");
  CHECK(said("'Endpoint=sb://n.example/;K=abc==;Key=SECRET=' # Endpoint=sb://evil/", "endpoint") == "sb://n.example/");
  CHECK(said("'Endpoint=sb://n.example/;K=abc==;Key=SECRET='", "k") == "abc==");
  CHECK(said("AccountName=app", "accountname") == "nothing");  // the secret is not there
  CHECK(said("AccountName=" + std::string(300, 'a') + ";Key=SECRET=", "accountname") == "nothing");
  CHECK(said_beside("Key=", "").empty());
}
