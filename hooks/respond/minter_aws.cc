#include "hooks/respond/aws.h"
#include "hooks/respond/minter.h"
#include "hooks/respond/verdict.h"

#include <fmt/format.h>

namespace staunch {
namespace {

class Aws : public Minter {
 public:
  explicit Aws(MinterNeeds needs)
      : Minter(std::move(needs.facts)),
        network_(needs.policy.network),
        key_(std::move(needs.own)),
        user_(needs.plan.user) {}

  std::string host() const override { return "sts.us-east-1.amazonaws.com"; }

  Result<std::pair<std::string, std::string>> who_are_we() override {
    const HttpAnswer answer = aws_query(network_, key_, "sts", {{"Action", "GetCallerIdentity"}}, false);
    if (answer.status != 200) return Error{"our own credential does not work: " + said(answer), ""};
    return std::pair(std::string(xml_text(answer.body, "Account")), std::string(xml_text(answer.body, "Arn")));
  }

  Result<std::vector<KeyFact>> look() override {
    const HttpAnswer answer = iam({{"Action", "ListAccessKeys"}, {"UserName", user_}}, false);
    if (answer.status != 200) return Error{"the keys cannot be listed: " + said(answer), user_};
    if (xml_text(answer.body, "IsTruncated") == "true")
      return Error{"there are more keys than one answer lists", user_};
    std::vector<KeyFact> keys;
    std::string_view rest = answer.body;
    for (std::size_t at = rest.find("<member>"); at != std::string_view::npos; at = rest.find("<member>")) {
      rest.remove_prefix(at);
      const std::string_view member = xml_text(rest, "member");
      keys.push_back({std::string(xml_text(member, "AccessKeyId")), xml_text(member, "Status") == "Active",
                      std::string(xml_text(member, "CreateDate")), ""});
      rest.remove_prefix(8);
    }
    for (KeyFact& key : keys) {
      const HttpAnswer used = iam({{"Action", "GetAccessKeyLastUsed"}, {"AccessKeyId", key.id}}, false);
      if (used.status != 200) return Error{"when a key was last used cannot be told: " + said(used), key.id};
      key.last_used = xml_text(used.body, "LastUsedDate");
      if (key.last_used == "N/A") key.last_used.clear();
    }
    return keys;
  }

  Change mint(Minted& minted) override {
    const HttpAnswer answer = iam({{"Action", "CreateAccessKey"}, {"UserName", user_}}, true);
    Change change = fate(answer);
    if (change.fate != Fate::done) return change;
    minted.id = xml_text(answer.body, "AccessKeyId");
    minted.secret = Secret(xml_text(answer.body, "SecretAccessKey"));
    if (minted.id.empty() || minted.secret.empty()) return {Fate::lost, "the answer holds no key"};
    return change;
  }

  Change set_active(const std::string& id, bool active) override {
    const HttpAnswer answer = iam({{"Action", "UpdateAccessKey"},
                                   {"UserName", user_},
                                   {"AccessKeyId", id},
                                   {"Status", active ? "Active" : "Inactive"}},
                                  true);
    return active ? fate(answer) : fate_of_ending(answer);
  }

  Change remove(const std::string& id) override {
    return fate_of_ending(iam({{"Action", "DeleteAccessKey"}, {"UserName", user_}, {"AccessKeyId", id}}, true));
  }

  Result<std::string> try_pair(const std::string& id, const Secret& secret) override {
    Values pair;
    pair["key_id"] = Secret(id);
    pair["secret"] = secret;
    const HttpAnswer answer = aws_query(network_, pair, "sts", {{"Action", "GetCallerIdentity"}}, false);
    if (answer.status == 200) return std::string(xml_text(answer.body, "Account"));
    if (aws_error(answer) == "InvalidClientTokenId") return Error{"dead", id};
    return Error{said(answer), id};
  }

 private:
  HttpAnswer iam(const Fields& fields, bool changes) { return aws_query(network_, key_, "iam", fields, changes); }

  static std::string said(const HttpAnswer& answer) {
    return answer.outcome == HttpAnswer::Outcome::answered ? fmt::format("{} {}", answer.status, aws_error(answer))
                                                           : answer.why;
  }

  // A key that is not there, because it was revoked before, needs no end.
  static Change fate_of_ending(const HttpAnswer& answer) {
    if (answer.status == 404 && aws_error(answer) == "NoSuchEntity") return {Fate::done, "it was not there"};
    return fate(answer);
  }

  // A 5xx may have taken effect, as an answer that never came.
  static Change fate(const HttpAnswer& answer) {
    if (answer.outcome == HttpAnswer::Outcome::not_sent) return {Fate::refused, answer.why};
    if (answer.outcome == HttpAnswer::Outcome::lost || answer.status >= 500) return {Fate::lost, said(answer)};
    return {answer.status == 200 ? Fate::done : Fate::refused, answer.status == 200 ? "" : said(answer)};
  }

  const Network& network_;
  Values key_;
  std::string user_;
};

}  // namespace

Result<std::unique_ptr<Minter>> aws_minter(MinterNeeds needs) {
  return std::unique_ptr<Minter>(std::make_unique<Aws>(std::move(needs)));
}

}  // namespace staunch
