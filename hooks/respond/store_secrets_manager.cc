// AWS Secrets Manager: a new version waits as AWSPENDING and becomes AWSCURRENT by one move of that label, which is a
// compare-and-swap. The rotation's token is the version's id, so a repeated write makes no second version.
//
// A claim is a version whose id follows from the one in use, and whose text is the rotation's id: the service takes a
// repeated write of the same text and refuses another one, so of two responders one is first. A claim that was released
// has no label left; the next one's id is counted on from it.
#include <fmt/format.h>

#include <map>

#include "hooks/respond/aws.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

class SecretsManager : public Store {
 public:
  SecretsManager(const StoreWorld& world, const StoreSettings& settings, Values key)
      : network_(world.policy.network), region_(settings.region), key_(std::move(key)) {}

  Result<StoreValue> read(const std::string& name, Stage stage) override {
    const char* label = stage == Stage::current ? "AWSCURRENT" : stage == Stage::pending ? "AWSPENDING" : "AWSPREVIOUS";
    const HttpAnswer answer = call("GetSecretValue", {{"SecretId", name}, {"VersionStage", label}}, false);
    const auto json = parse_json(answer.body);
    if (answer.status != 200 || !json) return wrong(answer, name);
    const std::string text = text_at(*json, "/SecretString");
    if (text.empty()) return Error{"it holds no text", name};
    return StoreValue{Secret(text), text_at(*json, "/VersionId"), 0};
  }

  Status stage(const std::string& name, const Secret& value, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    if (const auto pending = labels->find("AWSPENDING");
        pending != labels->end() && pending->second != token && pending->second != current(*labels))
      return Error{"another rotation's version is pending; take its label away first", name};
    return done(call("PutSecretValue",
                     {{"SecretId", name},
                      {"ClientRequestToken", token},
                      {"SecretString", std::string(value.reveal())},
                      {"VersionStages", {"AWSPENDING"}}},
                     true),
                name, [&] { return has(name, "AWSPENDING", token); });
  }

  Status promote(const std::string& name, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    if (current(*labels) == token) return Done{};
    const auto pending = labels->find("AWSPENDING");
    if (pending == labels->end() || pending->second != token)
      return Error{"this rotation's version is not pending", name};
    return move(name, token, current(*labels));
  }

  Status drop(const std::string& name, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    return take_label(*labels, name, "AWSPENDING", token);
  }

  Status demote(const std::string& name, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    if (current(*labels) != token) return Done{};
    const auto previous = labels->find("AWSPREVIOUS");
    if (previous == labels->end()) return Error{"there is no version before this one", name};
    return move(name, previous->second, token);
  }

  Status create(const std::string& name, const Secret& value) override {
    return done(call("CreateSecret", {{"Name", name}, {"SecretString", std::string(value.reveal())}}, true), name,
                [&] { return read(name, Stage::current).ok(); });
  }

  bool can_claim() const override { return true; }

  // A secret for claims alone: made by the first who needs it, with a version that only says what it is for.
  Status make_place(const std::string& name) override {
    const HttpAnswer there = call("DescribeSecret", {{"SecretId", name}}, false);
    if (there.status == 200) return Done{};
    if (aws_error(there) != "ResourceNotFoundException") return wrong(there, name);
    const Json wanted = {{"Name", name}, {"SecretString", fmt::format("claims of staunch; the label is {}", kClaim)}};
    const HttpAnswer made = call("CreateSecret", wanted, true);
    if (aws_error(made) == "ResourceExistsException") return Done{};
    return done(made, name, [&] { return labels_of(name).ok(); });
  }

  Status claim(const std::string& name, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    const auto held = holder(*labels, name);
    if (!held) return held.error();
    if (*held == token) return Done{};
    for (unsigned turn = 0; held->empty() && turn < kMostClaims; ++turn) {
      const std::string id = claim_id(name, current(*labels), turn);
      const HttpAnswer answer = call(
          "PutSecretValue",
          {{"SecretId", name}, {"ClientRequestToken", id}, {"SecretString", token}, {"VersionStages", {kClaim}}}, true);
      if (answer.outcome == HttpAnswer::Outcome::answered && answer.status == 200) return Done{};
      if (aws_error(answer) != "ResourceExistsException") return wrong(answer, name);
      if (has(name, kClaim, id)) break;
    }
    return Error{fmt::format("another responder's rotation {} is under way; where it has ended, take the label {} away",
                             *held, kClaim),
                 name};
  }

  Status held(const std::string& name, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    const auto held = holder(*labels, name);
    if (!held) return held.error();
    return *held == token ? Status(Done{}) : taken(*held, name);
  }

  Status release(const std::string& name, const std::string& token) override {
    const Result<Labels> labels = labels_of(name);
    if (!labels) return labels.error();
    if (const Status dropped = take_label(*labels, name, "AWSPENDING", token); !dropped) return dropped;
    const auto held = holder(*labels, name);
    if (!held) return held.error();
    return *held == token ? take_label(*labels, name, kClaim, labels->at(kClaim)) : Status(Done{});
  }

 private:
  static constexpr const char* kClaim = "STAUNCH-CLAIM";
  static constexpr unsigned kMostClaims = 50;

  static std::string claim_id(const std::string& name, const std::string& version, unsigned turn) {
    return blake2b_hex(fmt::format("claim {} {} {}", name, version, turn));
  }

  using Labels = std::map<std::string, std::string>;  // label -> version

  HttpAnswer call(const char* target, const Json& body, bool changes) {
    return aws_json(network_, key_, "secretsmanager", region_, target, to_line(body), changes);
  }

  static Error wrong(const HttpAnswer& answer, const std::string& name) {
    return Error{answer.outcome == HttpAnswer::Outcome::answered
                     ? fmt::format("Secrets Manager refuses ({} {})", answer.status, aws_error(answer))
                     : fmt::format("Secrets Manager did not answer: {}", answer.why),
                 name};
  }

  // Whether it was done; where the answer was lost, `look` reads what became of it.
  template <typename Look>
  static Status done(const HttpAnswer& answer, const std::string& name, const Look& look) {
    if (answer.outcome == HttpAnswer::Outcome::answered && answer.status == 200) return Done{};
    if (answer.outcome == HttpAnswer::Outcome::lost && look()) return Done{};
    return wrong(answer, name);
  }

  Result<Labels> labels_of(const std::string& name) {
    const HttpAnswer answer = call("DescribeSecret", {{"SecretId", name}}, false);
    const auto json = parse_json(answer.body);
    if (answer.status != 200 || !json) return wrong(answer, name);
    Labels labels;
    if (const Json* versions = find_at(*json, "/VersionIdsToStages"); versions && versions->is_object())
      for (auto each = versions->begin(); each != versions->end(); ++each)
        for (const Json& label : *each)
          if (label.is_string()) labels[label.get<std::string>()] = each.key();
    return labels;
  }

  // The rotation that claims the secret; empty where none does.
  Result<std::string> holder(const Labels& labels, const std::string& name) {
    const auto at = labels.find(kClaim);
    if (at == labels.end()) return std::string();
    const HttpAnswer answer = call("GetSecretValue", {{"SecretId", name}, {"VersionId", at->second}}, false);
    const auto json = parse_json(answer.body);
    if (answer.status != 200 || !json) return wrong(answer, name);
    return text_at(*json, "/SecretString");
  }

  Status take_label(const Labels& labels, const std::string& name, const char* label, const std::string& version) {
    const auto at = labels.find(label);
    if (at == labels.end() || at->second != version) return Done{};
    return done(call("UpdateSecretVersionStage",
                     {{"SecretId", name}, {"VersionStage", label}, {"RemoveFromVersionId", version}}, true),
                name, [&] { return !has(name, label, version); });
  }

  static std::string current(const Labels& labels) {
    const auto at = labels.find("AWSCURRENT");
    return at == labels.end() ? "" : at->second;
  }

  bool has(const std::string& name, const char* label, const std::string& version) {
    const Result<Labels> labels = labels_of(name);
    return labels && labels->contains(label) && labels->at(label) == version;
  }

  Status move(const std::string& name, const std::string& to, const std::string& from) {
    Json body = {{"SecretId", name}, {"VersionStage", "AWSCURRENT"}, {"MoveToVersionId", to}};
    if (!from.empty()) body["RemoveFromVersionId"] = from;
    return done(call("UpdateSecretVersionStage", body, true), name, [&] { return has(name, "AWSCURRENT", to); });
  }

  const Network& network_;
  std::string region_;
  Values key_;
};

}  // namespace

Result<std::unique_ptr<Store>> secrets_manager_store(const StoreWorld& world, const StoreSettings& settings) {
  if (settings.region.empty() ||
      settings.region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    return Error{fmt::format("store '{}' needs a region", settings.name), world.policy.path};
  auto key = credential(world, settings.credential);
  if (!key) return key.error();
  return std::unique_ptr<Store>(std::make_unique<SecretsManager>(world, settings, std::move(*key)));
}

}  // namespace staunch
