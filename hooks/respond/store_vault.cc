// HashiCorp Vault, KV version 2. A name is "PATH#FIELD"; other fields of the secret stay as they are.
//
// What is staged lies in a sibling, PATH__next, which also shows others that a rotation is under way. Promoting is one
// write of all staged fields with check-and-set over the version that was read, so that a change by anybody else in
// between makes it fail. Source: Vault's API documentation, KV v2.
#include <fmt/format.h>

#include "hooks/respond/store.h"

namespace staunch {
namespace {

struct Read {
  Json data = Json::object();
  std::uint64_t version = 0;  // 0: there is none
};

class Vault : public Store {
 public:
  Vault(const StoreWorld& world, const StoreSettings& settings, Secret token)
      : network_(world.policy.network), settings_(settings), token_(std::move(token)) {}

  Result<StoreValue> read(const std::string& name, Stage stage) override {
    const auto [path, field] = parts(name);
    Result<Read> got = fetch(stage == Stage::pending ? path + "__next" : path, 0);
    if (got && stage == Stage::previous) {
      if (got->version < 2) return Error{"there is no version before this one", name};
      got = fetch(path, got->version - 1);
    }
    if (!got) return got.error();
    const auto value = got->data.find(field);
    if (value == got->data.end() || !value->is_string())
      return Error{fmt::format("there is no field '{}'", field), name};
    return StoreValue{Secret(value->get<std::string>()), std::to_string(got->version), 0};
  }

  Status stage(const std::string& name, const Secret& value, const std::string& token) override {
    const auto [path, field] = parts(name);
    const Result<Read> current = fetch(path, 0);
    if (!current) return current.error();
    if (current->version == 0) return Error{"there is no secret to make a new version of", name};
    const Result<Read> next = fetch(path + "__next", 0);
    if (!next) return next.error();
    const bool same = next->version != 0 && text_at(next->data, "/rotation") == token &&
                      text_at(next->data, "/" + field) == value.reveal();
    if (same) return Done{};
    if (!is_of(token, text_at(next->data, "/rotation"))) return taken(text_at(next->data, "/rotation"), name);
    Json data = next->data;
    data["over"] = current->version;
    data[field] = std::string(value.reveal());
    return put(path + "__next", data, next->version);
  }

  Status promote(const std::string& name, const std::string& token) override {
    const auto [path, field] = parts(name);
    const Result<Read> next = fetch(path + "__next", 0);
    const Result<Read> current = fetch(path, 0);
    if (!next || !current) return next ? current.error() : next.error();
    if (text_at(next->data, "/rotation") != token) return Error{"what is staged is not this rotation's", name};
    const std::string value = text_at(next->data, "/" + field);
    if (value.empty()) return Error{"nothing is staged", name};
    if (text_at(current->data, "/" + field) == value) return Done{};
    if (number_at(next->data, "/over") != current->version)
      return Error{"the secret changed since this rotation was staged; nothing was written", name};
    Json data = current->data;
    each_staged(*next, [&](const std::string& each, const Json& staged) { data[each] = staged; });
    return put(path, data, current->version);
  }

  Status drop(const std::string& name, const std::string& token) override {
    const Result<Read> next = fetch(parts(name).first + "__next", 0);
    if (!next) return next.error();
    const std::string holder = text_at(next->data, "/rotation");
    if (!holder.empty() && !is_of(token, holder)) return Done{};  // another rotation's
    if (!holder.empty() && holder != token)                       // a proof's: the claim stays
      return put(parts(name).first + "__next", {{"rotation", holder}}, next->version);
    const HttpAnswer answer = call("DELETE", "metadata", parts(name).first + "__next", "", "");
    if (answer.status == 204 || answer.status == 404) return Done{};
    return wrong("drop what is staged", answer, name);
  }

  Status demote(const std::string& name, const std::string& token) override {
    const auto [path, field] = parts(name);
    const Result<Read> next = fetch(path + "__next", 0);
    const Result<Read> current = fetch(path, 0);
    if (!next || !current) return next ? current.error() : next.error();
    if (text_at(next->data, "/rotation") != token) return Error{"what is staged is not this rotation's", name};
    const Result<Read> before = fetch(path, number_at(next->data, "/over"));
    if (!before) return before.error();
    const std::string value = text_at(before->data, "/" + field);
    if (value.empty()) return Error{"the version before is gone", name};
    if (text_at(current->data, "/" + field) == value) return Done{};
    Json data = current->data;
    each_staged(*next, [&](const std::string& each, const Json&) { data[each] = before->data.value(each, Json()); });
    return put(path, data, current->version);
  }

  bool can_claim() const override { return true; }

  Status claim(const std::string& name, const std::string& token) override {
    const std::string path = parts(name).first + "__next";
    const Result<Read> next = fetch(path, 0);
    if (!next) return next.error();
    const std::string holder = text_at(next->data, "/rotation");
    if (holder == token) return Done{};
    if (!holder.empty())
      return Error{
          fmt::format("another responder's rotation {} is under way; where it has ended, delete {}", holder, path),
          name};
    return put(path, {{"rotation", token}}, next->version);
  }

  Status held(const std::string& name, const std::string& token) override {
    const Result<Read> next = fetch(parts(name).first + "__next", 0);
    if (!next) return next.error();
    const std::string holder = text_at(next->data, "/rotation");
    return holder == token ? Status(Done{}) : taken(holder, name);
  }

  Status release(const std::string& name, const std::string& token) override { return drop(name, token); }

  Status create(const std::string& name, const Secret& value) override {
    const auto [path, field] = parts(name);
    const Result<Read> current = fetch(path, 0);
    if (!current) return current.error();
    if (current->data.contains(field)) return Error{"it is there already; rotate it", name};
    Json data = current->data;
    data[field] = std::string(value.reveal());
    return put(path, data, current->version);
  }

 private:
  // Whether it is the holder's rotation, or something of it ("HOLDER-…").
  static bool is_of(const std::string& token, const std::string& holder) {
    return !holder.empty() && (token == holder || token.starts_with(holder + "-"));
  }

  template <typename Take>
  static void each_staged(const Read& next, const Take& take) {
    for (auto each = next.data.begin(); each != next.data.end(); ++each)
      if (each.key() != "rotation" && each.key() != "over") take(each.key(), *each);
  }

  static std::pair<std::string, std::string> parts(const std::string& name) {
    const std::size_t hash = name.find('#');
    return hash == std::string::npos ? std::pair(name, std::string("value"))
                                     : std::pair(name.substr(0, hash), name.substr(hash + 1));
  }

  HttpAnswer call(const char* method, const char* kind, const std::string& path, const std::string& query,
                  const std::string& body) {
    HttpRequest request;
    request.method = method;
    request.url = fmt::format("{}/v1/{}/{}/{}{}", settings_.address, settings_.mount, kind, path, query);
    request.headers.emplace_back("X-Vault-Token", token_.reveal());
    if (!settings_.vault_namespace.empty())
      request.headers.emplace_back("X-Vault-Namespace", settings_.vault_namespace);
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    request.changes = std::string_view(method) != "GET";
    return send(network_, request);
  }

  static Error wrong(const char* what, const HttpAnswer& answer, const std::string& name) {
    return Error{answer.outcome == HttpAnswer::Outcome::answered
                     ? fmt::format("Vault did not {} ({})", what, answer.status)
                     : fmt::format("Vault did not answer: {}", answer.why),
                 name};
  }

  // A secret that is not there, or whose latest version is deleted, has version 0 and no data.
  Result<Read> fetch(const std::string& path, std::uint64_t version) {
    const HttpAnswer answer = call("GET", "data", path, version ? fmt::format("?version={}", version) : "", "");
    Read read;
    const auto json = parse_json(answer.body);
    if (answer.status == 404) {
      if (json) read.version = number_at(*json, "/data/metadata/version");
      return read;
    }
    if (answer.status != 200 || !json) return wrong("read", answer, path);
    if (const Json* data = find_at(*json, "/data/data"); data && data->is_object()) read.data = *data;
    read.version = number_at(*json, "/data/metadata/version");
    return read;
  }

  Status put(const std::string& path, const Json& data, std::uint64_t over) {
    const HttpAnswer answer = call("POST", "data", path, "", to_line({{"options", {{"cas", over}}}, {"data", data}}));
    if (answer.outcome == HttpAnswer::Outcome::answered && answer.status == 200) return Done{};
    if (answer.outcome == HttpAnswer::Outcome::lost) {  // read what became of it
      const Result<Read> now = fetch(path, 0);
      if (now && now->version == over + 1 && now->data == data) return Done{};
    }
    if (answer.status == 400) return Error{"the secret changed under us (check-and-set); nothing was written", path};
    return wrong("write", answer, path);
  }

  const Network& network_;
  const StoreSettings& settings_;
  Secret token_;
};

}  // namespace

Result<std::unique_ptr<Store>> vault_store(const StoreWorld& world, const StoreSettings& settings) {
  if (host_of(settings.address + "/").empty())
    return Error{fmt::format("store '{}': its address must be https://HOST", settings.name), world.policy.path};
  auto values = credential(world, settings.credential);
  if (!values) return values.error();
  const auto token = values->find("secret");
  if (token == values->end()) return Error{"the store's credential has no 'secret'", settings.credential};
  return std::unique_ptr<Store>(std::make_unique<Vault>(world, settings, token->second));
}

}  // namespace staunch
