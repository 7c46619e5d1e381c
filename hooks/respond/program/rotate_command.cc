// staunch rotate PLAN.toml: a plan first; --live --plan DIGEST begins exactly that; --status, --resume, --rollback and
// --abort go on.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "hooks/respond/moment.h"
#include "hooks/respond/plan.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/hidden_input.h"
#include "hooks/respond/program/rotate_parts.h"
#include "hooks/respond/program/yes.h"

namespace staunch {
namespace {

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

// A live run does exactly the plan that was shown within the hour, and its last step cannot be undone, so somebody says
// yes. Nobody is there when a timer goes: a signed approval of the plan as it stands takes the place of both. The
// digest that was agreed to; nothing where `code` says what is missing.
std::optional<std::string> agreed_digest(RotateWorld& world, const Json& about, const RespondOptions& options,
                                         int& code) {
  code = kWrongUse;
  if (options.plan.empty() && options.approval.empty())
    return world.output.tell(
               "--live does exactly one plan: --plan DIGEST, told by a dry run; for a timer, --approval FILE"),
           std::nullopt;
  if (!options.plan.empty())
    if (const Status same = check_rotation_shown(world.journal, about, options.plan, now_seconds()); !same)
      return world.output.tell(to_string(same.error())), std::nullopt;
  const std::string digest = options.plan.empty() ? standing_digest(about) : digest_of(about);
  code = kNotApproved;
  if (!says_yes(options, world.policy, digest, world.output)) return std::nullopt;
  return digest;
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
  const Json about_it = rotation_about(world, plan, order);
  if (is_end_users(world.policy, "", text_at(about_it, "/fingerprint"), ""))
    return stop(kNotApproved, "the key belongs to an end user, who gets a reminder: it is not rotated here");
  const auto agreed = agreed_digest(world, about_it, options, code);
  if (!agreed) return std::nullopt;
  const Json about = {{"command", "rotate"},
                      {"name", plan.name},
                      {"plan", *agreed},
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
  if (!plan && !options.plan.empty())
    return output.tell("--plan ties the beginning of a rotation; this one is under way"), kWrongUse;
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
