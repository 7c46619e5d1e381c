// staunch rotate PLAN.toml: a plan first; --live begins it; --status, --resume, --rollback and --abort go on.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "hooks/respond/moment.h"
#include "hooks/respond/no_disable.h"
#include "hooks/respond/plan.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/hidden_input.h"
#include "hooks/respond/program/rotate_parts.h"

namespace staunch {
namespace {

void show(const RotationPlan& plan, const Environment& environment, Output& output) {
  if (!environment.name.empty()) output.out("    " + environment.name);
  const char* indent = environment.name.empty() ? "    " : "      ";
  for (const RotationTarget& target : plan.targets)
    if (target.environment == environment.name)
      output.out(fmt::format("{}writes {} in {}", indent, target.name, target.store));
  if (!environment.deploy.command.empty())
    output.out(fmt::format("{}deploys by {}", indent, environment.deploy.command[0]));
  for (std::size_t i = 1; i < environment.deploy.kubernetes.size(); ++i)
    output.out(fmt::format("{}rolls out {} in {}", indent, environment.deploy.kubernetes[i],
                           environment.deploy.kubernetes[0]));
  for (const Consumer& consumer : plan.consumers)
    if (consumer.environment == environment.name)
      output.out(fmt::format("{}{} must pass {} times", indent, consumer.name, consumer.times));
}

// Readers that take a new value as soon as it is there, for values that stand in an environment's variables.
void show_readers(const RotationPlan& plan, Output& output) {
  for (const RotationTarget& target : plan.targets) {
    const std::string& name = target.name;
    if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string::npos) continue;
    output.out(
        fmt::format("    a reader that takes the new {0} and else the old one:\n"
                    "      shell    \"${{{0}__NEXT:-${0}}}\"\n"
                    "      compose  ${{{0}__NEXT:-${{{0}}}}}\n"
                    "      Python   os.environ.get(\"{0}__NEXT\") or os.environ[\"{0}\"]\n"
                    "      Node     process.env.{0}__NEXT ?? process.env.{0}",
                    name));
  }
}

// What becomes of the old key, and why there is no way back where there is none.
void show_end(const RotationPlan& plan, bool emergency, Output& output) {
  const std::string lack = no_disable(plan.provider);
  if (plan.provider == "gitlab" || plan.provider == "self") output.out("    the old key dies when the new one is made");
  else if (emergency)
    output.out(lack.empty() ? "    the old key is disabled at once" : "    the old key is deleted at once");
  else
    output.out(fmt::format("    the old key must go unused for {} s, stays {} for {} s, and is deleted", plan.watch,
                           lack.empty() ? "disabled" : "unused", plan.hold));
  if (!lack.empty()) output.out("    there is no disable to try first: " + lack);
}

void show(const RotationPlan& plan, bool emergency, Output& output) {
  output.out(fmt::format("rotate {}: keys of {} at {}{}", plan.name, plan.user, plan.provider,
                         emergency ? ", emergency" : ""));
  std::string order;
  for (const Turn turn : order_of(emergency)) order += fmt::format("{}{}", order.empty() ? "" : " > ", name_of(turn));
  output.out("    " + order);
  for (const Environment& environment : plan.environments) show(plan, environment, output);
  if (plan.consumers.empty()) output.out("    no consumer is named, so nobody confirms the new key");
  if (plan.consumers.size() > 1)
    output.out(fmt::format("    one consumer first, then {} at a time; the first failure stops it", plan.wave));
  show_end(plan, emergency, output);
  show_readers(plan, output);
}

RotateOrder order_of(const RespondOptions& options) { return {options.emergency, options.rule, options.both_leaked}; }

// What would be done, kept under its digest where there is a journal.
int dry_run(const RotationPlan& plan, const Policy& policy, const RespondOptions& options, Output& output) {
  show(plan, options.emergency, output);
  if (policy.journal.empty()) return output.tell("a dry run; to act, the policy needs a 'journal'"), kDone;
  const auto books = open_books(policy, output);
  if (!books) return kWrongUse;
  RotateWorld world{policy, *books->journal, *books->audit, output, fingerprint_key()};
  const Json about = rotation_about(world, plan, order_of(options));
  if (const std::string key = text_at(about, "/key"); !key.empty()) output.out("    the key in use is " + key);
  else if (options.rule.empty()) output.out("    which key is in use cannot be told from here");
  if (const Status kept = keep_rotation_shown(*books->journal, about, now_seconds()); !kept)
    return output.tell(to_string(kept.error())), kUnknown;
  output.out("plan " + digest_of(about));
  output.tell(fmt::format("a dry run; --live does it. Within an hour --live --plan {} does it only if all is as now",
                          digest_of(about).substr(0, 16)));
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

namespace {

// With --if-due and without --live: exit 0 where there is something to do, 1 where not.
int tell_due(const Due& when, Output& output) {
  if (!when.under_way.empty()) return output.out("under way as " + when.under_way), kDone;
  if (when.at <= now_seconds())
    return output.out(when.at ? "due since " + rfc3339(when.at) : "due: it was never rotated"), kDone;
  return output.out("due at " + rfc3339(when.at)), kLive;
}

// The plan of a rotation that is known by its id.
Result<RotationPlan> plan_of(const Policy& policy, const std::string& id, Output& output) {
  const auto books = open_books(policy, output);
  const auto kept = books ? books->journal->get("rotation", id) : std::nullopt;
  if (!kept) return Error{"there is neither such a plan nor such a rotation", id};
  return parse_rotation_plan(text_at(*kept, "/plan"), text_at(*kept, "/path"));
}

// The id of the rotation to go on with; nothing where `code` says how it ended.
std::optional<std::string> begin(RotateWorld& world, const RotationPlan& plan, const RespondOptions& options,
                                 int& code) {
  const auto stop = [&](int with, const std::string& why) {
    world.output.tell(why);
    code = with;
    return std::nullopt;
  };
  if (std::find(world.policy.live.begin(), world.policy.live.end(), plan.provider) == world.policy.live.end())
    return stop(kNotApproved, fmt::format("the policy's 'live' does not name {}", plan.provider));
  if (const Status clear = check_kill_switch(world.policy); !clear) return stop(kNotApproved, to_string(clear.error()));
  if (options.if_due) {
    const Due when = due(world.journal, plan);
    if (!when.under_way.empty()) return when.under_way;
    if (when.at > now_seconds()) return stop(kDone, fmt::format("{} is due at {}", plan.name, rfc3339(when.at)));
  }
  const RotateOrder order = order_of(options);
  if (!options.plan.empty())
    if (const Status same =
            check_rotation_shown(world.journal, rotation_about(world, plan, order), options.plan, now_seconds());
        !same)
      return stop(kWrongUse, to_string(same.error()));
  const Json about = {{"command", "rotate"},
                      {"name", plan.name},
                      {"plan", options.plan},
                      {"test_endpoints", world.policy.network.test_endpoints}};
  if (const Status told = world.audit.add("begin", about); !told) return stop(kUnknown, to_string(told.error()));
  auto begun = begin_rotation(world, plan, order);
  if (!begun) return stop(kUnknown, to_string(begun.error()));
  return *begun;
}

}  // namespace

int run_rotate(const RespondOptions& options, Output& output) {
  const auto policy = policy_of(options, options.replace, output);
  if (!policy) return kWrongUse;
  std::optional<RotationPlan> plan;
  if (options.stage.empty()) {
    auto read = options.replace.empty() || std::filesystem::exists(options.target)
                    ? read_rotation_plan(options.target)
                    : plan_of(*policy, options.target, output);
    if (!read) return output.tell(to_string(read.error())), kWrongUse;
    plan = std::move(*read);
    if (!options.install.empty()) return install_rotation(*plan, options, output);
    if (const Status right = check_plan(*plan, *policy); !right)
      return output.tell(to_string(right.error())), kWrongUse;
    if (!options.live && !options.if_due && options.replace.empty()) return dry_run(*plan, *policy, options, output);
  }
  const auto books = open_books(*policy, output);
  if (!books) return kWrongUse;
  RotateWorld world{*policy, *books->journal, *books->audit, output, fingerprint_key(), nullptr, options.done};
  if (options.take) world.ask = [](const std::string& part) { return read_hidden(part, false); };
  if (options.stage == "status") return list(*books->journal, output);
  if (options.stage == "rollback") return ended(roll_back(world, options.target), output);
  if (options.stage == "abort") return ended(abort_rotation(world, options.target), output);
  std::string id = options.target;
  if (plan) {
    if (!options.replace.empty()) return replace_value(world, *plan, options, output);
    if (!options.live) return tell_due(due(world.journal, *plan), output);
    int code = kDone;
    const auto begun = begin(world, *plan, options, code);
    if (!begun) return code;
    id = *begun;
  }
  return told(resume_rotation(world, id, options.wait), id, output);
}

}  // namespace staunch
