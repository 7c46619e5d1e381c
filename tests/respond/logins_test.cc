// Who logs in where, as a connection string or a policy says; and the answers of MongoDB, which are hostile.
#include <catch2/catch.hpp>

#include "hooks/respond/bson.h"
#include "hooks/respond/logins.h"

using namespace staunch;

namespace {

using Facts = std::map<std::string, std::string>;

Facts derived(const char* rule, const std::string& match, const std::string& rest = {}) {
  Facts facts;
  derive_login(rule, match, "URL=" + match + rest, facts);
  return facts;
}

}  // namespace

TEST_CASE("user and server stand in the connection string", "[respond]") {
  CHECK(derived("postgres-password", "postgresql+asyncpg://a%40b:x@DB7.acme.io") ==
        Facts{{"login_user", "a@b"}, {"login_server", "db7.acme.io:5432/postgres"}});
  CHECK(derived("mysql-password", "mysql://app:x@db:3307") ==
        Facts{{"login_user", "app"}, {"login_server", "db:3307"}});
  CHECK(derived("redis-password", "redis://:x@db") == Facts{{"login_user", ""}, {"login_server", "db:6379"}});
  CHECK(derived("mongodb-password", "mongodb+srv://app:x@db") == Facts{{"login_user", "app"}});
  CHECK(derived("amqp-password", "amqp://app:x@db").empty());
  CHECK(derived("mysql-password", "mysql:app").empty());
}

TEST_CASE("a user of MongoDB is kept where the rest of the string says", "[respond]") {
  const auto kept = [](const std::string& rest) {
    const std::string server = derived("mongodb-password", "mongodb://app:x@db:1", rest).at("login_server");
    return server.substr(std::min(server.find('/'), server.size()));
  };
  CHECK(kept("") == "/admin");
  CHECK(kept("/") == "/admin");
  CHECK(kept("/app") == "/app");
  CHECK(kept("/app\" # /other") == "/app");
  CHECK(kept(",db2:27017/app?w=1") == "/app");
  CHECK(kept("/app?w=1&AuthSource=us%65rs") == "/users");
  CHECK(kept("/?authMechanism=SCRAM-SHA-1") == "/admin");
  CHECK(kept("/?authMechanism=MONGODB-X509&authSource=admin") == "/$external");
  Facts facts;
  derive_login("mongodb-password", "mongodb://app:x@db:1", "a line that was cut", facts);
  CHECK(facts.at("login_server") == "db:1");  // so that a refusal says nothing
}

TEST_CASE("a server is one host and a port", "[respond]") {
  for (const char* wrong :
       {"", "db", "db:", "db:x", "db:0", "db:70000", ":1", "a,b:1", "/tmp:1", "DB:1", "a b:1", "u@db:1"})
    CHECK_FALSE(database_server(wrong));
  CHECK(database_server("db:1")->name() == "db:1");
  CHECK(database_server("db:1/app")->name() == "db:1/app");
  CHECK(is_loopback("127.0.0.9"));
  CHECK_FALSE(is_loopback("127.0.0.1.acme.io"));
}

TEST_CASE("a key of Azure's is asked about at the one cache that the policy lists", "[respond]") {
  Subject subject;
  subject.rule = "azure-redis-key";
  Network network;
  CHECK_FALSE(login_of(subject, network, {}));
  network.database_hosts = {"*.redis.cache.windows.net", "db", "a.redis.cache.windows.net"};
  const auto login = login_of(subject, network, {});
  REQUIRE(login);
  CHECK(login->principal() == "default@a.redis.cache.windows.net:6380");
  CHECK(login->assumed);  // so that a refusal is "not live here"
  CHECK_FALSE(login_of(subject, network, {{"server", "db:6380"}})->assumed);
  network.database_hosts.emplace_back("b.redis.cache.windows.net");
  CHECK_FALSE(login_of(subject, network, {}));
}

TEST_CASE("documents that are cut or false have no values", "[respond]") {
  BsonWriter inner, writer;
  inner.text("0", "SCRAM-SHA-256");
  writer.integer("code", -7);
  writer.yes("done");
  writer.text("errmsg", "no");
  writer.bytes("payload", "r=x");
  writer.document("list", inner);
  const std::string whole = writer.done();
  const auto values = read_bson(whole);
  REQUIRE(values);
  CHECK(values->at("code").number() == -7.0);
  CHECK(values->at("errmsg").text() == "no");
  CHECK(values->at("payload").bytes() == "r=x");
  CHECK(read_bson(values->at("list").raw)->at("0").text() == "SCRAM-SHA-256");
  CHECK_FALSE(values->at("errmsg").number());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(read_bson(whole.substr(0, size)));
    std::string cut = whole.substr(0, size);
    if (size < 5) continue;
    cut[0] = static_cast<char>(size), cut[size - 1] = '\0';  // a length that fits, and nothing else that must
    if (const auto some = read_bson(cut)) CHECK(some->size() <= values->size());
  }
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[at] = byte;
      if (const auto some = read_bson(changed))
        for (const auto& [name, value] : *some) CHECK(value.text().size() + value.bytes().size() <= whole.size());
    }
}
