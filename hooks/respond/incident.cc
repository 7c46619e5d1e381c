#include "hooks/respond/incident.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "frontends/report/small_file.h"
#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr std::size_t kPlacesKept = 100;
constexpr std::size_t kMaxAudit = 1u << 30;

Json credential_json(const Subject& subject, const Verdict& verdict) {
  Json places = Json::array();
  for (const SubjectPlace& place : subject.places) {
    if (places.size() == kPlacesKept) break;
    places.push_back(
        {{"path", place.path}, {"line", place.line}, {"commit", place.commit}, {"repository", place.repository}});
  }
  Json told = Json::object();
  for (const auto& [name, value] : verdict.told) told[name] = value;
  return {{"fingerprint", subject.fingerprint}, {"rule", subject.rule}, {"provider", subject.provider},
          {"shown", subject.shown}, {"places", places}, {"place_count", subject.place_count},
          {"verdict", {{"state", name_of(verdict.state)}, {"host", verdict.host}, {"why", verdict.why},
                       {"at", rfc3339(verdict.checked_at)}, {"told", told}}}};
}

// The open incident that has this credential; empty where there is none.
std::string open_incident_with(const Journal& journal, const Subject& subject) {
  const std::string id = incident_with(journal, subject.rule, subject.fingerprint);
  const auto incident = journal.get("incident", id);
  return incident && text_at(*incident, "/closed").empty() ? id : "";
}

std::string sealed_name(const std::string& incident, const std::string& fingerprint) {
  return "incident/" + incident + "/" + fingerprint;
}

// Names and values with their sizes in front: "NAME SIZE\n" and the bytes.
std::string packed(const Values& values) {
  std::string out;
  for (const auto& [name, value] : values) {
    out += fmt::format("{} {}\n", name, value.reveal().size());
    out += value.reveal();
  }
  return out;
}

std::optional<Values> unpacked(std::string_view text) {
  Values values;
  while (!text.empty()) {
    const std::size_t space = text.find(' '), end = text.find('\n');
    if (space == std::string_view::npos || end == std::string_view::npos || space > end) return std::nullopt;
    std::size_t size = 0;
    const auto read = std::from_chars(text.data() + space + 1, text.data() + end, size);
    if (read.ec != std::errc() || read.ptr != text.data() + end || size > text.size() - end - 1) return std::nullopt;
    values[std::string(text.substr(0, space))] = Secret(text.substr(end + 1, size));
    text.remove_prefix(end + 1 + size);
  }
  return values;
}

std::vector<Json> audit_lines(const Journal& journal) {
  std::vector<Json> all;
  const auto text = read_small_file(audit_path(journal), kMaxAudit);
  if (!text) return all;
  for (const std::string_view line : lines_of(*text))
    if (auto json = parse_json(line)) all.push_back(std::move(*json));
  return all;
}

const Json& array_at(const Json& json, const char* pointer) {
  static const Json kNone = Json::array();
  const Json* found = find_at(json, pointer);
  return found && found->is_array() ? *found : kNone;
}

// Text inside Markdown: what came from scanned material must not become markup, links or lines of its own.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) out += ' ';
    else if (std::string_view("\\`*_{}[]()<>#+!|~&").find(c) != std::string_view::npos) (out += '\\') += c;
    else out += c;
  }
  return out;
}

std::string plain_at(const Json& json, const char* pointer) { return plain(text_at(json, pointer)); }

bool proved_dead(const std::vector<Json>& lines, const std::string& fingerprint) {
  for (const Json& line : lines)
    if (text_at(line, "/event") == "revoke" && text_at(line, "/data/fingerprint") == fingerprint &&
        text_at(line, "/data/after") == "dead")
      return true;
  return false;
}

class Story {
 public:
  Story(const Journal& journal, const Json& incident)
      : journal_(journal), incident_(incident), lines_(audit_lines(journal)) {}

  std::string tell() {
    put("# Incident {}: {}\n", plain_at(incident_, "/id"), plain_at(incident_, "/title"));
    put("Opened {}, {}. Exposure: {}.\n", text_at(incident_, "/opened"),
        text_at(incident_, "/closed").empty() ? "open" : "closed " + text_at(incident_, "/closed"),
        plain_at(incident_, "/exposure"));
    affected();
    replaced();
    revoked();
    watched();
    told();
    tighten();
    timeline();
    record();
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  const Json& credentials() const { return array_at(incident_, "/credentials"); }

  void affected() {
    put("## What leaked and where it stood\n");
    for (const Json& one : credentials()) {
      put("- **{}** `{}`, {}{}", plain_at(one, "/rule"), text_at(one, "/fingerprint"), plain_at(one, "/verdict/state"),
          text_at(one, "/verdict/host").empty()
              ? ""
              : fmt::format(" at {} ({})", plain_at(one, "/verdict/host"), text_at(one, "/verdict/at")));
      if (const Json* facts = find_at(one, "/verdict/told"); facts && facts->is_object())
        for (auto each = facts->begin(); each != facts->end(); ++each)
          put("  - {}: {}", plain(each.key()), plain_at(*each, ""));
      for (const Json& place : array_at(one, "/places")) {
        const std::string commit = text_at(place, "/commit");
        put("  - {}{}{}", plain_at(place, "/path"), text_at(place, "/line") == "0" ? "" : ":" + text_at(place, "/line"),
            commit.empty() ? "" : fmt::format(" since commit {}", plain(commit.substr(0, 12))));
      }
      const std::uint64_t count = number_at(one, "/place_count"), listed = array_at(one, "/places").size();
      if (count > listed) put("  - and {} more places", count - listed);
    }
    put("");
  }

  void replaced() {
    put("## New keys, places updated, deployments confirmed\n");
    bool any = false;
    for (const Json& id : array_at(incident_, "/rotations")) {
      const auto rotation = journal_.get("rotation", text_at(id, ""));
      if (!rotation) continue;
      any = true;
      put("- Rotation {} ({}{}): key {} replaces {}, now {}", plain_at(*rotation, "/name"), text_at(id, ""),
          text_at(*rotation, "/emergency") == "true" ? ", emergency" : "", plain_at(*rotation, "/new_id"),
          plain_at(*rotation, "/old_id"), plain_at(*rotation, "/state"));
      for (const Json& line : lines_) {
        if (text_at(line, "/data/rotation") != text_at(id, "")) continue;
        if (text_at(line, "/event") == "promoted")
          put("  - {} {}: readers see the new value", text_at(line, "/at"),
              plain_at(line, "/data/store") + "/" + plain_at(line, "/data/secret"));
        if (text_at(line, "/event") == "confirmed")
          put("  - {} confirmed by: {}", text_at(line, "/at"), plain_at(line, "/data/consumers"));
      }
      if (const std::string until = text_at(*rotation, "/sessions_until"); !until.empty())
        put("  - sessions made with the old key before may live until {}", until);
    }
    if (!any) put("No rotation belongs to this incident.");
    put("");
  }

  void revoked() {
    put("## Old keys revoked and proved dead\n");
    for (const Json& one : credentials()) {
      const std::string fingerprint = text_at(one, "/fingerprint");
      std::string how;
      for (const Json& line : lines_)
        if (text_at(line, "/event") == "revoke" && text_at(line, "/data/fingerprint") == fingerprint)
          how = fmt::format("{} at {}; it answers {} at {}", plain_at(line, "/data/ended"), text_at(line, "/at"),
                            plain_at(line, "/data/after"), plain_at(line, "/data/host"));
      put("- `{}`: {}", fingerprint, how.empty() ? "**nothing was done yet**" : how);
    }
    put("");
  }

  void watched() {
    put("## Watched after the end\n");
    const auto watch = journal_.get("watch", text_at(incident_, "/id"));
    if (!watch) put("Nothing was watched yet: incident watch does it.");
    if (watch) {
      put("Since {}, last asked {}: {} of 72 hours were observed{}.\n",
          rfc3339(static_cast<std::int64_t>(number_at(*watch, "/since"))),
          rfc3339(static_cast<std::int64_t>(number_at(*watch, "/polled"))), number_at(*watch, "/observed") / 3600,
          text_at(*watch, "/state") == "ended" ? ", and the watch has ended" : "");
      if (const Json* all = find_at(*watch, "/credentials"); all && all->is_object())
        for (auto one = all->begin(); one != all->end(); ++one)
          put("- `{}`: answered dead {} times, good {} times, nothing that counts {} times; uses: {}{}", one.key(),
              number_at(*one, "/dead"), number_at(*one, "/good"), number_at(*one, "/unknown"), plain_at(*one, "/uses"),
              text_at(*one, "/used").empty() ? "" : ", last " + plain_at(*one, "/used"));
      for (const Json& gap : array_at(*watch, "/gaps"))
        put("- **gap** from {} to {}: {}", text_at(gap, "/from"), text_at(gap, "/to"), plain_at(gap, "/why"));
    }
    for (const Json& one : array_at(incident_, "/alarms"))
      put("- **alarm** {}: {}", text_at(one, "/at"), plain_at(one, "/what"));
    for (const Json& one : array_at(incident_, "/seen")) put("- **seen again**: {}", plain_at(one, "/what"));
    put("");
  }

  void told() {
    put("## Who was told\n");
    for (const Json& one : array_at(incident_, "/told"))
      put("- {} {}: {}{}{}", text_at(one, "/at"), plain_at(one, "/who"), plain_at(one, "/what"),
          text_at(one, "/how").empty() ? "" : fmt::format(" ({})", plain_at(one, "/how")),
          text_at(one, "/failed").empty() ? "" : fmt::format("; **could not be told**: {}", plain_at(one, "/failed")));
    if (array_at(incident_, "/told").empty())
      put("Nobody yet. Roles to think of: engineering, security, support, customers, owner.");
    put("");
  }

  void tighten() {
    put("## What to tighten\n");
    bool history = false;
    for (const Json& one : credentials())
      for (const Json& place : array_at(one, "/places")) history = history || !text_at(place, "/commit").empty();
    if (history)
      put("- The secret stays in the history of the repository: whoever has a clone has it. Install a pre-commit "
          "hook.");
    put("- Keep values in a store and refer to them; rotate on a schedule.");
    for (const Json& one : array_at(incident_, "/notes")) put("- {}", plain_at(one, "/what"));
    put("");
  }

  bool belongs(const Json& line) const {
    for (const Json& one : credentials())
      if (text_at(line, "/data/fingerprint") == text_at(one, "/fingerprint")) return true;
    for (const Json& id : array_at(incident_, "/rotations"))
      if (text_at(line, "/data/rotation") == text_at(id, "")) return true;
    return text_at(line, "/data/incident") == text_at(incident_, "/id");
  }

  void timeline() {
    put("## Timeline\n");
    for (const Json& line : lines_) {
      if (!belongs(line)) continue;
      std::string about;
      for (const char* member :
           {"state", "step", "ended", "host", "status", "outcome", "key_id", "store", "secret", "who", "what", "why"})
        if (const std::string text = text_at(line, std::string("/data/") + member); !text.empty())
          about += fmt::format(" {}={}", member, plain(text));
      put("- {} {}{}", text_at(line, "/at"), plain_at(line, "/event"), about);
    }
    put("");
  }

  void record() {
    put("## The record\n");
    const auto wrong = check_audit(journal_);
    for (const std::string& each : wrong) put("- **{}**", plain(each));
    if (wrong.empty()) put("The audit is whole: {} lines, hash-chained and signed.", lines_.size());
  }

  const Journal& journal_;
  const Json& incident_;
  std::vector<Json> lines_;
  std::string out_;
};

}  // namespace

std::string incident_with(const Journal& journal, const std::string& rule, const std::string& fingerprint) {
  const auto at = journal.get("incident-of", rule + " " + fingerprint);
  return at ? text_at(*at, "/incident") : "";
}

Status retire(Journal& journal, const std::string& fingerprint) {
  return journal.put("retired", fingerprint, {{"at", rfc3339(now_seconds())}});
}

bool is_retired(const Journal& journal, const std::string& fingerprint) {
  return journal.get("retired", fingerprint).has_value();
}

Status keep_credential(Journal& journal, const std::string& incident, const Subject& subject) {
  if (subject.secret.empty()) return Done{};
  Values all;
  all["secret"] = subject.secret;
  for (const auto& [rule, value] : subject.beside) all["beside:" + rule] = value;
  for (const auto& [name, value] : subject.derived) all["derived:" + name] = Secret(value);
  return journal.keep_sealed(sealed_name(incident, subject.fingerprint), Secret(packed(all)));
}

Result<Subject> kept_credential(const Journal& journal, const std::string& incident, const Json& credential) {
  Subject subject;
  subject.fingerprint = text_at(credential, "/fingerprint");
  subject.rule = text_at(credential, "/rule");
  subject.provider = text_at(credential, "/provider");
  subject.shown = text_at(credential, "/shown");
  const auto sealed = journal.open_sealed(sealed_name(incident, subject.fingerprint));
  if (!sealed) return sealed.error();
  const auto values = unpacked(sealed->reveal());
  if (!values) return Error{"what was sealed is damaged", incident};
  for (const auto& [name, value] : *values) {
    if (name.starts_with("beside:")) subject.beside[name.substr(7)] = value;
    else if (name.starts_with("derived:")) subject.derived[name.substr(8)] = value.reveal();
    else subject.secret = value;
  }
  for (const Json& place : array_at(credential, "/places"))
    subject.places.push_back({text_at(place, "/path"), text_at(place, "/commit"), text_at(place, "/repository"),
                              number_at(place, "/line")});
  subject.place_count = number_at(credential, "/place_count");
  return subject;
}

Status forget_credential(Journal& journal, const std::string& incident, const std::string& fingerprint) {
  return journal.erase_sealed(sealed_name(incident, fingerprint));
}

Result<OpenedIncident> open_incident(Journal& journal, Audit& audit, const std::string& title,
                                     const std::string& exposure, const std::vector<Subject>& subjects,
                                     const std::vector<Verdict>& verdicts) {
  OpenedIncident opened;
  Json credentials = Json::array();
  std::vector<const Subject*> added;
  std::string seed = title + rfc3339(now_seconds());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const std::string known = open_incident_with(journal, subjects[i]);
    if (!known.empty()) {
      if (std::find(opened.known_in.begin(), opened.known_in.end(), known) == opened.known_in.end())
        opened.known_in.push_back(known);
      continue;
    }
    credentials.push_back(audit.masked(credential_json(subjects[i], verdicts[i])));
    added.push_back(&subjects[i]);
    seed += subjects[i].fingerprint;
  }
  opened.added = added.size();
  if (added.empty()) return opened;
  const std::string now = rfc3339(now_seconds());
  opened.id = now.substr(0, 10) + "-" + blake2b_hex(seed).substr(0, 8);
  const Json document = {{"id", opened.id}, {"title", audit.masked(title)}, {"exposure", exposure}, {"opened", now}, {"closed", ""},
                         {"credentials", credentials}};
  if (const Status told = audit.add("incident-opened", {{"incident", opened.id}, {"what", title}}); !told)
    return told.error();
  if (const Status kept = journal.put("incident", opened.id, document); !kept) return kept.error();
  for (const Subject* subject : added) {
    if (const Status kept = keep_credential(journal, opened.id, *subject); !kept) return kept.error();
    if (const Status kept =
            journal.put("incident-of", subject->rule + " " + subject->fingerprint, {{"incident", opened.id}});
        !kept)
      return kept.error();
  }
  return opened;
}

Status add_to_incident(Journal& journal, Audit& audit, const std::string& id, const char* member, const Json& entry) {
  auto document = journal.get("incident", id);
  if (!document) return Error{"there is no such incident", id};
  Json& list = (*document)[member];
  if (!list.is_array()) list = Json::array();
  list.push_back(audit.masked(entry));
  Json about = entry.is_object() ? entry : Json{{"rotation", entry}};
  about["incident"] = id;
  if (const Status told = audit.add(std::string("incident-") + member, about); !told) return told;
  return journal.put("incident", id, *document);
}

Status close_incident(Journal& journal, Audit& audit, const std::string& id) {
  auto document = journal.get("incident", id);
  if (!document) return Error{"there is no such incident", id};
  const std::vector<Json> lines = audit_lines(journal);
  for (const Json& one : array_at(*document, "/credentials"))
    if (!proved_dead(lines, text_at(one, "/fingerprint")) && text_at(one, "/verdict/state") != "dead")
      return Error{fmt::format("{} {} is not proved dead", text_at(one, "/rule"), text_at(one, "/fingerprint")), id};
  for (const Json& one : array_at(*document, "/credentials"))
    if (const Status kept = retire(journal, text_at(one, "/fingerprint")); !kept) return kept;
  (*document)["closed"] = rfc3339(now_seconds());
  if (const Status told = audit.add("incident-closed", {{"incident", id}}); !told) return told;
  return journal.put("incident", id, *document);
}

Result<std::string> incident_markdown(const Journal& journal, const std::string& id) {
  const auto incident = journal.get("incident", id);
  if (!incident) return Error{"there is no such incident", id};
  return Story(journal, *incident).tell();
}

// The few forms that the story uses: headings, lists of two levels, bold, code and escapes.
std::string html_of_markdown(const std::string& title, const std::string& markdown) {
  const auto escaped = [](char c) -> std::string {
    return c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  };
  const auto inline_of = [&](std::string_view text) {
    std::string out;
    bool bold = false, code = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && !code) out += escaped(text[++i]);
      else if (text[i] == '`') out += (code = !code) ? "<code>" : "</code>";
      else if (!code && text.substr(i).starts_with("**")) out += (bold = !bold) ? "<b>" : "</b>", ++i;
      else out += escaped(text[i]);
    }
    return out;
  };
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>";
  for (const char c : title) out += escaped(c);
  out +=
      "</title><style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 "
      "1em}code{background:#eee}</style></head><body>\n";
  int depth = 0;
  const auto nest = [&](int wanted) {
    for (; depth < wanted; ++depth) out += "<ul>";
    for (; depth > wanted; --depth) out += "</ul>\n";
  };
  for (const std::string_view line : lines_of(markdown)) {
    if (line.starts_with("  - ")) nest(2), out += "<li>" + inline_of(line.substr(4)) + "</li>\n";
    else if (line.starts_with("- ")) nest(1), out += "<li>" + inline_of(line.substr(2)) + "</li>\n";
    else if (line.empty()) nest(0);
    else if (line.starts_with("## ")) nest(0), out += "<h2>" + inline_of(line.substr(3)) + "</h2>\n";
    else if (line.starts_with("# ")) nest(0), out += "<h1>" + inline_of(line.substr(2)) + "</h1>\n";
    else nest(0), out += "<p>" + inline_of(line) + "</p>\n";
  }
  nest(0);
  return out + "</body></html>\n";
}

}  // namespace staunch
