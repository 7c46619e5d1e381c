// A provider file: who issues the credentials, the rules that find them, how they are verified,
// revoked and rotated.
//
// Strict, because these files are ours: what the reader does not understand is an error. The check is the shape of the
// data alone; whether `{holes}` of a request can be filled is the response's business.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "rules/nearest.h"
#include "rules/reader.h"
#include "rules/rule_keys.h"

namespace staunch {

// Found by the templates of key_table.h through their last argument, so they cannot be in the unnamed namespace.
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Request& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Answer& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Verify& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Locate& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Lack& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Settle& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Revoke& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Rotate& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Provider& out);

namespace {

// The file as it is written, before it is a Catalogue.
struct ProviderFile {
  Provider provider;
  std::vector<Rule> rules;
  std::vector<Allowlist> allowlists;
};

constexpr Word<std::string_view> kMethods[] = {{"GET", "GET"},     {"POST", "POST"},     {"PUT", "PUT"},
                                               {"PATCH", "PATCH"}, {"DELETE", "DELETE"}, {"HEAD", "HEAD"}};
constexpr Word<std::string_view> kClasses[] = {
    {"public", "public"}, {"self", "self"}, {"admin", "admin"}, {"app", "app"}, {"console", "console"}};

void set_id(Reading& reading, const TomlEntry& entry, Provider& provider) {
  if (read_value(reading, entry.key, entry.value, provider.id)) report_odd_id(reading, entry);
}

void set_method(Reading& reading, const TomlEntry& entry, Request& request) {
  std::string_view method;
  read_word(reading, entry.key, entry.value, kMethods, method);
  request.method = method;
}

void set_class(Reading& reading, const TomlEntry& entry, Revoke& revoke) {
  std::string_view kind;
  read_word(reading, entry.key, entry.value, kClasses, kind);
  revoke.kind = kind;
}

// A URL of a request carries a credential, one for people a click: neither goes over plain HTTP.
template <auto Member, typename T>
void set_url(Reading& reading, const TomlEntry& entry, T& out) {
  if (!read_value(reading, entry.key, entry.value, out.*Member)) return;
  const std::string& url = out.*Member;
  if (!url.starts_with("https://") && !url.starts_with("{"))
    reading.error(entry.value.spot, fmt::format("'{}' must begin with https://", entry.key));
}

// "60/h": so many in a second, a minute, an hour or a day.
void set_rate(Reading& reading, const TomlEntry& entry, Revoke& revoke) {
  if (!read_value(reading, entry.key, entry.value, revoke.rate)) return;
  const std::string& rate = revoke.rate;
  const std::size_t digits = std::min(rate.find_first_not_of("0123456789"), rate.size());
  const std::string_view unit = std::string_view(rate).substr(digits);
  const bool right = digits > 0 && rate[0] != '0' && (unit == "/s" || unit == "/m" || unit == "/h" || unit == "/d");
  if (!right)
    reading.error(entry.value.spot, "'rate' must be a number and a unit, as \"60/h\"", "units are s, m, h, d");
}

constexpr Word<BodyKind> kBodies[] = {{"json", BodyKind::json}, {"xml", BodyKind::xml}, {"text", BodyKind::text}};
constexpr Word<Tried> kTried[] = {{"none", Tried::none}, {"double", Tried::double_}, {"real", Tried::real}};

template <auto Member, const auto& Words, typename T>
void set_word(Reading& reading, const TomlEntry& entry, T& out) {
  read_word(reading, entry.key, entry.value, Words, out.*Member);
}

constexpr Key<Request> kRequestKeys[] = {
    {"method", set_method},        {"url", set_url<&Request::url>}, {"headers", set<&Request::headers>},
    {"json", set<&Request::json>}, {"form", set<&Request::form>},   {"basic", set<&Request::basic>},
    {"sign", set<&Request::sign>},
};

constexpr Key<Answer> kAnswerKeys[] = {
    {"status", set_in<&Answer::status, 100, 599>},
    {"body_contains", set<&Answer::body_contains>},
    {"at", set<&Answer::at>},
    {"is", set<&Answer::is>},
};

constexpr Key<Verify> kVerifyKeys[] = {
    {"rules", set<&Verify::rules>},
    {"request", set<&Verify::request>},
    {"live", set<&Verify::live>},
    {"dead", set<&Verify::dead>},
    {"restricted", set<&Verify::restricted>},
    {"parts", set<&Verify::parts>},
    {"tells", set<&Verify::tells>},
    {"hosts", set<&Verify::hosts>},
    {"body", set_word<&Verify::body, kBodies>},
    {"elsewhere", set<&Verify::elsewhere>},
    {"named", set<&Verify::named>},
    {"no_control", set<&Verify::no_control>},
    {"tested", set_word<&Verify::tested, kTried>},
    {"source", set<&Verify::source>},
};

constexpr Key<Locate> kLocateKeys[] = {
    {"request", set<&Locate::request>},
    {"list", set<&Locate::list>},
    {"hint", set<&Locate::hint>},
    {"take", set<&Locate::take>},
};

constexpr Key<Lack> kLackKeys[] = {{"why", set<&Lack::why>}, {"source", set<&Lack::source>}};

constexpr std::int64_t kMostSeconds = 366 * 86400;

constexpr Key<Settle> kSettleKeys[] = {
    {"seconds", set_in<&Settle::seconds, 1, kMostSeconds>},
    {"source", set<&Settle::source>},
};

constexpr Key<Revoke> kRevokeKeys[] = {
    {"rules", set<&Revoke::rules>},
    {"class", set_class},
    {"request", set<&Revoke::request>},
    {"done", set<&Revoke::done>},
    {"asynchronous", set<&Revoke::asynchronous>},
    {"irreversible", set<&Revoke::irreversible>},
    {"batch", set_in<&Revoke::batch, 1, std::numeric_limits<std::uint32_t>::max()>},
    {"rate", set_rate},
    {"collateral", set<&Revoke::collateral>},
    {"instruction", set<&Revoke::instruction>},
    {"credential", set<&Revoke::credential>},
    {"parts", set<&Revoke::parts>},
    {"hosts", set<&Revoke::hosts>},
    {"locate", set<&Revoke::locate>},
    {"disable", set<&Revoke::disable>},
    {"enable", set<&Revoke::enable>},
    {"gone", set<&Revoke::gone>},
    {"no_disable", set<&Revoke::no_disable>},
    {"settle", set<&Revoke::settle>},
    {"live", set<&Revoke::live>},
    {"tested", set_word<&Revoke::tested, kTried>},
};

constexpr Key<Rotate> kRotateKeys[] = {
    {"slots", set_in<&Rotate::slots, 1, 1'000'000>},
    {"last_used_lag", set_in<&Rotate::last_used_lag, 0, kMostSeconds>},
    {"sessions", set_in<&Rotate::sessions, 0, kMostSeconds>},
    {"kills_old", set<&Rotate::kills_old>},
    {"no_disable", set<&Rotate::no_disable>},
    {"source", set<&Rotate::source>},
};

constexpr Key<Provider> kProviderKeys[] = {
    {"id", set_id},
    {"name", set<&Provider::name>},
    {"console", set_url<&Provider::console>},
};

constexpr Key<ProviderFile> kFileKeys[] = {
    {"provider", set<&ProviderFile::provider>},
    {"rules", set<&ProviderFile::rules>},
    {"allowlists", set<&ProviderFile::allowlists>},
    {"verify", [](Reading& reading, const TomlEntry& entry,
                  ProviderFile& file) { read_value(reading, entry.key, entry.value, file.provider.verify); }},
    {"revoke", [](Reading& reading, const TomlEntry& entry,
                  ProviderFile& file) { read_value(reading, entry.key, entry.value, file.provider.revoke); }},
    {"rotate", [](Reading& reading, const TomlEntry& entry,
                  ProviderFile& file) { read_value(reading, entry.key, entry.value, file.provider.rotate); }},
};

// Reports each of `keys` that the table lacks.
void demand(Reading& reading, const TomlValue& table, std::string_view what,
            std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys)
    if (!states(reading, table, key)) reading.error(table.spot, fmt::format("{} needs '{}'", what, key));
}

// Whether a name of `target_rules` is for the rule; a `*` in it stands for any letters: generic-*, *-password.
bool names(std::string_view name, std::string_view id) {
  const std::size_t star = name.find('*');
  if (star == name.npos) return name == id;
  const std::string_view front = name.substr(0, star), back = name.substr(star + 1);
  return id.size() >= front.size() + back.size() && id.starts_with(front) && id.ends_with(back);
}

// A list that the file holds once goes to each rule that it names, as if it stood there: no list of one provider
// speaks of another's rules, and a rule has all that is said of it. What is left in the file is for every rule of the
// catalogue.
void spread_allowlists(Reading& reading, ProviderFile& file) {
  std::vector<Allowlist> for_all;
  for (Allowlist& shared : file.allowlists) {
    const Spot spot = {shared.place.line, shared.place.column};
    const std::vector<std::string> targets = std::move(shared.target_rules);
    shared.target_rules.clear();
    if (targets.empty())
      reading.error(spot, "an allowlist of a provider file needs 'target_rules'", "name the rules that it is for");
    if (targets == std::vector<std::string>{"*"}) {
      for_all.push_back(std::move(shared));
      continue;
    }
    std::set<std::string_view> unknown(targets.begin(), targets.end());
    for (Rule& rule : file.rules) {
      const auto is_for = [&](std::string_view name) { return names(name, rule.id); };
      if (std::none_of(targets.begin(), targets.end(), is_for)) continue;
      rule.allowlists.push_back(shared);
      std::erase_if(unknown, is_for);
    }
    for (const std::string_view name : unknown) {
      std::vector<std::string_view> ids;
      for (const Rule& known : file.rules) ids.push_back(known.id);
      const std::string_view near = nearest(name, ids);
      reading.error(spot, fmt::format("target_rules names the rule '{}', which this file does not have", name),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
  }
  file.allowlists = std::move(for_all);
}

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Request& out) {
  if (!read_table(reading, key, value, kRequestKeys, out)) return false;
  demand(reading, value, "a request", {"method", "url"});
  if (!out.json.empty() && !out.form.empty())
    reading.error(value.spot, "a request has either 'json' or 'form', not both");
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Answer& out) {
  if (!read_table(reading, key, value, kAnswerKeys, out)) return false;
  demand(reading, value, "an answer", {"status"});
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Verify& out) {
  out.place = reading.place(value.spot);
  if (!read_table(reading, key, value, kVerifyKeys, out)) return false;
  demand(reading, value, "[verify]", {"rules", "request", "live"});
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Locate& out) {
  if (!read_table(reading, key, value, kLocateKeys, out)) return false;
  demand(reading, value, "a locate step", {"request", "take"});
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Lack& out) {
  if (!read_table(reading, key, value, kLackKeys, out)) return false;
  demand(reading, value, "'no_disable'", {"why", "source"});
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Settle& out) {
  if (!read_table(reading, key, value, kSettleKeys, out)) return false;
  demand(reading, value, "'settle'", {"seconds", "source"});
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Revoke& out) {
  out.place = reading.place(value.spot);
  if (!read_table(reading, key, value, kRevokeKeys, out)) return false;
  demand(reading, value, "[revoke]", {"class"});
  if (out.kind == "console") demand(reading, value, "[revoke] of class console", {"instruction"});
  if (!out.kind.empty() && out.kind != "console") demand(reading, value, "[revoke]", {"request", "done"});
  if (out.disable.size() > 1 || out.enable.size() != out.disable.size())
    reading.error(value.spot, "[revoke] has one 'disable' and one 'enable', or neither");
  if (!out.disable.empty() && !out.no_disable.why.empty())
    reading.error(value.spot, "[revoke] has either 'disable' or 'no_disable', not both");
  if (out.batch > 1 && out.request.json.find(kListOfSecrets) == std::string::npos)
    reading.error(value.spot, "[revoke] with 'batch' needs a list in its request's 'json'",
                  fmt::format("as {}", kListOfSecrets));
  if (out.batch > 1 && !(out.locate.empty() && out.disable.empty() && out.gone.empty() && out.parts.empty()))
    reading.error(value.spot,
                  "[revoke] with 'batch' has no 'locate', 'disable', 'gone' or 'parts': they are of one secret");
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Rotate& out) {
  if (!read_table(reading, key, value, kRotateKeys, out)) return false;
  demand(reading, value, "[rotate]", {"source"});
  if (out.kills_old && out.no_disable.why.empty())
    reading.error(value.spot, "[rotate] with 'kills_old' needs 'no_disable'");
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Provider& out) {
  out.place = reading.place(value.spot);
  if (!read_table(reading, key, value, kProviderKeys, out)) return false;
  demand(reading, value, "[provider]", {"id", "name"});
  return true;
}

RuleFile read_provider_file(std::string_view text, const std::string& file_name) {
  Reading reading;
  reading.file = file_name;
  const TomlValue document = parse_toml(text, file_name, reading.diagnostics);
  ProviderFile file;
  if (reading.diagnostics.empty()) {
    read_table(reading, "the file", document, kFileKeys, file);
    demand(reading, document, "a provider file", {"provider"});
  }
  RuleFile out;
  for (Rule& rule : file.rules) rule.provider = file.provider.id;
  std::stable_sort(file.rules.begin(), file.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  spread_allowlists(reading, file);
  out.catalogue.rules = std::move(file.rules);
  out.catalogue.allowlists = std::move(file.allowlists);
  if (!file.provider.id.empty()) out.catalogue.providers.push_back(std::move(file.provider));
  out.diagnostics = take_diagnostics(reading);
  return out;
}

}  // namespace staunch
