#include "frontends/serve/history.h"

#include <string>

namespace staunch {
namespace {

History of_turns(std::string_view raw, std::string_view list, Structure& structure) {
  const JsonMembers turns = json_members(list, structure);
  if (turns.shape != JsonShape::array || turns.members.empty()) return {};
  for (auto turn = turns.members.rbegin(); turn != turns.members.rend(); ++turn) {
    const JsonMembers members = json_members(turn->value, structure);
    const std::string_view* role = members.find("role");
    if (role == nullptr || members.is_twice("role") || json_string(*role) != "user") continue;
    History out;
    out.opening = turns.members.front().value;
    out.begin = static_cast<std::size_t>(out.opening.data() - raw.data());
    out.end = static_cast<std::size_t>(turn->value.data() - raw.data());
    return out;
  }
  return {};
}

}  // namespace

History history_of(std::string_view raw, Structure& structure) {
  const JsonMembers body = json_members(raw, structure);
  if (body.shape == JsonShape::array) return of_turns(raw, raw, structure);
  if (body.shape != JsonShape::object) return {};
  const std::string_view* list = nullptr;
  for (const char* name : {"messages", "input", "contents"}) {
    const std::string_view* found = body.find(name);
    if (found == nullptr) continue;
    if (list != nullptr || body.is_twice(name)) return {};
    list = found;
  }
  return list == nullptr ? History() : of_turns(raw, *list, structure);
}

bool Told::first_time(std::string_view caller, std::string_view opening, std::string_view fingerprint) {
  std::string all;
  for (const std::string_view part : {caller, opening, fingerprint}) {
    all += std::to_string(part.size());
    all += ':';
    all += part;
  }
  const std::uint64_t name = short_hash(all, key_);
  const std::lock_guard lock(mutex_);
  if (!known_.insert(name).second) return false;
  order_.push_back(name);
  if (order_.size() > kRemembered) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

}  // namespace staunch
