// staunch rotate PLAN --replace DIR [--patch FILE]: where the value stands in work trees, before or after it is
// rotated.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cctype>
#include <filesystem>

#include "hooks/respond/files.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/rotate_parts.h"
#include "hooks/respond/replace.h"

namespace staunch {
namespace {

constexpr const char* kWarning =
    "The removed lines hold the old value: keep this file to yourself, and delete it when it is applied.\n\n";

// The name under which programs find the value: of the target that is one, else made from the plan's.
std::string variable_of(const RotationPlan& plan) {
  for (const RotationTarget& target : plan.targets)
    if (target.value == "{secret}" &&
        target.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos)
      return target.name;
  std::string name;
  for (const char c : plan.name)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name + "_SECRET";
}

// The value of the rotation that is named, else of the key in use.
Result<Secret> value_of(RotateWorld& world, const RotationPlan& plan, const std::string& id) {
  if (auto sealed = world.journal.open_sealed("rotation/" + id + "/old")) return std::move(*sealed);
  const auto in_use = key_in_use(world, plan);
  if (!in_use) return in_use.error();
  if (in_use->secret.empty()) return Error{"the stores do not hold the key's value", plan.path};
  return in_use->secret;
}

Status write_patch(const std::string& path, const std::string& tree, const std::string& patch) {
  std::error_code error;
  const auto inner =
      std::filesystem::weakly_canonical(path, error).lexically_relative(std::filesystem::weakly_canonical(tree, error));
  if (!inner.empty() && *inner.begin() != "..")
    return Error{"the patch holds the old value, so it does not go into the tree", path};
  struct stat status;
  if (lstat(path.c_str(), &status) == 0) return Error{"is there already", path};
  return write_file(path, kWarning + patch, 0600);
}

}  // namespace

int replace_value(RotateWorld& world, const RotationPlan& plan, const RespondOptions& options, Output& output) {
  if (options.replace.size() > 1 && !options.patch.empty()) return output.tell("a patch is of one tree"), kWrongUse;
  const auto value = value_of(world, plan, options.target);
  if (!value) return output.tell(to_string(value.error())), kUnknown;
  output.know(*value);
  std::size_t places = 0, patched = 0;
  for (const std::string& tree : options.replace) {
    const auto found = find_value(tree, *value, variable_of(plan));
    if (!found) return output.tell(to_string(found.error())), kUnknown;
    for (const ValuePlace& place : found->places) {
      output.out(fmt::format("{}:{}  {}{}", (std::filesystem::path(tree) / place.path).string(), place.line, place.form,
                             place.why.empty() ? "" : "  by hand: " + place.why));
      patched += place.why.empty();
    }
    for (const std::string& path : found->unread) output.tell(path + " cannot be looked into");
    places += found->places.size();
    if (options.patch.empty() || found->patch.empty()) continue;
    if (const Status written = write_patch(options.patch, tree, found->patch); !written)
      return output.tell(to_string(written.error())), kUnknown;
    output.tell(fmt::format("{} puts ${{{}}} there: look at it, then git apply it", options.patch, variable_of(plan)));
  }
  output.tell(fmt::format("{} places, {} of them can be patched", places, patched));
  if (const Status told = world.audit.add("replace", {{"name", plan.name}, {"places", places}, {"patched", patched}});
      !told)
    return output.tell(to_string(told.error())), kUnknown;
  return places == 0 ? kDone : kLive;
}

}  // namespace staunch
