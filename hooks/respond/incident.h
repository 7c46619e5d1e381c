// Incidents: what leaked, where it stood, what was done about it and who was told, kept in the journal.
//
// An incident is opened by findings; a fingerprint that an open incident already has opens no second one. What was done
// is not written down twice: the report reads the audit, where each line names a fingerprint or a rotation.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/audit.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verdict.h"

namespace staunch {

struct OpenedIncident {
  std::string id;
  std::size_t added = 0;  // credentials that no open incident had
  std::vector<std::string> known_in;  // incidents that have the others
};

Result<OpenedIncident> open_incident(Journal& journal, Audit& audit, const std::string& title,
                                     const std::string& exposure, const std::vector<Subject>& subjects,
                                     const std::vector<Verdict>& verdicts);

// Adds {member: [..., entry]}: "told" (who was told), "rotations" (ids), "notes".
Status add_to_incident(Journal& journal, Audit& audit, const std::string& id, const char* member, const Json& entry);

// The incident that has this credential, open or not; empty where there is none.
std::string incident_with(const Journal& journal, const std::string& rule, const std::string& fingerprint);

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
