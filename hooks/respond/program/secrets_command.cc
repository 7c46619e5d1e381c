// staunch secrets add|status: credentials of our own, by reference.
#include <fmt/format.h>

#include <ctime>
#include <map>

#include "frontends/report/small_file.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/hidden_input.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

int add(const RespondOptions& options, const Policy& policy, Output& output) {
  const auto books = open_books(policy, output);
  if (!books) return kWrongUse;
  auto store = open_store({policy, books->journal.get()}, options.store);
  if (!store) return output.tell(to_string(store.error())), kWrongUse;
  if (const Status clear = check_kill_switch(policy); !clear)
    return output.tell(to_string(clear.error())), kNotApproved;
  const Secret value = read_hidden("Value", true);
  if (value.empty()) return output.tell("there is no value: it comes on standard input"), kWrongUse;
  output.know(value);
  if (const Status created = (*store)->create(options.target, value); !created)
    return output.tell(to_string(created.error())), kUnknown;
  const auto back = (*store)->read(options.target, Stage::current);
  if (!back || back->value.reveal() != value.reveal())
    return output.tell("what was written does not read back"), kUnknown;
  if (const Status told = books->audit->add("secret-added", {{"name", options.target}, {"store", options.store}});
      !told)
    return output.tell(to_string(told.error())), kUnknown;
  output.out(fmt::format("{} is in {}; refer to it as {{ store = \"{}\", name = \"{}\" }}", options.target,
                         options.store, options.store, options.target));
  return kDone;
}

std::string today() { return rfc3339(now_seconds()).substr(0, 10); }

// Each reference of the policy: whether it resolves, how old it is, and whether two of them are one value.
int status(const Policy& policy, Output& output) {
  if (policy.credentials.empty()) output.tell("the policy refers to no credential of our own");
  std::optional<Books> books;
  if (!policy.journal.empty()) books = open_books(policy, output);
  const StoreWorld world{policy, books ? books->journal.get() : nullptr};
  std::map<std::string, std::string, std::less<>> seen;  // digest of value -> name
  bool whole = true;
  for (const auto& [credential, parts] : policy.credentials) {
    for (const auto& [part, reference] : parts) {
      const std::string name = fmt::format("{}.{}", credential, part);
      const Result<Secret> value = resolve(world, reference);
      std::string note;
      if (value) output.know(*value);
      if (!value && reference.required) whole = false;
      if (!reference.until.empty() && reference.until <= today() && value) {
        note = fmt::format("  overdue: it was to be gone by {}", reference.until);
        whole = false;
      }
      if (value && part == "secret") {
        const auto [at, first] = seen.emplace(blake2b_hex(value->reveal()), name);
        if (!first) {
          note += fmt::format("  the same value as {}", at->second);
          whole = false;
        }
      }
      if (!reference.store.empty() && value) {
        auto store = open_store(world, reference.store);
        const auto kept = store ? (*store)->read(reference.name, Stage::current) : Result<StoreValue>(store.error());
        if (kept && !kept->version.empty()) note += fmt::format("  version {}", kept->version.substr(0, 12));
        if (kept && kept->since) note += fmt::format(", {} days old", (now_seconds() - kept->since) / 86400);
      }
      output.out(fmt::format("{:<9} {}  {}{}",
                             value                ? "resolves"
                             : reference.required ? "MISSING"
                                                  : "absent",
                             name, describe(reference), note));
      if (!value && reference.required) output.out("          " + value.error().what);
    }
  }
  return whole ? kDone : kUnknown;
}

}  // namespace

int run_secrets(const RespondOptions& options, Output& output) {
  const auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  return options.action == "add" ? add(options, *policy, output) : status(*policy, output);
}

}  // namespace staunch
