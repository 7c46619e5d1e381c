#include "hooks/respond/rotation_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "frontends/report/small_file.h"
#include "hooks/respond/minter.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/policy.h"
#include "rules/key_table.h"

namespace staunch {

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, RotationTarget& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Consumer& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Deploy& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Environment& out);

namespace {

constexpr std::size_t kMaxPlanBytes = 1u << 20;

constexpr const char* kNameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
constexpr std::int64_t kSelfEvery = 7 * 86400;  // of the self-rotation contract

template <auto Member, typename T>
void set_duration(Reading& reading, const TomlEntry& entry, T& out) {
  std::string text;
  if (!read_value(reading, entry.key, entry.value, text)) return;
  out.*Member = duration_seconds(text);
  if (out.*Member < 0)
    reading.error(entry.value.spot, fmt::format("'{}' is like \"90d\", \"24h\", \"30m\" or \"10s\"", entry.key));
}

template <auto Member>
void set_deploy(Reading& reading, const TomlEntry& entry, Environment& out) {
  read_value(reading, entry.key, entry.value, out.deploy.*Member);
}

constexpr Key<RotationTarget> kTargetKeys[] = {{"store", set<&RotationTarget::store>},
                                               {"name", set<&RotationTarget::name>},
                                               {"value", set<&RotationTarget::value>},
                                               {"environment", set<&RotationTarget::environment>}};
constexpr Key<Consumer> kConsumerKeys[] = {{"name", set<&Consumer::name>},
                                           {"environment", set<&Consumer::environment>},
                                           {"probe", set<&Consumer::probe>},
                                           {"url", set<&Consumer::url>},
                                           {"status", set_in<&Consumer::status, 100, 599>},
                                           {"deploy", set<&Consumer::deploy>},
                                           {"rollback", set<&Consumer::rollback>},
                                           {"times", set_in<&Consumer::times, 1, 100>},
                                           {"timeout", set_duration<&Consumer::timeout>},
                                           {"reconnect", set<&Consumer::reconnect>}};
constexpr Key<Deploy> kDeployKeys[] = {
    {"command", set<&Deploy::command>}, {"rollback", set<&Deploy::rollback>}, {"kubernetes", set<&Deploy::kubernetes>}};
constexpr Key<Environment> kEnvironmentKeys[] = {{"name", set<&Environment::name>},
                                                 {"after", set<&Environment::after>},
                                                 {"stagger", set_duration<&Environment::stagger>},
                                                 {"command", set_deploy<&Deploy::command>},
                                                 {"rollback", set_deploy<&Deploy::rollback>},
                                                 {"kubernetes", set_deploy<&Deploy::kubernetes>}};
constexpr Key<RotationPlan> kPlanKeys[] = {
    {"name", set<&RotationPlan::name>},
    {"provider", set<&RotationPlan::provider>},
    {"user", set<&RotationPlan::user>},
    {"server", set<&RotationPlan::server>},
    {"project", set<&RotationPlan::project>},
    {"console", set<&RotationPlan::console>},
    {"rule", set<&RotationPlan::rule>},
    {"mint", set<&RotationPlan::mint>},
    {"try", set<&RotationPlan::tried_by>},
    {"credential", set<&RotationPlan::credential>},
    {"every", set_duration<&RotationPlan::every>},
    {"watch", set_duration<&RotationPlan::watch>},
    {"hold", set_duration<&RotationPlan::hold>},
    {"poll", set_duration<&RotationPlan::poll>},
    {"stagger", set_duration<&RotationPlan::stagger>},
    {"wave", set_in<&RotationPlan::wave, 1, 1000>},
    {"other_rights", set<&RotationPlan::other_rights>},
    {"targets", set<&RotationPlan::targets>},
    {"deploy", set<&RotationPlan::deploy>},
    {"environments", set<&RotationPlan::environments>},
    {"consumers", set<&RotationPlan::consumers>},
};

void demand(Reading& reading, Spot spot, const std::string& value, const char* key) {
  if (value.empty()) reading.error(spot, fmt::format("a rotation needs '{}'", key));
}

bool among(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// In the order in which they may go: each behind what it is after, else as written. What is left waits for itself.
std::vector<Environment> in_order(std::vector<Environment> left, std::vector<std::string>& loop) {
  std::vector<Environment> ordered;
  std::vector<std::string> gone;
  while (!left.empty()) {
    const auto next = std::find_if(left.begin(), left.end(), [&](const Environment& each) {
      return std::all_of(each.after.begin(), each.after.end(),
                         [&](const std::string& one) { return among(gone, one); });
    });
    if (next == left.end()) break;
    gone.push_back(next->name);
    ordered.push_back(std::move(*next));
    left.erase(next);
  }
  for (const Environment& each : left) loop.push_back(each.name);
  return ordered;
}

void check_environments(Reading& reading, Spot spot, RotationPlan& plan) {
  std::vector<std::string> names, loop;
  for (const Environment& each : plan.environments) {
    demand(reading, spot, each.name, "environments.name");
    if (among(names, each.name)) reading.error(spot, fmt::format("there are two environments '{}'", each.name));
    names.push_back(each.name);
  }
  const auto known = [&](const std::string& name, const std::string& whose) {
    if (names.empty() ? name.empty() : among(names, name)) return;
    reading.error(spot, name.empty() ? fmt::format("'{}' does not say its environment", whose)
                                     : fmt::format("'{}' is of environment '{}', which there is not", whose, name));
  };
  for (const RotationTarget& target : plan.targets) known(target.environment, target.name);
  for (const Consumer& consumer : plan.consumers) known(consumer.environment, consumer.name);
  for (const Environment& each : plan.environments)
    for (const std::string& one : each.after) known(one, each.name);
  if (!names.empty() && (!plan.deploy.command.empty() || !plan.deploy.kubernetes.empty()))
    reading.error(spot, "with environments each has its own way to deploy, so there is no [deploy]");
  if (names.empty()) {
    plan.environments.push_back({"", {}, -1, plan.deploy});
  } else if (reading.errors == 0) {
    plan.environments = in_order(std::move(plan.environments), loop);
    if (!loop.empty())
      reading.error(spot, fmt::format("a loop: the environments {} wait for each other", fmt::join(loop, ", ")));
  }
  for (const Environment& each : plan.environments)
    if (each.deploy.kubernetes.size() == 1)
      reading.error(spot, "'kubernetes' is a namespace and what is rolled out in it, as \"deployment/api\"");
}

void check_consumers(Reading& reading, Spot spot, const RotationPlan& plan) {
  std::set<std::string> seen;
  for (const Consumer& consumer : plan.consumers) {
    demand(reading, spot, consumer.name, "consumers.name");
    if (!seen.insert(consumer.name).second)
      reading.error(spot, fmt::format("there are two consumers '{}'", consumer.name));
    if (consumer.probe.empty() == consumer.url.empty())
      reading.error(spot, fmt::format("'{}' needs either 'probe' or 'url': what shows that it works", consumer.name));
  }
}

// What belongs to some providers only.
void check_provider(Reading& reading, Spot spot, RotationPlan& plan) {
  const std::string& of = plan.provider;
  if (!of.empty() && !can_mint(of))
    reading.error(spot, fmt::format("keys of '{}' cannot be minted here", of),
                  "aws, gitlab, openai, postgresql, self, command and person can");
  if (of != "gitlab" && of != "self" && of != "command" && of != "person")
    demand(reading, spot, plan.credential, "credential");
  const bool server = of == "postgresql" || of == "self";
  if (server == plan.server.empty() && of != "gitlab")
    reading.error(spot, "'server' belongs to postgresql (HOST:PORT/DATABASE) and self (https://HOST), which need it");
  if ((of == "command") == plan.mint.empty())
    reading.error(spot, "'mint' (the program that makes keys) belongs to command, which needs it");
  if ((of == "person") == plan.console.empty())
    reading.error(spot, "'console' (where the key is made) belongs to person, which needs it");
  if (of == "self") {
    if (plan.every == 0) plan.every = kSelfEvery;
    const bool pair = std::any_of(plan.targets.begin(), plan.targets.end(), [](const RotationTarget& target) {
      return target.value.find("{secret}") != std::string::npos &&
             target.value.find("{rotation_secret}") != std::string::npos;
    });
    if (!pair)
      reading.error(
          spot,
          "a target must hold {secret} and {rotation_secret} together: both die at once, so they are one version");
  }
}

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, RotationTarget& out) {
  return read_table(reading, key, value, kTargetKeys, out);
}
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Consumer& out) {
  return read_table(reading, key, value, kConsumerKeys, out);
}
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Deploy& out) {
  return read_table(reading, key, value, kDeployKeys, out);
}
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Environment& out) {
  return read_table(reading, key, value, kEnvironmentKeys, out);
}

Result<RotationPlan> parse_rotation_plan(const std::string& text, const std::string& path) {
  Reading reading;
  reading.file = path;
  const TomlValue document = parse_toml(text, path, reading.diagnostics);
  RotationPlan plan;
  plan.path = path;
  plan.text = text;
  if (reading.diagnostics.empty()) {
    read_table(reading, "the plan", document, kPlanKeys, plan);
    demand(reading, document.spot, plan.name, "name");
    demand(reading, document.spot, plan.provider, "provider");
    demand(reading, document.spot, plan.user, "user");
    if (plan.targets.empty()) reading.error(document.spot, "a rotation needs [[targets]]: where the value is written");
    check_provider(reading, document.spot, plan);
    check_environments(reading, document.spot, plan);
    check_consumers(reading, document.spot, plan);
    if (plan.name.find_first_not_of(kNameLetters) != std::string::npos)
      reading.error(document.spot, "'name' has letters, digits, '-' and '_' only");
    std::set<std::pair<std::string, std::string>> seen;
    for (const RotationTarget& target : plan.targets)
      if (!seen.emplace(target.store, target.name).second)
        reading.error(document.spot, fmt::format("'{}' in '{}' is written twice", target.name, target.store));
  }
  for (const Diagnostic& wrong : take_diagnostics(reading))
    if (wrong.level == Diagnostic::Level::error)
      return Error{wrong.message + (wrong.hint.empty() ? "" : " (" + wrong.hint + ")"),
                   fmt::format("{}:{}:{}", wrong.place.file, wrong.place.line, wrong.place.column)};
  return plan;
}

Result<RotationPlan> read_rotation_plan(const std::string& path) {
  if (const Status trusted = check_trusted_file(path); !trusted) return trusted.error();
  const auto text = read_small_file(path, kMaxPlanBytes);
  if (!text) return text.error();
  return parse_rotation_plan(*text, path);
}

}  // namespace staunch
