// Keys that a program of the plan makes: for providers that this program does not speak to.
//
//   WORDS… whoami                                {"account":"…","who":"…"}: whom our calls come from
//   WORDS… list                                  [{"id":"…","active":true,"created":"…","last_used":"…"}]
//   WORDS… mint TOKEN                            {"id":"…","secret":"…"}; the same TOKEN again: the same key, or an end
//   WORDS… disable ID | enable ID | remove ID
//   WORDS… try ID                                the secret on standard input: ends with 0 and the account on
//                                                descriptor 3 where it is good, with 1 where it is refused as unknown
//
// Times are RFC 3339; last_used may lack.
//
// Answers come on descriptor 3, as JSON where braces are shown. It ends with 0 where all was done, with 2 where it was
// refused; any other end leaves open what was done, and `list` decides.
#include "hooks/respond/child.h"
#include "hooks/respond/json.h"
#include "hooks/respond/minter.h"

#include <fmt/format.h>

namespace staunch {
namespace {

class Command : public Minter {
 public:
  explicit Command(MinterNeeds needs) : Minter(needs.facts), needs_(std::move(needs)) {}

  std::string host() const override { return needs_.plan.mint[0]; }

  Result<std::pair<std::string, std::string>> who_are_we() override {
    const auto json = asked({"whoami"});
    if (!json) return json.error();
    return std::pair(text_at(*json, "/account"), text_at(*json, "/who"));
  }

  Result<std::vector<KeyFact>> look() override {
    const auto json = asked({"list"});
    if (!json) return json.error();
    if (!json->is_array()) return Error{"'list' answered no list", host()};
    std::vector<KeyFact> keys;
    for (const Json& key : *json)
      keys.push_back({text_at(key, "/id"), text_at(key, "/active") == "true", text_at(key, "/created"),
                      text_at(key, "/last_used")});
    return keys;
  }

  Change mint(Minted& minted) override {
    const auto result = run({"mint", needs_.token}, {});
    const Change change = fate(result);
    if (change.fate != Fate::done) return change;
    const auto json = parse_json(result->answer.reveal());
    if (!json) return {Fate::lost, "'mint' answered no JSON"};
    minted.id = text_at(*json, "/id");
    minted.secret = Secret(text_at(*json, "/secret"));
    if (minted.id.empty() || minted.secret.empty()) return {Fate::lost, "'mint' answered no key"};
    return change;
  }

  Change set_active(const std::string& id, bool active) override {
    return fate(run({active ? "enable" : "disable", id}, {}));
  }
  Change remove(const std::string& id) override { return fate(run({"remove", id}, {})); }

  Result<std::string> try_pair(const std::string& id, const Secret& secret) override {
    const auto result = run({"try", id}, secret);
    if (!result) return result.error();
    if (result->status == 0) return std::string(result->answer.reveal());
    return Error{result->status == 1 ? "dead" : fmt::format("'try' ended with {}", result->status), id};
  }

 private:
  Result<ChildResult> run(std::vector<std::string> more, const Secret& input) {
    std::vector<std::string> words = needs_.plan.mint;
    words.insert(words.end(), more.begin(), more.end());
    return run_child(words, input);
  }

  Result<Json> asked(const std::vector<std::string>& more) {
    const auto result = run(more, {});
    if (!result) return result.error();
    const auto json = parse_json(result->answer.reveal());
    if (result->status != 0 || !json) return Error{fmt::format("'{}' ended with {}", more[0], result->status), host()};
    return *json;
  }

  static Change fate(const Result<ChildResult>& result) {
    if (!result) return {Fate::refused, to_string(result.error())};
    if (result->timed_out) return {Fate::lost, "it did not end in time"};
    if (result->status == 0) return {Fate::done, ""};
    return {result->status == 2 || result->status == 127 ? Fate::refused : Fate::lost,
            fmt::format("it ended with {}", result->status)};
  }

  MinterNeeds needs_;
};

}  // namespace

Result<std::unique_ptr<Minter>> command_minter(MinterNeeds needs) {
  return std::unique_ptr<Minter>(std::make_unique<Command>(std::move(needs)));
}

}  // namespace staunch
