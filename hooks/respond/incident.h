// Incidents: what leaked, where it stood, what was done about it and who was told, kept in the journal.
//
// An incident is opened by findings; a fingerprint that an open incident already has opens no second one. What was done
// is not written down twice: the report reads the audit, where each line names a fingerprint or a rotation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/audit.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verdict.h"

namespace staunch {

struct IncidentAbout {
  std::string title;
  std::string exposure = "unknown";  // public, internal
  std::string parent;                // the incident whose places these stand in
  std::string source;                // what it was opened by: "a report", "an advisory" …
  std::vector<std::string> hosts;    // machines that had the values (an advisory's "hosts that pull")
};

struct OpenedIncident {
  std::string id;
  std::size_t added = 0;              // credentials that no open incident had
  std::vector<std::string> known_in;  // incidents that have the others
};

Result<OpenedIncident> open_incident(Journal& journal, Audit& audit, const IncidentAbout& about,
                                     const std::vector<Subject>& subjects, const std::vector<Verdict>& verdicts);

// Of `all`, those that stand in the same files (of the same commit) as one of `mine`, and are none of them: who could
// read the one could read the other.
std::vector<std::size_t> related_to(const std::vector<Subject>& all, const std::vector<std::size_t>& mine);

// Those as an incident of their own below `parent`; nothing where all of them belong to open incidents already.
Result<OpenedIncident> open_child_incident(Journal& journal, Audit& audit, const std::string& parent,
                                           const IncidentAbout& about, const std::vector<Subject>& subjects,
                                           const std::vector<Verdict>& verdicts);

// Adds {member: [..., entry]}: "told" (who was told), "rotations" (ids), "notes", "children" …
Status add_to_incident(Journal& journal, Audit& audit, const std::string& id, const char* member, const Json& entry);

// The incident that has this credential, open or not; empty where there is none.
std::string incident_with(const Journal& journal, const std::string& rule, const std::string& fingerprint);

// The host at which it said live before, so that the same host's word that it is dead can be believed; empty where it
// was live and the host was not written down.
std::optional<std::string> live_at(const Journal& journal, const Subject& subject);

// Fingerprints of what was proved dead after it leaked: seen anywhere else, they are worth an alert.
Status retire(Journal& journal, const std::string& fingerprint);
bool is_retired(const Journal& journal, const std::string& fingerprint);

// What is needed to ask about a credential again is kept sealed while its incident is open or watched.
Status keep_credential(Journal& journal, const std::string& incident, const Subject& subject);
Result<Subject> kept_credential(const Journal& journal, const std::string& incident, const Json& credential);
Status forget_credential(Journal& journal, const std::string& incident, const std::string& fingerprint);

// An incident closes when each of its credentials was proved dead; else the Error names those that were not.
Status close_incident(Journal& journal, Audit& audit, const std::string& id);

// The whole story in Markdown, or as one HTML page without anything from elsewhere.
Result<std::string> incident_markdown(const Journal& journal, const std::string& id);
std::string html_of_markdown(const std::string& title, const std::string& markdown);

}  // namespace staunch
