// When a provider's word that a credential is dead counts, and which credentials one call ends.
#include <catch2/catch.hpp>

#include <stdlib.h>

#include <chrono>
#include <deque>
#include <filesystem>

#include "hooks/respond/fill.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/proof.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/revoke.h"

using namespace staunch;

namespace {

// A provider with one kind of credential, asked by a script of states.
struct World {
  explicit World(std::uint32_t settle) {
    std::string name = "/tmp/proof.XXXXXX";
    REQUIRE(mkdtemp(name.data()));
    folder = name;
    auto opened = Journal::open(folder);
    REQUIRE(opened);
    journal = std::move(*opened);
    policy.recheck_ms = 1;
    Provider acme;
    acme.id = "acme";
    acme.revoke.resize(1);
    acme.revoke[0].settle = {settle, "https://docs.acme.example/"};
    catalogue.providers.push_back(acme);
    subject.fingerprint = "sf1:00";
    subject.rule = "acme-token";
    subject.provider = "acme";
  }
  ~World() { std::filesystem::remove_all(folder); }

  Verdict prove(std::deque<State> says) {
    asked = 0;
    const Proving proving{catalogue, policy, *journal, [&](const std::vector<Subject>& subjects) {
                            ++asked;
                            Verdict verdict;
                            verdict.state = says.front();
                            if (says.size() > 1) says.pop_front();
                            return std::vector<Verdict>(subjects.size(), verdict);
                          }};
    return prove_dead(proving, {subject})[0];
  }

  std::string folder;
  std::unique_ptr<Journal> journal;
  Policy policy;
  Catalogue catalogue;
  Subject subject;
  int asked = 0;
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("3.4 three dead answers on end, where nothing is known of a settle time", "[respond]") {
  World world(0);
  CHECK(world.prove({State::dead}).state == State::dead);
  CHECK(world.asked == 3);
  CHECK(world.prove({State::live, State::dead, State::dead, State::unknown, State::dead}).state == State::dead);
  CHECK(world.asked == 7);
  CHECK(world.prove({State::live}).state == State::live);
  CHECK(world.asked == kMostQuestions);
  CHECK(world.prove({State::dead, State::dead, State::live, State::unknown}).state == State::unknown);
}

TEST_CASE("3.4 the last dead answer comes when the provider has settled", "[respond]") {
  World world(2);
  Verdict verdict;
  CHECK(seconds_of([&] { verdict = world.prove({State::dead}); }) >= 1.9);
  CHECK(verdict.state == State::dead);
  CHECK(world.asked >= 3);
}

TEST_CASE("3.4 a long settle time is not waited for, and counts from the end on", "[respond]") {
  World world(3600);
  REQUIRE(note_end(*world.journal, world.subject));
  const Verdict early = world.prove({State::dead});
  CHECK(early.state == State::unknown);
  CHECK(early.why.find("which counts from ") != std::string::npos);
  CHECK(early.why.find("1 h") != std::string::npos);
  CHECK(world.asked == 1);
  // An hour later, by a mark of an hour ago on another boot.
  const std::string mark = std::to_string(now_seconds() - 3601) + " 5 another-boot";
  REQUIRE(seconds_since(mark) >= 3600);
  REQUIRE(world.journal->put("ending", "sf1:00 acme-token", {{"mark", mark}, {"by", "us"}}));
  CHECK(world.prove({State::dead}).state == State::dead);
  CHECK(world.asked == 3);
}

TEST_CASE("3.4 where somebody else ended it the settle time begins at the first dead answer", "[respond]") {
  World world(3600);
  CHECK(world.prove({State::dead}).state == State::unknown);
  const auto first = world.journal->get("ending", "sf1:00 acme-token");
  REQUIRE(first);
  CHECK(world.prove({State::dead}).state == State::unknown);
  CHECK(world.journal->get("ending", "sf1:00 acme-token") == first);
  CHECK(world.prove({State::live}).state == State::live);  // it was not dead after all
  CHECK_FALSE(world.journal->get("ending", "sf1:00 acme-token"));
}

TEST_CASE("3.4 what a live revocation disables first is proved while the run waits", "[respond]") {
  const auto catalogue = respond_catalogue();
  REQUIRE(catalogue);
  for (const Provider& provider : catalogue->providers)
    for (const Revoke& entry : provider.revoke)
      if (entry.live && !entry.disable.empty()) CHECK(entry.settle.seconds <= kLongestProof);
}

TEST_CASE("one call ends as many as its entry says", "[respond]") {
  World world(0);
  world.catalogue.providers[0].revoke[0].batch = 2;
  std::vector<Action> actions(6);
  std::vector<Subject> subjects(6);
  const Verdict live{State::live, "", "", {}, 200, 0};
  std::vector<Target> targets;
  for (std::size_t i = 0; i < 6; ++i) {
    actions[i].provider = i == 2 ? "nobody" : "acme";
    subjects[i].fingerprint = i == 5 ? "0" : std::to_string(i);  // the first one again, under another rule
    targets.push_back({&actions[i], &subjects[i], &live});
  }
  const std::vector<std::vector<std::size_t>> expected = {{0, 1}, {2}, {3, 4}, {5}};
  CHECK(in_batches(world.catalogue, targets) == expected);
  world.catalogue.providers[0].revoke[0].batch = 1;
  CHECK(in_batches(world.catalogue, targets).size() == 6);
}

TEST_CASE("a request for several secrets has each in its list, escaped", "[respond]") {
  const Request request{"POST", "https://api.example.com/", {}, R"({"credentials":["{secret}"]})", "", "", ""};
  Values values;
  values["secret"] = Secret("a\"b");
  values["secret_1"] = Secret("c");
  values["secret_2"] = Secret("d");
  CHECK(fill(for_many(request, 3), values, {}, 0)->body == R"({"credentials":["a\"b","c","d"]})");
  CHECK(fill(for_many(request, 1), values, {}, 0)->body == R"({"credentials":["a\"b"]})");
  CHECK_FALSE(fill(for_many(request, 4), values, {}, 0));  // never a hole that nobody fills
}
