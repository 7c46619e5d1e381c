// Keys that only a person can make: the program says what to do, waits, and takes the new value from a hidden prompt.
//
// Whether a value is good is asked by the plan's `rule` (the provider's documented probe), else by its `try`; where
// there is neither, the person's word counts for the old key's end.
#include "hooks/respond/minter.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/seal.h"
#include "hooks/respond/verify.h"

#include <fmt/format.h>

namespace staunch {
namespace {

class Person : public Minter {
 public:
  explicit Person(MinterNeeds needs) : Minter(needs.facts), needs_(std::move(needs)) {}

  std::string host() const override { return needs_.plan.console; }
  bool can_ask() const override { return !needs_.plan.rule.empty(); }
  std::string steps() const override {
    return fmt::format("at {} make a new key for {} with the rights of the old one", needs_.plan.console,
                       needs_.plan.user);
  }

  Result<std::pair<std::string, std::string>> who_are_we() override {
    return std::pair(needs_.plan.console, std::string("a person"));
  }
  Result<std::vector<KeyFact>> look() override { return std::vector<KeyFact>(); }

  Change mint(Minted& minted) override {
    minted.secret = needs_.ask ? needs_.ask("secret") : Secret();
    if (minted.secret.empty()) return {Fate::later, steps() + "; then go on with --take"};
    minted.id = *id_of(minted.secret);
    return {Fate::done, ""};
  }

  Change set_active(const std::string& id, bool active) override {
    return {Fate::later, fmt::format("at {} {} the key {}; then go on with --done", needs_.plan.console,
                                     active ? "enable" : "disable", id)};
  }
  Change remove(const std::string& id) override {
    return {Fate::later, fmt::format("at {} delete the key {}; then go on with --done", needs_.plan.console, id)};
  }

  // A name that tells two values apart and little else: eight digits of a digest.
  Result<std::string> id_of(const Secret& secret) override {
    const std::string whole = fmt::format("{}\n{}", needs_.plan.name, secret.reveal());
    return "key-" + blake2b_hex(whole).substr(0, 8);
  }

  Result<std::string> try_pair(const std::string& id, const Secret& secret) override {
    if (needs_.plan.rule.empty()) return Error{"the plan names no rule by which it could be asked", id};
    const auto catalogue = respond_catalogue();
    if (!catalogue) return catalogue.error();
    const Rule* rule = find_rule(*catalogue, needs_.plan.rule);
    if (!rule) return Error{fmt::format("there is no rule '{}'", needs_.plan.rule), needs_.plan.path};
    Subject subject;
    subject.fingerprint = id;
    subject.rule = rule->id;
    for (const Provider& provider : catalogue->providers)
      if (find_verify(provider, rule->id)) subject.provider = provider.id;
    subject.secret = secret;
    VerifyOptions options = asking_by(needs_.policy, nullptr);
    if (needs_.old_was_live) options.known_live[id] = "";
    const Verdict verdict = verify(*catalogue, needs_.policy.network, {subject}, options).at(0);
    if (is_good(verdict.state)) return needs_.plan.console;
    return Error{verdict.state == State::dead ? "dead" : verdict.why, id};
  }

 private:
  MinterNeeds needs_;
};

}  // namespace

Result<std::unique_ptr<Minter>> person_minter(MinterNeeds needs) {
  if (needs.plan.console.empty())
    return Error{"a plan for a person needs 'console': where the key is made", needs.plan.path};
  return std::unique_ptr<Minter>(std::make_unique<Person>(std::move(needs)));
}

}  // namespace staunch
