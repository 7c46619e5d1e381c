#include "hooks/respond/rotation_plan.h"

#include <fmt/format.h>

#include <set>

#include "frontends/report/small_file.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/policy.h"
#include "rules/key_table.h"

namespace staunch {

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, RotationTarget& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Consumer& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Deploy& out);

namespace {

constexpr std::size_t kMaxPlanBytes = 1u << 20;

template <auto Member>
void set_duration(Reading& reading, const TomlEntry& entry, RotationPlan& plan) {
  std::string text;
  if (!read_value(reading, entry.key, entry.value, text)) return;
  plan.*Member = duration_seconds(text);
  if (plan.*Member < 0)
    reading.error(entry.value.spot, fmt::format("'{}' is like \"90d\", \"24h\", \"30m\" or \"10s\"", entry.key));
}

constexpr Key<RotationTarget> kTargetKeys[] = {{"store", set<&RotationTarget::store>},
                                               {"name", set<&RotationTarget::name>},
                                               {"value", set<&RotationTarget::value>}};
constexpr Key<Consumer> kConsumerKeys[] = {{"name", set<&Consumer::name>},
                                           {"probe", set<&Consumer::probe>},
                                           {"times", set_in<&Consumer::times, 1, 100>},
                                           {"reconnect", set<&Consumer::reconnect>}};
constexpr Key<Deploy> kDeployKeys[] = {{"command", set<&Deploy::command>}, {"rollback", set<&Deploy::rollback>}};
constexpr Key<RotationPlan> kPlanKeys[] = {
    {"name", set<&RotationPlan::name>},
    {"provider", set<&RotationPlan::provider>},
    {"user", set<&RotationPlan::user>},
    {"server", set<&RotationPlan::server>},
    {"credential", set<&RotationPlan::credential>},
    {"every", set_duration<&RotationPlan::every>},
    {"watch", set_duration<&RotationPlan::watch>},
    {"hold", set_duration<&RotationPlan::hold>},
    {"poll", set_duration<&RotationPlan::poll>},
    {"targets", set<&RotationPlan::targets>},
    {"deploy", set<&RotationPlan::deploy>},
    {"consumers", set<&RotationPlan::consumers>},
};

void demand(Reading& reading, Spot spot, const std::string& value, const char* key) {
  if (value.empty()) reading.error(spot, fmt::format("a rotation needs '{}'", key));
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
    demand(reading, document.spot, plan.credential, "credential");
    if (plan.targets.empty()) reading.error(document.spot, "a rotation needs [[targets]]: where the value is written");
    if (!plan.provider.empty() && plan.provider != "aws" && plan.provider != "postgresql")
      reading.error(document.spot, fmt::format("keys of '{}' cannot be minted here", plan.provider),
                    "aws and postgresql can");
    if ((plan.provider == "postgresql") == plan.server.empty())
      reading.error(document.spot, "'server' (HOST:PORT/DATABASE) belongs to postgresql, which needs it");
    if (plan.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
        std::string::npos)
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
