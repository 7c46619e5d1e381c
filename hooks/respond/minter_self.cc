// The self-rotation contract: an agent's key makes its own successor.
//
// POST /v1/agents/self/rotate-key with the key as Bearer and {"rotationSecret":"…"}; the answer holds a new key and a
// new rotation secret, each once, and both old ones are dead. So the pair is one version in the store, nothing is asked
// twice, and an answer that was lost locks the agent out until a person makes a new key at the dashboard. Another
// agent's id in the answer is never written to a store.
#include "hooks/respond/json.h"
#include "hooks/respond/minter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace staunch {
namespace {

constexpr std::int64_t kLimitWindow = 15 * 60;  // three rotations an address in a quarter of an hour

class Self : public SuccessorMinter {
 public:
  using SuccessorMinter::SuccessorMinter;

  bool can_ask() const override { return false; }
  std::vector<std::string> more_parts() const override { return {"rotation_secret"}; }
  std::string steps() const override {
    return fmt::format("at the dashboard of {} give agent {} a new key and a new rotation secret", host_,
                       needs_.plan.user);
  }

  Result<std::pair<std::string, std::string>> who_are_we() override {
    return std::pair(host_, "agent " + needs_.plan.user);
  }

  Change mint(Minted& minted) override {
    const auto key = needs_.old.find("secret"), rotation = needs_.old.find("rotation_secret");
    if (key == needs_.old.end() || key->second.empty())
      return {Fate::refused, "the stores do not hold the agent's key"};
    if (rotation == needs_.old.end() || rotation->second.empty())
      return {Fate::refused, "the stores do not hold the agent's rotation secret"};
    HttpRequest request{"POST",
                        fmt::format("https://{}/v1/agents/self/rotate-key", host_),
                        {{"Content-Type", "application/json"}},
                        to_line({{"rotationSecret", std::string(rotation->second.reveal())}}),
                        true};
    request.headers.emplace_back("Authorization", fmt::format("Bearer {}", key->second.reveal()));
    const HttpAnswer answer = send(needs_.policy.network, request);
    if (answer.outcome == HttpAnswer::Outcome::not_sent) return {Fate::refused, answer.why};
    if (answer.outcome == HttpAnswer::Outcome::lost) return {Fate::lost, answer.why};
    return judge(answer, minted);
  }

  // The contract has no call that only asks; the plan's `try` and the consumers' probes take its place.
  Result<std::string> try_pair(const std::string& id, const Secret&) override {
    return Error{"the contract has no way to ask", id};
  }
  Result<std::string> id_of(const Secret&) override { return needs_.plan.user; }

 private:
  Change judge(const HttpAnswer& answer, Minted& minted) const {
    switch (answer.status) {
      case 200: return take(answer, minted);
      case 400: return {Fate::refused, "the request held no rotation secret (400): a mistake of this program"};
      case 401:
        return {Fate::refused, "the key or the rotation secret is wrong (401); it is not tried again: " + steps()};
      case 403: return {Fate::refused, "the agent is revoked or has no rotation secret (403): " + steps()};
      case 429: return {Fate::later, "three rotations in a quarter of an hour are the limit (429)", waiting(answer)};
      default: break;
    }
    if (answer.status >= 500) return {Fate::lost, fmt::format("it fails ({})", answer.status)};
    return {Fate::refused, fmt::format("it answers {}", answer.status)};
  }

  Change take(const HttpAnswer& answer, Minted& minted) const {
    const auto json = parse_json(answer.body);
    if (!json) return {Fate::lost, "the answer is no JSON"};
    minted.id = text_at(*json, "/agentId");
    minted.secret = Secret(text_at(*json, "/apiKey"));
    minted.more["rotation_secret"] = Secret(text_at(*json, "/rotationSecret"));
    if (minted.secret.empty() || minted.more["rotation_secret"].empty())
      return {Fate::lost, "the answer holds no pair"};
    return {Fate::done, ""};
  }

  static std::int64_t waiting(const HttpAnswer& answer) {
    const std::string text = answer.header("retry-after");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    return error == std::errc() && seconds > 0 ? std::min(seconds, 4 * kLimitWindow) : kLimitWindow;
  }
};

}  // namespace

Result<std::unique_ptr<Minter>> self_minter(MinterNeeds needs) {
  const std::string host = host_of(needs.plan.server + "/");
  if (host.empty()) return Error{"'server' of a self-rotation plan is https://HOST", needs.plan.path};
  return std::unique_ptr<Minter>(std::make_unique<Self>(std::move(needs), host));
}

}  // namespace staunch
