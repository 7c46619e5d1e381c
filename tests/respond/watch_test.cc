// Watching after the end, with a clock of the test's own.
#include <catch2/catch.hpp>

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/watch.h"

using namespace staunch;

namespace {

constexpr std::int64_t kStart = 1'800'000'000, kHour = 3600;

// An incident with one retired credential, and what the provider will answer.
struct Scene {
  Scene() {
    std::string name = "/tmp/watch.XXXXXX";
    REQUIRE(mkdtemp(name.data()));
    folder = name;
    auto opened = Journal::open(folder + "/j");
    REQUIRE(opened);
    journal = std::move(*opened);
    audit = std::make_unique<Audit>(*journal, output);
    subject.fingerprint = "sf1:" + std::string(32, 'a');
    subject.rule = "some-token";
    subject.provider = "some";
    subject.secret = Secret("a secret\nwith 2 lines");
    subject.beside["other-rule"] = Secret("beside it");
    const auto incident = open_incident(*journal, *audit, {"a leak", "public", "", "", {}}, {subject}, {Verdict{}});
    REQUIRE(incident);
    id = incident->id;
  }
  ~Scene() { std::filesystem::remove_all(folder); }

  WatchRound round(std::int64_t now) {
    WatchWorld world{policy, *journal, *audit, output, {}, {}};
    world.ask = [&](const std::vector<Subject>& subjects) {
      asked += subjects.size();
      last = subjects.at(0);
      Verdict verdict;
      verdict.state = answer;
      return std::vector<Verdict>(subjects.size(), verdict);
    };
    world.last_used = [&](const Subject&) -> Result<std::string> {
      if (tells) return used;
      return Error{"not told", ""};
    };
    const auto done = watch_round(world, "", now);
    REQUIRE(done);
    return *done;
  }

  std::string report() { return *incident_markdown(*journal, id); }

  std::string folder, id, used;
  Output output;
  Policy policy;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Audit> audit;
  Subject subject, last;
  State answer = State::dead;
  bool tells = false;
  std::size_t asked = 0;
};

}  // namespace

TEST_CASE("only what was proved dead is watched, hourly, for 72 hours", "[respond]") {
  Scene scene;
  CHECK(scene.round(kStart).next == 0);
  CHECK(scene.asked == 0);
  REQUIRE(retire(*scene.journal, scene.subject.fingerprint));
  CHECK(scene.round(kStart).next == kStart + kHour);
  CHECK(scene.last.secret.reveal() == scene.subject.secret.reveal());
  CHECK(scene.last.beside.at("other-rule").reveal() == "beside it");
  CHECK(scene.round(kStart + kHour / 2).asked == 0);  // not due
  for (int hour = 1; hour < 72; ++hour) CHECK(scene.round(kStart + hour * kHour).next != 0);
  CHECK(scene.round(kStart + 72 * kHour).next == 0);
  CHECK(scene.asked == 73);
  CHECK(scene.round(kStart + 73 * kHour).asked == 0);
  CHECK(scene.report().find("72 of 72 hours were observed, and the watch has ended") != std::string::npos);
  CHECK(scene.report().find("answered dead 73 times, good 0 times") != std::string::npos);
  CHECK(scene.report().find("uses: not told by the provider") != std::string::npos);
  CHECK(scene.report().find("**gap** from") == std::string::npos);
  CHECK_FALSE(scene.journal->open_sealed("incident/" + scene.id + "/" + scene.subject.fingerprint));
}

TEST_CASE("gaps are shown as gaps and do not count", "[respond]") {
  Scene scene;
  REQUIRE(retire(*scene.journal, scene.subject.fingerprint));
  scene.round(kStart);
  scene.round(kStart + kHour);
  scene.round(kStart + 25 * kHour);  // a day ahead
  scene.round(kStart + 2 * kHour);   // and back
  scene.answer = State::unknown;
  const WatchRound silent = scene.round(kStart + 3 * kHour);
  CHECK(silent.unanswered == 1);
  scene.answer = State::dead;
  scene.round(kStart + 4 * kHour);
  const std::string report = scene.report();
  CHECK(report.find(": nobody asked") != std::string::npos);
  CHECK(report.find("the clock went back") != std::string::npos);
  CHECK(report.find("gave no verdict") != std::string::npos);
  CHECK(report.find("2 of 72 hours were observed") != std::string::npos);
}

TEST_CASE("what answers good again, or is used, is an alarm", "[respond]") {
  Scene scene;
  REQUIRE(retire(*scene.journal, scene.subject.fingerprint));
  scene.tells = true;
  scene.used = "2026-01-01T00:00:00Z";
  CHECK(scene.round(kStart).alarms == 0);  // uses before its end are known
  scene.used = "2027-01-15T10:00:00Z";
  CHECK(scene.round(kStart + kHour).alarms == 1);
  CHECK(scene.round(kStart + 2 * kHour).alarms == 0);
  scene.answer = State::live;
  CHECK(scene.round(kStart + 3 * kHour).alarms == 1);
  const std::string report = scene.report();
  CHECK(report.find("was used or tried at 2027-01-15T10:00:00Z") != std::string::npos);
  CHECK(report.find("is good again") != std::string::npos);
}

TEST_CASE("polls a second apart add up, and a second that has begun is none", "[respond]") {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto passed = [&] { return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count(); };
  std::string mark = mark_now();
  std::int64_t observed = 0;
  for (int polls = 0; polls < 3; ++polls) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    observed += seconds_since(mark);
    mark = mark_now();
  }
  CHECK(observed >= 3);
  CHECK(observed <= passed());
  const std::size_t point = mark.find('.');
  const std::string older = mark.substr(0, point) + mark.substr(mark.find(' ', point));  // in whole seconds
  CHECK(seconds_since(older) <= 1 + passed() - observed);
  CHECK(seconds_since("soon") == -1);
}
