#include "engine/score_key.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "engine/score.h"
#include "engine/score_letters.h"
#include "rules/letters.h"

namespace staunch {
namespace {

std::vector<std::string> words_in(std::string_view name) {
  std::vector<std::string> words;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_letter(c)) {
      open = false;
      continue;
    }
    const bool begins = is_upper(c) && i > 0 && is_lower(name[i - 1]);
    if (!open || begins) words.emplace_back();
    words.back() += lower(c);
    open = true;
  }
  return words;
}

bool holds_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return text.find(part) != text.npos; });
}

// `-p` is the flag of many a command; `pw` and `iv` are words of their own, or the last of a name.
bool ends_a_name(std::string_view name, std::string_view end) {
  if (!name.ends_with(end)) return false;
  return name.size() == end.size() || !is_letter(name[name.size() - end.size() - 1]);
}

// What passes through, by or over something.
bool passes_by(std::string_view name) {
  static constexpr std::string_view kEnds[] = {"bypass",   "compass",   "lowpass",   "highpass",  "bandpass",
                                               "allpass",  "onepass",   "twopass",   "firstpass", "secondpass",
                                               "lastpass", "multipass", "renderpass"};
  return std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return name.ends_with(end); });
}

bool speaks_of_passwords(std::string_view name) {
  name = name.substr(0, name.find_last_not_of("0123456789") + 1);  // pass2
  if (name.find("passwordless") != name.npos) return false;
  return holds_any(name,
                   {"passw", "passphrase", "passcode", "pwd", "pswd", "identified", "kennwort", "senha", "contrase"}) ||
         (name.ends_with("pass") && !passes_by(name)) || name.ends_with("pw") || name == "-p" ||
         ends_a_name(name, "psk") || ends_a_name(name, "psw") || ends_a_name(name, "pword") || ends_a_name(name, "pin");
}

bool speaks_of_secrets(std::string_view name) {
  // `sendKeys` types into a field, whose name stands before it.
  return name != "private" && name != "secretkeyref" && !name.ends_with("send_keys") && !name.ends_with("sendkeys") &&
         !holds_any(name, {"tokeniz", "keyword"}) &&
         (speaks_of_passwords(name) || ends_a_name(name, "iv") ||
          holds_any(name, {"pass", "secret", "token", "key", "auth", "bearer", "cred", "private", "salt", "pepper",
                           "sessid", "sessionid", "session_id", "mnemonic"}));
}

// Functions whose second or third argument is a password, in lower case; what they are called says so of nothing else.
bool takes_a_password(std::string_view name) {
  static constexpr std::string_view kEnds[] = {"getconnection",
                                               "connect",
                                               "login",
                                               "networkcredential",
                                               "basicauth",
                                               "basic_auth",
                                               "mysqli",
                                               "pdo",
                                               "digestauth",
                                               "ldap_bind",
                                               "imap_open",
                                               "auth_password",
                                               "wifi.begin",
                                               "ftp",
                                               "create_user",
                                               "create_superuser",
                                               "plainauth",
                                               "plaincredentials",
                                               "urlcredential",
                                               "sequelize",
                                               "connection",
                                               "database",
                                               "createasync",
                                               "simple_bind_s",
                                               ".basic",
                                               "credentials",
                                               "basicauthentication",
                                               "createcipher",
                                               "authenticate",
                                               "authenticator",
                                               "unlockaccount",
                                               "clientcredential",
                                               "usmuserdata",
                                               "add_auth",
                                               "dialer",
                                               "crypt",
                                               "ftp.new",
                                               "ftp.open",
                                               "smtp",
                                               "github",
                                               "cookiestore"};
  return std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return name.ends_with(end); });
}

constexpr std::string_view kOddEnds[] = {
    "id",        "ids",      "name",        "names",     "url",        "uri",      "path",        "file",
    "filename",  "type",     "field",       "label",     "title",      "hint",     "length",      "len",
    "size",      "count",    "min",         "max",       "hash",       "digest",   "prefix",      "suffix",
    "header",    "cookie",   "param",       "parameter", "env",        "var",      "column",      "table",
    "message",   "msg",      "error",       "text",      "help",       "format",   "pattern",     "regex",
    "policy",    "rule",     "class",       "style",     "icon",       "index",    "position",    "number",
    "version",   "expiry",   "expires",     "ttl",       "timeout",    "age",      "date",        "time",
    "strength",  "manager",  "provider",    "service",   "store",      "reset",    "kind",        "method",
    "algorithm", "alg",      "encoding",    "state",     "status",     "enabled",  "required",    "valid",
    "endpoint",  "template", "ref",         "arn",       "alias",      "usage",    "placeholder", "description",
    "map",       "list",     "link",        "page",      "form",       "input",    "attribute",   "property",
    "argument",  "option",   "fingerprint", "checksum",  "signature",  "callback", "handler",     "source",
    "scheme",    "mode",     "level",       "code",      "value",      "request",  "response",    "info",
    "data",      "config",   "length_",     "domain",    "host",       "scope",    "username",    "user",
    "email",     "seconds",  "minutes",     "hours",     "days",       "validity", "lifetime",    "lifespan",
    "duration",  "interval", "limit",       "port",      "identifier", "filter",   "get",         "has",
    "at",        "prompt",   "location",    "spn",       "used",       "changed",  "startswith",  "endswith",
    "with",      "contains", "includes",    "window",    "packages",   "checker",  "validator",   "hasher",
    "backend",   "strategy", "model",       "dialog",    "remove",     "delete",   "find"};
constexpr std::string_view kPublicWords[] = {
    "public", "next",         "page",         "cursor",      "primary",     "foreign", "sort",   "partition",
    "cache",  "continuation", "pagination",   "csrf",        "xsrf",        "sync",    "marker", "idempotency",
    "site",   "publishable",  "authenticity", "shortcut",    "spreadsheet", "debug",   "hash",   "row",
    "event",  "hot",          "registry",     "translation", "i18n"};
// Tokens that say where to go on, or that the same is asked again.
constexpr std::string_view kRequestWords[] = {"limit", "truncation", "input", "output", "request", "lifecycle"};

template <std::size_t N>
bool is_listed(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// What compares the value with a name behind it: `"…" == password`, `"…".equals(password)`.
std::string_view comparison_in(std::string_view after) {
  static constexpr std::string_view kSigns[] = {
      " == ", " === ", " != ", " !== ", "==", "===", "!=", "!==", ".equals(", ".equalsIgnoreCase(", " eq "};
  if (after.empty() || (after.front() != '"' && after.front() != '\'')) return {};
  after.remove_prefix(1);
  std::string_view longest;
  for (const std::string_view sign : kSigns)
    if (after.starts_with(sign) && sign.size() > longest.size()) longest = sign;
  return longest;
}

// Names that are not written in ASCII.
bool names_a_password(std::string_view before) {
  constexpr std::size_t kNear = 24;
  return holds_any(before.substr(before.size() - std::min(before.size(), kNear)),
                   {"\xE5\xAF\x86\xE7\xA0\x81", "\xE5\x8F\xA3\xE4\xBB\xA4", "\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C",
                    "\xE3\x83\xAF\xE3\x83\xBC\xE3\x83\x89"});
}

}  // namespace

Key key_of(std::string_view before, std::string_view after) {
  const std::string_view sign = comparison_in(after);
  if (!sign.empty()) {
    constexpr std::size_t kFar = 48;
    std::string_view name = after.substr(1 + sign.size(), kFar);
    name = name.substr(0, std::min(name.find('\n'), name.size()));
    const auto end = std::find_if(name.begin(), name.end(), [](char c) { return c == ')' || c == ':' || c == ';'; });
    if (Key key = key_before(name.substr(0, static_cast<std::size_t>(end - name.begin()))); !key.name.empty())
      return key;
  }
  if (names_a_password(before)) {
    Key key;
    key.kind = KeyKind::password;
    return key;
  }
  return key_before(before);
}

Key key_before(std::string_view before) {
  before = before.substr(before.size() - std::min(before.size(), kScoreContext));
  Key key;
  for (std::size_t end = before.size(); end > 0;) {
    if (!is_identifier(before[end - 1])) {
      --end;
      continue;
    }
    std::size_t begin = end;
    while (begin > 0 && is_identifier(before[begin - 1])) --begin;
    const std::string_view name = before.substr(begin, end - begin);
    const std::string folded = lower(name);
    const bool called = end < before.size() && before[end] == '(';
    // The first argument is a user or a host.
    const bool alone = folded == "auth" || folded.ends_with(".auth");  // redis.auth("…")
    if (called && (alone || (takes_a_password(folded) && before.find(',', end) != before.npos))) {
      key.kind = KeyKind::password;
      return key;
    }
    if (speaks_of_secrets(folded)) {
      // What a method is called on says nothing of its argument: `page.setPassword(`.
      std::string_view own = called ? name.substr(name.rfind('.') + 1) : name;
      if (!speaks_of_secrets(lower(own))) own = name;
      key.name = lower(own);
      key.words = words_in(own);
      break;
    }
    end = begin;
  }
  if (speaks_of_passwords(key.name) && !key.name.ends_with("salt")) key.kind = KeyKind::password;
  else if (holds_any(key.name, {"secret", "cred", "private", "salt", "pepper", "mnemonic"})) key.kind = KeyKind::secret;
  else if (holds_any(key.name, {"token", "auth", "bearer", "sessid", "sessionid", "session_id"}))
    key.kind = KeyKind::token;
  return key;
}

// `passwordlocation` is one word to those who split names at their capitals.
bool ends_oddly(std::string_view word) {
  return std::any_of(std::begin(kOddEnds), std::end(kOddEnds), [&](std::string_view end) {
    if (end.size() < 4 || word.size() <= end.size() || !word.ends_with(end)) return false;
    const std::string_view rest = word.substr(0, word.size() - end.size());
    return rest.ends_with("password") || rest.ends_with("passwd") || rest.ends_with("token") ||
           rest.ends_with("secret");
  });
}

bool is_odd(const Key& key) {
  return !key.words.empty() && (is_listed(key.words.back(), kOddEnds) || ends_oddly(key.words.back()));
}

bool is_public(const Key& key) {
  const bool is_token = !key.words.empty() && key.words.back() == "token";
  return std::any_of(key.words.begin(), key.words.end(), [&](const std::string& word) {
    return is_listed(word, kPublicWords) || (is_token && is_listed(word, kRequestWords));
  });
}

}  // namespace staunch
