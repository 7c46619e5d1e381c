#include "hooks/respond/incident.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr std::size_t kPlacesKept = 100;

Json credential_json(const Subject& subject, const Verdict& verdict) {
  Json places = Json::array();
  for (const SubjectPlace& place : subject.places) {
    if (places.size() == kPlacesKept) break;
    places.push_back({{"path", place.path},
                      {"line", place.line},
                      {"commit", place.commit},
                      {"repository", place.repository},
                      {"since", place.since}});
  }
  Json told = Json::object();
  for (const auto& [name, value] : verdict.told) told[name] = value;
  return {{"fingerprint", subject.fingerprint},
          {"rule", subject.rule},
          {"provider", subject.provider},
          {"shown", subject.shown},
          {"value_known", !subject.secret.empty()},
          {"places", places},
          {"place_count", subject.place_count},
          {"verdict",
           {{"state", name_of(verdict.state)},
            {"host", verdict.host},
            {"why", verdict.why},
            {"at", rfc3339(verdict.checked_at)},
            {"told", told}}}};
}

// The open incident that has this credential; empty where there is none.
std::string open_incident_with(const Journal& journal, const Subject& subject) {
  const std::string id = incident_with(journal, subject.rule, subject.fingerprint);
  const auto incident = journal.get("incident", id);
  return incident && text_at(*incident, "/closed").empty() ? id : "";
}

bool proved_dead(const std::vector<Json>& lines, const std::string& fingerprint) {
  for (const Json& line : lines)
    if (text_at(line, "/event") == "revoke" && text_at(line, "/data/fingerprint") == fingerprint &&
        text_at(line, "/data/after") == "dead")
      return true;
  return false;
}

}  // namespace

std::string incident_with(const Journal& journal, const std::string& rule, const std::string& fingerprint) {
  const auto at = journal.get("incident-of", rule + " " + fingerprint);
  return at ? text_at(*at, "/incident") : "";
}

std::optional<std::string> live_at(const Journal& journal, const Subject& subject) {
  if (is_retired(journal, subject.fingerprint)) return "";
  const auto action = journal.list("action", 1, subject.fingerprint + " ");  // begun on what said live
  if (!action.empty() && action[0].first.starts_with(subject.fingerprint + " ")) return "";
  const auto incident = journal.get("incident", incident_with(journal, subject.rule, subject.fingerprint));
  if (!incident) return std::nullopt;
  for (const Json& one : array_at(*incident, "/credentials"))
    if (text_at(one, "/fingerprint") == subject.fingerprint && text_at(one, "/verdict/state") == "live")
      return text_at(one, "/verdict/host");
  return std::nullopt;
}

Status retire(Journal& journal, const std::string& fingerprint) {
  return journal.put("retired", fingerprint, {{"at", rfc3339(now_seconds())}});
}

bool is_retired(const Journal& journal, const std::string& fingerprint) {
  return journal.get("retired", fingerprint).has_value();
}

Result<OpenedIncident> open_incident(Journal& journal, Audit& audit, const IncidentAbout& about,
                                     const std::vector<Subject>& subjects, const std::vector<Verdict>& verdicts) {
  OpenedIncident opened;
  Json credentials = Json::array();
  std::vector<const Subject*> added;
  std::string seed = about.title + rfc3339(now_seconds());
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
  Json document = {{"id", opened.id}, {"title", about.title},   {"exposure", about.exposure}, {"opened", now},
                   {"closed", ""},    {"source", about.source}, {"parent", about.parent},     {"hosts", about.hosts}};
  document = audit.masked(document);
  document["credentials"] = credentials;
  if (const Status told = audit.add("incident-opened", {{"incident", opened.id}, {"what", about.title}}); !told)
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

std::vector<std::size_t> related_to(const std::vector<Subject>& all, const std::vector<std::size_t>& mine) {
  std::set<std::string> places;
  const auto name = [](const SubjectPlace& place) {
    return place.repository + "\n" + place.commit + "\n" + place.path;
  };
  for (const std::size_t i : mine)
    for (const SubjectPlace& place : all[i].places)
      if (!place.path.empty() && !place.path.starts_with("(")) places.insert(name(place));  // a file, not a stream
  std::vector<std::size_t> related;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (std::find(mine.begin(), mine.end(), i) != mine.end()) continue;
    if (std::any_of(all[i].places.begin(), all[i].places.end(),
                    [&](const SubjectPlace& place) { return places.contains(name(place)); }))
      related.push_back(i);
  }
  return related;
}

Result<OpenedIncident> open_child_incident(Journal& journal, Audit& audit, const std::string& parent,
                                           const IncidentAbout& about, const std::vector<Subject>& subjects,
                                           const std::vector<Verdict>& verdicts) {
  IncidentAbout child = about;
  child.parent = parent;
  child.title = "Related to " + parent + ": " + about.title;
  auto opened = open_incident(journal, audit, child, subjects, verdicts);
  if (!opened || opened->id.empty()) return opened;
  if (const Status linked = add_to_incident(journal, audit, parent, "children", {{"id", opened->id}}); !linked)
    return linked.error();
  return opened;
}

Status add_to_incident(Journal& journal, Audit& audit, const std::string& id, const char* member, const Json& entry) {
  auto document = journal.get("incident", id);
  if (!document) return Error{"there is no such incident", id};
  Json& list = (*document)[member];
  if (!list.is_array()) list = Json::array();
  if (std::find(list.begin(), list.end(), entry) != list.end() && !entry.is_object()) return Done{};  // linked before
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

}  // namespace staunch
