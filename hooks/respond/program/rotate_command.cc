// staunch rotate PLAN.toml: a plan first; --live begins it; --status, --resume, --rollback and --abort go on.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/rotate.h"

namespace staunch {
namespace {

int show(const RotationPlan& plan, bool emergency, Output& output) {
  output.out(fmt::format("rotate {}: keys of {} at {}{}", plan.name, plan.user, plan.provider,
                         emergency ? ", emergency" : ""));
  std::string order;
  for (const Turn turn : order_of(emergency)) order += fmt::format("{}{}", order.empty() ? "" : " > ", name_of(turn));
  output.out("    " + order);
  for (const RotationTarget& target : plan.targets)
    output.out(fmt::format("    writes {} in {}", target.name, target.store));
  if (!plan.deploy.command.empty()) output.out("    deploys by " + plan.deploy.command[0]);
  for (const Consumer& consumer : plan.consumers)
    output.out(fmt::format("    {} must pass {} times", consumer.name, consumer.times));
  if (plan.consumers.empty()) output.out("    no consumer is named, so nobody confirms the new key");
  output.out(emergency ? "    the old key is disabled at once"
                       : fmt::format("    the old key must go unused for {} s, stays disabled for {} s, and is deleted",
                                     plan.watch, plan.hold));
  output.tell("a dry run; --live does it");
  return kDone;
}

// What makes it happen again: printed, for a person to put where it belongs.
int install(const RotationPlan& plan, const RespondOptions& options, Output& output) {
  if (plan.every <= 0) return output.tell("the plan has no 'every'"), kWrongUse;
  const std::string command =
      fmt::format("staunch rotate {} --policy {} --live", std::filesystem::absolute(plan.path).string(),
                  std::filesystem::absolute(options.policy).string());
  if (options.install == "systemd") {
    output.out(
        fmt::format("# staunch-rotate-{0}.service\n[Unit]\nDescription=Rotate {0}\n\n[Service]\nType=oneshot\n"
                    "ExecStart={1}\n\n# staunch-rotate-{0}.timer\n[Unit]\nDescription=Rotate {0}\n\n[Timer]\n"
                    "OnActiveSec={2}s\nOnUnitActiveSec={2}s\nPersistent=true\n\n[Install]\nWantedBy=timers.target",
                    plan.name, command, plan.every));
  } else {
    const std::int64_t days = std::max<std::int64_t>(plan.every / 86400, 1);
    output.out(fmt::format(
        "# every {} days, by a mark that is as old as the last start\n17 3 * * * [ -z \"$(find {}/.{}-rotated "
        "-mtime -{} 2>/dev/null)\" ] && {} && touch {}/.{}-rotated",
        days, "$HOME", plan.name, days, command, "$HOME", plan.name));
  }
  return kDone;
}

int told(const RotateEnd& end, const std::string& id, Output& output) {
  output.out(fmt::format("rotation {}  {}", id, name_of(end.turn)));
  if (end.waiting) output.tell(fmt::format("waits{}: {}", end.until ? " until " + rfc3339(end.until) : "", end.why));
  else if (!end.why.empty()) output.tell(end.why);
  if (end.turn == Turn::closed) return kDone;
  output.tell(fmt::format("go on with --resume {0}; back with {1} {0}", id,
                          end.turn < Turn::promoted ? "--abort" : "--rollback"));
  return end.waiting ? kNotApproved + 1 : kUnknown;
}

int list(const Journal& journal, Output& output) {
  for (const auto& [id, document] : journal.list("rotation"))
    output.out(fmt::format("{}  {}  {}{}  old {}  new {}", id, text_at(document, "/name"), text_at(document, "/state"),
                           text_at(document, "/emergency") == "true" ? " (emergency)" : "",
                           text_at(document, "/old_id"), text_at(document, "/new_id")));
  return kDone;
}

int ended(const Status& status, Output& output) {
  if (status) return kDone;
  output.tell(to_string(status.error()));
  return kUnknown;
}

}  // namespace

int run_rotate(const RespondOptions& options, Output& output) {
  const auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  std::optional<RotationPlan> plan;
  if (options.stage.empty()) {
    auto read = read_rotation_plan(options.target);
    if (!read) return output.tell(to_string(read.error())), kWrongUse;
    plan = std::move(*read);
    if (!options.install.empty()) return install(*plan, options, output);
    if (!options.live) return show(*plan, options.emergency, output);
  }
  const auto books = open_books(*policy, output);
  if (!books) return kWrongUse;
  RotateWorld world{*policy, *books->journal, *books->audit, output, fingerprint_key()};
  if (options.stage == "status") return list(*books->journal, output);
  if (options.stage == "rollback") return ended(roll_back(world, options.target), output);
  if (options.stage == "abort") return ended(abort_rotation(world, options.target), output);
  std::string id = options.target;
  if (plan) {
    if (std::find(policy->live.begin(), policy->live.end(), plan->provider) == policy->live.end())
      return output.tell(fmt::format("the policy's 'live' does not name {}", plan->provider)), kNotApproved;
    if (const Status clear = check_kill_switch(*policy); !clear)
      return output.tell(to_string(clear.error())), kNotApproved;
    auto begun = begin_rotation(world, *plan, options.emergency, options.rule);
    if (!begun) return output.tell(to_string(begun.error())), kUnknown;
    id = *begun;
  }
  return told(resume_rotation(world, id, options.wait), id, output);
}

}  // namespace staunch
