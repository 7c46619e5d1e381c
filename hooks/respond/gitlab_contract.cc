#include "hooks/respond/gitlab_contract.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>

#include "engine/fingerprint.h"
#include "frontends/report/redact.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::string_view kGitleaks = "gitleaks_rule_id_";
constexpr std::int64_t kAgainSeconds = 300;
constexpr std::uint64_t kMostTries = 24;
constexpr std::size_t kMaxTokenBytes = 16u << 10, kMaxLocation = 2000;

std::string normal(std::string_view type) {
  if (type.starts_with(kGitleaks)) type.remove_prefix(kGitleaks.size());
  std::string out(type);
  for (char& c : out) c = c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Subject subject_of(const Rule& rule, const Secret& token, const std::string& location, const std::string& key) {
  Subject subject;
  Fingerprinter fingerprinter(key);
  subject.rule = rule.id;
  subject.provider = rule.provider;
  subject.secret = token;
  subject.fingerprint = rule.guessable ? fingerprinter.of_guessable(token.reveal()) : fingerprinter.of(token.reveal());
  subject.shown = redacted_form(rule, token.reveal(), {});
  subject.places.push_back({location, "", "", 0});
  subject.place_count = 1;
  return subject;
}

// Whether an entry that names this source speaks of the rule.
bool spoken_of(const Policy& policy, const Rule& rule) {
  Subject subject;
  subject.rule = rule.id;
  subject.provider = rule.provider;
  bool limited = false;
  return response_for(policy, subject, "gitlab", State::live, limited) != nullptr && !limited;
}

bool same_token(std::string_view given, std::string_view shared) {
  if (given.starts_with("Bearer ")) given.remove_prefix(7);
  return !shared.empty() && given.size() == shared.size() &&
         sodium_memcmp(given.data(), shared.data(), shared.size()) == 0;
}

struct Token {
  const Rule* rule;
  Secret secret;
  std::string location;
};

// The tokens of a body; types that nobody here knows are left out. An Error for what is no such list.
Result<std::vector<Token>> tokens_in(const Catalogue& catalogue, const std::string& body) {
  const auto json = parse_json(body);
  if (!json || !json->is_array() || json->size() > kMaxTokensHeard) return Error{"not a list of tokens", ""};
  std::vector<Token> tokens;
  for (const Json& one : *json) {
    const std::string type = text_at(one, "/type"), token = text_at(one, "/token");
    if (!one.is_object() || type.empty() || token.empty() || token.size() > kMaxTokenBytes)
      return Error{"a token without type or value", ""};
    if (const Rule* rule = rule_of_gitlab_type(catalogue, type))
      tokens.push_back({rule, Secret(token), text_at(one, "/location").substr(0, kMaxLocation)});
  }
  return tokens;
}

}  // namespace

const Rule* rule_of_gitlab_type(const Catalogue& catalogue, std::string_view type) {
  return find_rule(catalogue, normal(type));
}

std::vector<std::string> gitlab_types(const Catalogue& catalogue, const Policy& policy) {
  std::vector<std::string> types;
  for (const Rule& rule : catalogue.rules) {
    if (!spoken_of(policy, rule)) continue;
    types.push_back(rule.id);
    types.push_back(std::string(kGitleaks) + rule.id);
  }
  return types;
}

HttpReply hear_gitlab(const Catalogue& catalogue, const Policy& policy, Journal& journal, const Secret& shared,
                      const std::string& fingerprint_key, const HeardRequest& request) {
  if (!same_token(request.authorization, shared.reveal())) return {401, R"({"message":"unauthorized"})"};
  if (request.target == "/v1/revocable_token_types")
    return request.method == "GET" ? HttpReply{200, to_line({{"types", gitlab_types(catalogue, policy)}})}
                                   : HttpReply{405, "{}"};
  if (request.target != "/v1/revoke_tokens") return {404, "{}"};
  if (request.method != "POST") return {405, "{}"};
  const auto tokens = tokens_in(catalogue, request.body);
  if (!tokens) return {400, to_line({{"message", tokens.error().what}})};
  if (journal.list("inbox", kMaxInbox).size() + tokens->size() > kMaxInbox) return {429, R"({"message":"later"})"};
  ReportRedactor redactor;
  for (const Token& token : *tokens) redactor.add(token.secret.reveal(), "…");
  for (const Token& token : *tokens) {
    const std::string location = redactor.mask(token.location);
    const Subject subject = subject_of(*token.rule, token.secret, location, fingerprint_key);
    const std::string id = subject.rule + " " + subject.fingerprint;
    const Status sealed = journal.keep_sealed("inbox/" + id, token.secret);
    const Status kept =
        sealed ? journal.put("inbox", id,
                             {{"rule", subject.rule}, {"location", location}, {"heard", rfc3339(now_seconds())}})
               : sealed;
    if (!kept) return {429, R"({"message":"it cannot be kept now"})"};
  }
  return {204, ""};
}

std::int64_t work_off_inbox(TriggerWorld& world, std::int64_t now) {
  std::int64_t next = 0;
  for (auto& [id, document] : world.journal.list("inbox", kMaxInbox)) {
    const auto due = static_cast<std::int64_t>(number_at(document, "/due"));
    const auto token = world.journal.open_sealed("inbox/" + id);
    const Rule* rule = find_rule(world.catalogue, text_at(document, "/rule"));
    Responded responded = Responded::done;
    if (due > now) {
      next = next == 0 ? due : std::min(next, due);
      continue;
    }
    const std::uint64_t tries = number_at(document, "/tries") + 1;
    if (token && rule) {
      const Subject subject = subject_of(*rule, *token, text_at(document, "/location"), world.fingerprint_key);
      world.output.know(subject.secret, subject.shown);
      world.asking.now = now;
      responded = respond_to(world, {subject});
    }
    if (responded == Responded::failed && tries < kMostTries) {
      document["tries"] = tries;
      document["due"] = static_cast<std::uint64_t>(now + kAgainSeconds);
      if (world.journal.put("inbox", id, document))
        next = next == 0 ? now + kAgainSeconds : std::min(next, now + kAgainSeconds);
      continue;
    }
    if (responded == Responded::failed)
      world.output.tell(fmt::format("{} was tried {} times and is given up; its incident tells more", id, tries));
    if (!world.journal.erase_sealed("inbox/" + id) || !world.journal.erase("inbox", id))
      world.output.tell("the journal cannot be written");
  }
  return next;
}

Result<HandedOver> hand_to_revoker(const Network& network, const std::string& address, const Secret& shared,
                                   const std::vector<Subject>& subjects) {
  const std::vector<std::pair<std::string, std::string>> headers = {{"Authorization", std::string(shared.reveal())},
                                                                    {"Content-Type", "application/json"}};
  const HttpAnswer types = send(network, {"GET", address + "/v1/revocable_token_types", headers, "", false});
  const auto json = types.status == 200 ? parse_json(types.body) : std::nullopt;
  const Json* list = json ? find_at(*json, "/types") : nullptr;
  if (!list || !list->is_array())
    return Error{fmt::format("the revoker did not tell its types ({} {})", types.status, types.why), address};
  HandedOver handed;
  Json body = Json::array();
  for (const Subject& subject : subjects) {
    const auto type = std::find_if(list->begin(), list->end(), [&](const Json& one) {
      return one.is_string() && normal(one.get<std::string>()) == subject.rule;
    });
    if (type == list->end() || subject.secret.empty()) {
      ++handed.not_taken;
      continue;
    }
    body.push_back({{"type", *type},
                    {"token", std::string(subject.secret.reveal())},
                    {"location", subject.places.empty() ? "" : subject.places[0].path}});
  }
  if (body.empty()) return handed;
  const HttpAnswer answer = send(network, {"POST", address + "/v1/revoke_tokens", headers, to_line(body), true});
  if (answer.outcome == HttpAnswer::Outcome::lost)
    return Error{"the answer was lost: they may have been taken", address};
  if (answer.outcome != HttpAnswer::Outcome::answered) return Error{answer.why, address};
  if (answer.status == 429) return Error{"the revoker asks to come again later (429)", address};
  if (answer.status != 204) return Error{fmt::format("the revoker refuses ({})", answer.status), address};
  handed.taken = body.size();
  return handed;
}

}  // namespace staunch
