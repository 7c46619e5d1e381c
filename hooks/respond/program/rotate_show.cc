// What a rotation would do, shown before it is done and kept under its digest.
#include <fmt/format.h>

#include "hooks/respond/minter.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/plan.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/rotate_parts.h"
#include "hooks/respond/providers.h"

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
      output.out(fmt::format("{}{} must pass {}", indent, consumer.name,
                             consumer.times == 1 ? "once" : fmt::format("{} times", consumer.times)));
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
  const auto facts = rotate_facts(plan.provider);
  if (!facts) return output.tell(to_string(facts.error()));
  const std::string lack = words_of(facts->no_disable);
  if (facts->kills_old) output.out("    the old key dies when the new one is made");
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

}  // namespace

RotateOrder order_of(const RespondOptions& options) { return {options.emergency, options.rule, options.both_leaked}; }

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
  const std::string digest = digest_of(about);
  output.tell(fmt::format("a dry run. Within an hour, if all is as now: --live --plan {} --code {}",
                          digest.substr(0, 16), short_code(digest)));
  if (plan.every > 0)
    output.tell("for a timer: --live --if-due --approval FILE, a signed yes to " + standing_digest(about));
  return kDone;
}

}  // namespace staunch
