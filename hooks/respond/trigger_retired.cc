// A secret that was proved dead and stands where no one has seen it before: an alert, and a line in its incident.
#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/incident.h"
#include "hooks/respond/notify.h"
#include "hooks/respond/trigger.h"

namespace staunch {
namespace {

// Path and commit of each place that its incident has.
std::vector<std::string> known_places(const Json& incident) {
  std::vector<std::string> known;
  for (const char* list : {"/credentials", "/seen"})
    for (const Json& one : array_at(incident, list))
      for (const Json& place : array_at(one, "/places"))
        known.push_back(text_at(place, "/path") + "\n" + text_at(place, "/commit"));
  return known;
}

}  // namespace

std::string first_place(const Subject& subject) {
  if (subject.places.empty()) return "";
  const SubjectPlace& place = subject.places[0];
  std::string text = place.path;
  if (place.line != 0) text += fmt::format(":{}", place.line);
  if (!place.commit.empty()) text += " in commit " + place.commit.substr(0, 12);
  if (subject.place_count > 1) text += fmt::format(" and {} more places", subject.place_count - 1);
  return text;
}

Status tell_if_retired(TriggerWorld& world, const Subject& subject) {
  constexpr std::size_t kMostPlaces = 100;
  if (!is_retired(world.journal, subject.fingerprint)) return Done{};
  const std::string id = incident_with(world.journal, subject.rule, subject.fingerprint);
  const auto incident = world.journal.get("incident", id);
  if (!incident) return Done{};
  const std::vector<std::string> known = known_places(*incident);
  Json places = Json::array();
  Subject fresh;  // its new places alone
  for (const SubjectPlace& place : subject.places) {
    const std::string name = world.output.safe(place.path) + "\n" + place.commit;
    if (std::find(known.begin(), known.end(), name) != known.end() || places.size() == kMostPlaces) continue;
    places.push_back({{"path", place.path}, {"commit", place.commit}, {"line", place.line}});
    fresh.places.push_back(place);
    ++fresh.place_count;
  }
  if (places.empty()) return Done{};
  const std::string what =
      fmt::format("{} {} was retired and is seen again: {}", subject.rule, subject.fingerprint, first_place(fresh));
  world.output.out("seen again  " + what);
  const Status kept = add_to_incident(world.journal, world.audit, id, "seen",
                                      {{"fingerprint", subject.fingerprint}, {"what", what}, {"places", places}});
  if (!kept) return kept;
  NotifyWorld notifying{world.policy, world.journal, world.audit, world.output};
  if (notify(notifying, roles_about(world.policy, subject.provider, subject.rule),
             {id, "seen again " + world.output.safe(what), "Retired credential seen again", what}) != 0)
    return Error{"not everybody could be told that it is seen again", id};
  return Done{};
}

}  // namespace staunch
