#include "hooks/respond/policy.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "frontends/report/small_file.h"
#include "rules/key_table.h"

namespace staunch {

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Reference& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, ClaimSettings& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Canaries& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, EndUsers& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Network& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Response& out);

namespace {

constexpr std::size_t kMaxPolicyBytes = 1u << 20;

// Calls take(name, value) for each entry of a table whose keys are the user's.
template <typename Take>
void each_entry(Reading& reading, const TomlEntry& entry, const Take& take) {
  const TomlTable* table = expect_table(reading, entry.key, entry.value);
  if (table)
    for (const TomlEntry& each : *table) take(each);
}

void set_accounts(Reading& reading, const TomlEntry& entry, Policy& policy) {
  each_entry(reading, entry,
             [&](const TomlEntry& each) { read_value(reading, each.key, each.value, policy.own_accounts[each.key]); });
}

void set_credentials(Reading& reading, const TomlEntry& entry, Policy& policy) {
  each_entry(reading, entry, [&](const TomlEntry& credential) {
    each_entry(reading, credential, [&](const TomlEntry& part) {
      read_value(reading, part.key, part.value, policy.credentials[credential.key][part.key]);
    });
  });
}

constexpr Key<StoreSettings> kStoreKeys[] = {
    {"kind", set<&StoreSettings::kind>},
    {"address", set<&StoreSettings::address>},
    {"mount", set<&StoreSettings::mount>},
    {"path", set<&StoreSettings::path>},
    {"region", set<&StoreSettings::region>},
    {"file", set<&StoreSettings::file>},
    {"namespace", set<&StoreSettings::vault_namespace>},
    {"credential", set<&StoreSettings::credential>},
    {"command", set<&StoreSettings::command>},
};

void set_stores(Reading& reading, const TomlEntry& entry, Policy& policy) {
  each_entry(reading, entry, [&](const TomlEntry& each) {
    StoreSettings store;
    store.name = each.key;
    if (read_table(reading, each.key, each.value, kStoreKeys, store)) policy.stores.push_back(std::move(store));
  });
}

constexpr Key<Reference> kReferenceKeys[] = {
    {"env", set<&Reference::env>},     {"file", set<&Reference::file>},         {"command", set<&Reference::command>},
    {"store", set<&Reference::store>}, {"name", set<&Reference::name>},         {"key", set<&Reference::key>},
    {"until", set<&Reference::until>}, {"required", set<&Reference::required>},
};

int kinds_in(const Reference& reference) {
  return !reference.env.empty() + !reference.file.empty() + !reference.store.empty() + !reference.command.empty();
}

constexpr Key<Role> kRoleKeys[] = {
    {"webhook", set<&Role::webhook>}, {"command", set<&Role::command>}, {"to", set<&Role::to>}};

void set_roles(Reading& reading, const TomlEntry& entry, Policy& policy) {
  each_entry(reading, entry, [&](const TomlEntry& each) {
    Role role;
    role.name = each.key;
    if (!read_table(reading, each.key, each.value, kRoleKeys, role)) return;
    const bool webhook = kinds_in(role.webhook) == 1;
    if (webhook == !role.command.empty()) reading.error(each.value.spot, "a role has either 'webhook' or 'command'");
    policy.roles.push_back(std::move(role));
  });
}

constexpr Key<Response> kResponseKeys[] = {
    {"providers", set<&Response::providers>},
    {"rules", set<&Response::rules>},
    {"sources", set<&Response::sources>},
    {"do", set<&Response::deeds>},
    {"plans", set<&Response::plans>},
    {"notify", set<&Response::roles>},
    {"when", set<&Response::when>},
    {"title", set<&Response::title>},
    {"exposure", set<&Response::exposure>},
    {"revoker", set<&Response::revoker>},
    {"credential", set<&Response::credential>},
    {"approval", set<&Response::approval>},
};

bool among(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What one entry may not say.
std::string wrong_with(const Response& response) {
  const auto does = [&](std::string_view deed) {
    return std::find(response.deeds.begin(), response.deeds.end(), deed) != response.deeds.end();
  };
  for (const std::string& deed : response.deeds)
    if (!among(deed, {"verify", "incident", "hand-over", "disable", "revoke", "rotate", "notify"}))
      return fmt::format("'do' knows verify, incident, hand-over, disable, revoke, rotate and notify, not '{}'", deed);
  if (response.deeds.empty()) return "a [[respond]] needs 'do'";
  if (!among(response.when, {"live", "unknown", "any"})) return "'when' is live, unknown or any";
  if (!among(response.exposure, {"public", "internal", "unknown"})) return "'exposure' is public, internal or unknown";
  if ((does("disable") || does("revoke") || does("rotate")) && response.when != "live")
    return "only what is live is disabled, revoked or rotated: 'when' must be live";
  if (does("hand-over") && (!response.revoker.starts_with("https://") || response.credential.empty()))
    return "hand-over needs 'revoker' (https://HOST) and 'credential'";
  if (does("rotate") && response.plans.empty()) return "rotate needs 'plans'";
  if (does("notify") && (response.roles.empty() || !does("incident")))
    return "notify needs an incident and the roles in 'notify'";
  return {};
}

bool is_loopback_endpoint(const std::string& where) {
  const std::size_t colon = where.find(':');
  return where.starts_with("127.") && colon != std::string::npos && colon + 1 < where.size() &&
         where.find_first_not_of("0123456789.:") == std::string::npos &&
         where.find(':', colon + 1) == std::string::npos;
}

void set_test_endpoints(Reading& reading, const TomlEntry& entry, Policy& policy) {
  each_entry(reading, entry, [&](const TomlEntry& each) {
    std::string& where = policy.network.test_endpoints[each.key];
    if (read_value(reading, each.key, each.value, where) && !is_loopback_endpoint(where))
      reading.error(each.value.spot, "a test endpoint is 127.0.0.1 and a port, as \"127.0.0.1:8443\"");
  });
}

// A whole name in lower case, with a port where it is not 443: "vault.example.com:8200".
bool is_host_name(const std::string& host) {
  return !host.empty() && host.find('.') != 0 && host_of("https://" + host + "/") == host;
}

void set_hosts(Reading& reading, const TomlEntry& entry, Policy& policy) {
  each_entry(reading, entry, [&](const TomlEntry& each) {
    std::vector<std::string>& hosts = policy.hosts[each.key];
    if (!read_value(reading, each.key, each.value, hosts)) return;
    for (const std::string& host : hosts)
      if (!is_host_name(host))
        reading.error(each.value.spot,
                      "a host is a whole name, as \"vault.example.com\" or \"vault.example.com:8200\"");
  });
}

constexpr Key<Network> kNetworkKeys[] = {
    {"ca_file", set<&Network::ca_file>},
    {"proxy", set<&Network::proxy>},
    {"database_hosts", set<&Network::database_hosts>},
    {"per_host", set_in<&Network::per_host, 1, 64>},
    {"attempts", set_in<&Network::attempts, 1, 10>},
    {"backoff_ms", set_in<&Network::backoff_ms, 1, 60'000>},
    {"longest_wait_ms", set_in<&Network::longest_wait_ms, 0, 600'000>},
    {"timeout_ms", set_in<&Network::timeout_ms, 1, 600'000>},
};

constexpr Key<AuditSettings> kAuditKeys[] = {{"syslog", set<&AuditSettings::syslog>},
                                             {"webhook", set<&AuditSettings::webhook>}};

constexpr Key<ClaimSettings> kClaimKeys[] = {{"store", set<&ClaimSettings::store>},
                                             {"name", set<&ClaimSettings::name>}};

constexpr Key<Canaries> kCanaryKeys[] = {{"accounts", set<&Canaries::accounts>},
                                         {"hosts", set<&Canaries::hosts>},
                                         {"fingerprints", set<&Canaries::fingerprints>}};

constexpr Key<EndUsers> kEndUserKeys[] = {{"accounts", set<&EndUsers::accounts>},
                                          {"rules", set<&EndUsers::rules>},
                                          {"fingerprints", set<&EndUsers::fingerprints>}};

constexpr Key<Policy> kPolicyKeys[] = {
    {"journal", set<&Policy::journal>},
    {"kill_switch", set<&Policy::kill_switch>},
    {"quiet_hours", set<&Policy::quiet_hours>},
    {"live_actions_per_day", set_in<&Policy::live_actions_per_day, 0, 1'000'000>},
    {"unused_days", set_in<&Policy::unused_days, 1, 3650>},
    {"recheck_ms", set_in<&Policy::recheck_ms, 0, 3'600'000>},
    {"sole_responder", set<&Policy::sole_responder>},
    {"delete_orphans", set<&Policy::delete_orphans>},
    {"live", set<&Policy::live>},
    {"own_accounts", set_accounts},
    {"credentials", set_credentials},
    {"stores", set_stores},
    {"approval_keys", set<&Policy::approval_keys>},
    {"respond", set<&Policy::responses>},
    {"notify", set_roles},
    {"audit", set<&Policy::audit>},
    {"claims", set<&Policy::claims>},
    {"canaries", set<&Policy::canaries>},
    {"end_users", set<&Policy::end_users>},
    {"hosts", set_hosts},
    {"network", set<&Policy::network>},
    {"test_endpoints", set_test_endpoints},
};

// Minutes after midnight of "HH:MM"; negative where it is none.
int minutes_of(const std::string& text, std::size_t at) {
  int hour = 0, minute = 0;
  if (at + 5 > text.size() || std::sscanf(text.c_str() + at, "%2d:%2d", &hour, &minute) != 2) return -1;
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 ? hour * 60 + minute : -1;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool lies_in(const std::string& path, const std::string& folder) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(path, error).string();
  const auto outer = std::filesystem::weakly_canonical(folder, error).string();
  return !outer.empty() && std::filesystem::is_directory(outer, error) && inner.starts_with(outer) &&
         (outer == "/" || inner.size() == outer.size() || inner[outer.size()] == '/');
}

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Reference& out) {
  if (!read_table(reading, key, value, kReferenceKeys, out)) return false;
  if (kinds_in(out) == 1) return true;
  reading.error(value.spot, "a reference has exactly one of 'env', 'file', 'command' and 'store'");
  return false;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Response& out) {
  if (!read_table(reading, key, value, kResponseKeys, out)) return false;
  const std::string wrong = wrong_with(out);
  if (!wrong.empty()) reading.error(value.spot, wrong);
  return wrong.empty();
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, AuditSettings& out) {
  return read_table(reading, key, value, kAuditKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, ClaimSettings& out) {
  return read_table(reading, key, value, kClaimKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Canaries& out) {
  return read_table(reading, key, value, kCanaryKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, EndUsers& out) {
  return read_table(reading, key, value, kEndUserKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Network& out) {
  return read_table(reading, key, value, kNetworkKeys, out);
}

Status check_trusted_file(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return Error{fmt::format("cannot read: {}", std::strerror(errno)), path};
  if (!S_ISREG(status.st_mode)) return Error{"is not a regular file", path};
  if (status.st_uid != 0 && status.st_uid != geteuid())
    return Error{"belongs to somebody else, so it is not obeyed", path};
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return Error{"others may write to it, so it is not obeyed", path};
  return Done{};
}

Result<Policy> read_policy(const std::string& path, const std::vector<std::string>& scanned) {
  if (const Status trusted = check_trusted_file(path); !trusted) return trusted.error();
  for (const std::string& target : scanned)
    if (lies_in(path, target)) return Error{"lies in what was scanned, so it is not obeyed", path};
  const auto text = read_small_file(path, kMaxPolicyBytes);
  if (!text) return text.error();
  Reading reading;
  reading.file = path;
  const TomlValue document = parse_toml(*text, path, reading.diagnostics);
  Policy policy;
  policy.path = path;
  if (reading.diagnostics.empty()) read_table(reading, "the policy", document, kPolicyKeys, policy);
  if (!policy.quiet_hours.empty() && (policy.quiet_hours.size() != 11 || policy.quiet_hours[5] != '-' ||
                                      minutes_of(policy.quiet_hours, 0) < 0 || minutes_of(policy.quiet_hours, 6) < 0))
    reading.error(document.spot, "'quiet_hours' is like \"22:00-06:00\"");
  for (const Response& response : policy.responses)
    for (const std::string& role : response.roles)
      if (std::none_of(policy.roles.begin(), policy.roles.end(), [&](const Role& each) { return each.name == role; }))
        reading.error(document.spot, fmt::format("there is no [notify.{}]", role));
  for (const auto& [provider, accounts] : policy.own_accounts)
    for (const std::string& account : accounts)
      if (contains(policy.end_users.accounts, account))
        reading.error(document.spot, fmt::format("the account {} is our own or an end user's, not both", account));
  const auto& [store, name] = policy.claims;
  if (store.empty() != name.empty()) reading.error(document.spot, "[claims] needs 'store' and 'name'");
  if (!store.empty() && std::none_of(policy.stores.begin(), policy.stores.end(),
                                     [&](const StoreSettings& each) { return each.name == policy.claims.store; }))
    reading.error(document.spot, "[claims] names a store that the policy has not");
  for (const Diagnostic& wrong : take_diagnostics(reading))
    if (wrong.level == Diagnostic::Level::error)
      return Error{wrong.message + (wrong.hint.empty() ? "" : " (" + wrong.hint + ")"),
                   fmt::format("{}:{}:{}", wrong.place.file, wrong.place.line, wrong.place.column)};
  return policy;
}

bool is_end_users(const Policy& policy, const std::string& rule, const std::string& fingerprint,
                  const std::string& account) {
  const EndUsers& users = policy.end_users;
  return contains(users.rules, rule) || contains(users.fingerprints, fingerprint) || contains(users.accounts, account);
}

Status check_kill_switch(const Policy& policy) {
  if (policy.kill_switch.empty()) return Done{};
  struct stat status;
  if (stat(policy.kill_switch.c_str(), &status) == 0)
    return Error{"the kill switch is set: nothing is changed", policy.kill_switch};
  if (errno == ENOENT) {
    // Its folder must be there, or a file system that is not mounted would read as permission.
    const auto folder = std::filesystem::path(policy.kill_switch).parent_path();
    if (stat(folder.empty() ? "." : folder.c_str(), &status) == 0) return Done{};
  }
  return Error{"the kill switch cannot be looked for: nothing is changed", policy.kill_switch};
}

bool in_quiet_hours(const std::string& hours, std::int64_t now) {
  if (hours.empty()) return false;
  const int begin = minutes_of(hours, 0), end = minutes_of(hours, 6);
  const int minute = static_cast<int>(now / 60 % (24 * 60));
  return begin <= end ? minute >= begin && minute < end : minute >= begin || minute < end;
}

}  // namespace staunch
