// Sealing, the journal, the audit, plans and the policy's clocks.
#include <catch2/catch.hpp>

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "hooks/respond/audit.h"
#include "hooks/respond/child.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/plan.h"
#include "hooks/respond/revoke.h"
#include "hooks/respond/rotate.h"
#include "hooks/respond/rotation_plan.h"

using namespace staunch;

namespace {

struct Folder {
  Folder() {
    std::string name = "/tmp/books.XXXXXX";
    REQUIRE(mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("6 a sealed value opens with its key alone", "[respond]") {
  const Sealer one = Sealer::of_key(Secret("one")), two = Sealer::of_key(Secret("two"));
  std::string box = one.seal("the value");
  CHECK(one.open(box)->reveal() == "the value");
  CHECK(one.seal("the value") != box);
  CHECK_FALSE(two.open(box));
  box[box.size() - 1] ^= 1;
  CHECK_FALSE(one.open(box));
  CHECK_FALSE(one.open("short"));
}

TEST_CASE("6 the journal keeps documents and sealed values", "[respond]") {
  const Folder folder;
  {
    auto journal = Journal::open(folder.path);
    REQUIRE(journal);
    REQUIRE((*journal)->put("k", "b", {{"n", 1}}));
    REQUIRE((*journal)->put("k", "a", {{"n", 2}}));
    REQUIRE((*journal)->put("k", "b", {{"n", 3}}));
    REQUIRE((*journal)->keep_sealed("s", Secret("a very secret value")));
    CHECK_FALSE(Journal::open(folder.path));  // one at a time
  }
  auto journal = Journal::open(folder.path);
  REQUIRE(journal);
  CHECK(number_at(*(*journal)->get("k", "b"), "/n") == 3);
  CHECK_FALSE((*journal)->get("k", "c"));
  const auto all = (*journal)->list("k");
  REQUIRE(all.size() == 2);
  CHECK(all[0].first == "a");
  CHECK((*journal)->list("k", 10, "a").size() == 1);
  CHECK((*journal)->count_since("k", now_seconds() - 10) == 2);
  CHECK((*journal)->count_since("k", now_seconds() + 10) == 0);
  CHECK((*journal)->open_sealed("s")->reveal() == "a very secret value");
  REQUIRE((*journal)->erase_sealed("s"));
  CHECK_FALSE((*journal)->open_sealed("s"));
  for (const auto& file : std::filesystem::directory_iterator(folder.path))
    CHECK(file_text(file.path()).find("very secret") == std::string::npos);
}

TEST_CASE("5.4 the audit holds no secret, in no coding", "[respond]") {
  const Folder folder;
  auto journal = Journal::open(folder.path);
  REQUIRE(journal);
  Output output;
  output.know(Secret("hunter2-and-more"));
  Audit audit(**journal, output);
  REQUIRE(audit.add("x", {{"a", "say hunter2-and-more"}, {"b", {{"c", {"aHVudGVyMi1hbmQtbW9yZQ=="}}}}, {"n", 7}}));
  const std::string text = file_text(audit_path(**journal));
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("aHVudGVyMi1hbmQtbW9y") == std::string::npos);
  CHECK(check_audit(**journal).empty());
}

TEST_CASE("2.6 a plan's digest covers what would be done", "[respond]") {
  Plan plan;
  plan.actions.push_back({});
  const std::string digest = plan_digest(plan);
  Plan later = plan;
  later.made = 99;
  CHECK(plan_digest(later) == digest);
  later.actions[0].account = "other";
  CHECK(plan_digest(later) != digest);
  CHECK_FALSE(needs_code(plan));
  plan.actions[0].collateral = "something dies";
  CHECK(needs_code(plan));
  plan.actions[0].refused = "not live";
  CHECK_FALSE(needs_code(plan));
}

TEST_CASE("2.2 exactly one key of the account looks like the leaked one", "[respond]") {
  const Locate locate{{}, "/data", "/hint", {}};
  const auto find = [&](const char* text) {
    return find_by_hint(*parse_json(text), locate, "sk-abcdefghijklwxyz").ok();
  };
  CHECK(find(R"({"data":[{"hint":"sk-ab...wxyz"},{"hint":"sk-ab...wxyy"}]})"));
  CHECK_FALSE(find(R"({"data":[{"hint":"sk-ab...wxyz"},{"hint":"sk-a**xyz"}]})"));
  CHECK_FALSE(find(R"({"data":[{"hint":"..."},{"hint":"s..."},{"hint":"sk-abcdefghijklwxyz"}]})"));
  CHECK_FALSE(find(R"({"data":[{"hint":"sk-ab...wxyz"}],"has_more":true})"));
  CHECK_FALSE(find(R"({"data":{}})"));
}

TEST_CASE("quiet hours go over midnight", "[respond]") {
  const auto at = [](int hour, int minute) {
    return std::int64_t{1'700'006'400} + hour * 3600 + minute * 60;
  };  // a midnight
  CHECK(in_quiet_hours("22:00-06:00", at(23, 0)));
  CHECK(in_quiet_hours("22:00-06:00", at(5, 59)));
  CHECK_FALSE(in_quiet_hours("22:00-06:00", at(6, 0)));
  CHECK(in_quiet_hours("01:00-02:00", at(1, 30)));
  CHECK_FALSE(in_quiet_hours("01:00-02:00", at(2, 0)));
  CHECK_FALSE(in_quiet_hours("", at(1, 0)));
}

TEST_CASE("5.2 a child gets secrets on standard input and answers on descriptor 3", "[respond]") {
  const auto result = run_child({"/bin/sh", "-c", "cat >&3; echo told; exit 3"}, Secret("value"));
  REQUIRE(result);
  CHECK(result->answer.reveal() == "value");
  CHECK(result->said == "told\n");
  CHECK(result->status == 3);
  const auto slow = run_child({"/bin/sh", "-c", "sleep 30"}, {}, 1);
  REQUIRE(slow);
  CHECK(slow->timed_out);
  const auto none = run_child({"/no/such/program"}, {});
  REQUIRE(none);
  CHECK(none->status == 127);
}

TEST_CASE("1 the two orders", "[respond]") {
  CHECK(order_of(false).front() == Turn::live);
  CHECK(order_of(false)[8] == Turn::disabled);
  CHECK(order_of(true)[1] == Turn::disabled);
  for (const bool emergency : {false, true}) {
    CHECK(order_of(emergency).back() == Turn::closed);
    for (const Turn turn : order_of(emergency)) CHECK(turn_of(name_of(turn)) == turn);
  }
}

TEST_CASE("plans of rotations that cannot be", "[respond]") {
  const std::string head = "name='n'\nprovider='aws'\nuser='u'\ncredential='c'\n";
  CHECK(parse_rotation_plan(head + "[[targets]]\nstore='s'\nname='x'\n", "p"));
  CHECK_FALSE(parse_rotation_plan(head, "p"));
  CHECK_FALSE(parse_rotation_plan(head + "hold='soon'\n[[targets]]\nstore='s'\nname='x'\n", "p"));
  CHECK_FALSE(parse_rotation_plan(head + "[[targets]]\nstore='s'\nname='x'\n[[targets]]\nstore='s'\nname='x'\n", "p"));
  CHECK_FALSE(parse_rotation_plan(head + "surprise=1\n[[targets]]\nstore='s'\nname='x'\n", "p"));
  CHECK_FALSE(parse_rotation_plan(
      "name='n'\nprovider='other'\nuser='u'\ncredential='c'\n[[targets]]\nstore='s'\nname='x'\n", "p"));
}
