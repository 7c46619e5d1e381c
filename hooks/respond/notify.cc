#include "hooks/respond/notify.h"

#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/child.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"

namespace staunch {
namespace {

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

// Nothing, or why it was not told.
Status by_webhook(NotifyWorld& world, const Role& role, const Notice& notice) {
  const auto url = resolve({world.policy, &world.journal}, role.webhook);
  if (!url) return url.error();
  world.output.know(*url);
  HttpRequest request{"POST", std::string(url->reveal()), {{"Content-Type", "application/json"}}, "", true};
  request.body = to_line({{"text", notice.subject + "\n" + notice.text},
                          {"incident", notice.incident},
                          {"event", notice.event},
                          {"role", role.name}});
  const HttpAnswer answer = send(world.policy.network, request);
  if (answer.outcome == HttpAnswer::Outcome::lost) return Error{"the answer was lost: they may have been told", ""};
  if (answer.outcome != HttpAnswer::Outcome::answered) return Error{"the webhook was not reached: " + answer.why, ""};
  if (answer.status < 200 || answer.status > 299)
    return Error{fmt::format("the webhook answered {}", answer.status), ""};
  return Done{};
}

Status by_command(const Role& role, const Notice& notice) {
  std::string message;
  if (!role.to.empty()) message += fmt::format("To: {}\n", one_line(role.to));
  message += fmt::format("Subject: {}\nContent-Type: text/plain; charset=utf-8\n\n{}\n", one_line(notice.subject),
                         notice.text);
  const auto result = run_child(role.command, Secret(message));
  if (!result) return result.error();
  if (result->timed_out) return Error{"the program did not end in time", role.command[0]};
  if (result->status != 0) return Error{fmt::format("the program ended with {}", result->status), role.command[0]};
  return Done{};
}

bool tell_role(NotifyWorld& world, const Role& role, const Notice& notice) {
  const std::string id = fmt::format("{} {} {}", notice.incident, notice.event, role.name);
  if (const auto kept = world.journal.get("notice", id); kept && text_at(*kept, "/state") == "told") return true;
  const std::string now = rfc3339(now_seconds());
  if (!world.journal.put("notice", id, {{"state", "started"}, {"at", now}})) return false;
  const Notice safe{notice.incident, notice.event, world.output.safe(notice.subject), world.output.safe(notice.text)};
  const Status told = role.command.empty() ? by_webhook(world, role, safe) : by_command(role, safe);
  Json entry = {{"who", role.name},
                {"at", now},
                {"what", safe.subject},
                {"how", role.command.empty() ? "webhook" : role.command[0]}};
  if (!told) entry["failed"] = to_string(told.error());
  if (!told) world.output.tell(fmt::format("{} could not be told: {}", role.name, to_string(told.error())));
  const Status kept = add_to_incident(world.journal, world.audit, notice.incident, "told", entry);
  if (!kept) world.output.tell(to_string(kept.error()));
  return kept && told && world.journal.put("notice", id, {{"state", "told"}, {"at", now}});
}

}  // namespace

std::vector<std::string> roles_about(const Policy& policy, const std::string& provider, const std::string& rule) {
  std::vector<std::string> roles;
  const auto fits = [](const std::vector<std::string>& all, const std::string& one) {
    return all.empty() || std::find(all.begin(), all.end(), one) != all.end();
  };
  for (const Response& response : policy.responses)
    if (fits(response.providers, provider) && fits(response.rules, rule))
      roles.insert(roles.end(), response.roles.begin(), response.roles.end());
  if (roles.empty())
    for (const Role& role : policy.roles) roles.push_back(role.name);
  return roles;
}

std::size_t notify(NotifyWorld& world, const std::vector<std::string>& roles, const Notice& notice) {
  std::size_t failed = 0;
  for (const Role& role : world.policy.roles)
    if (std::find(roles.begin(), roles.end(), role.name) != roles.end() && !tell_role(world, role, notice)) ++failed;
  return failed;
}

}  // namespace staunch
