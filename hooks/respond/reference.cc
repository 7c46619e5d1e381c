// References: where a value is, instead of the value.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "frontends/report/small_file.h"
#include "hooks/respond/child.h"
#include "hooks/respond/store.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxSecretFile = 1u << 20;

Result<Secret> from_file(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return Error{"there is no such file", path};
  if ((status.st_mode & 077) != 0 && status.st_uid == geteuid())
    return Error{"others may read it; a file with a secret has mode 0600", path};
  const auto text = read_small_file(path, kMaxSecretFile);
  if (!text) return text.error();
  const std::size_t end = text->find_last_not_of("\r\n");
  return Secret(std::string_view(*text).substr(0, end == std::string::npos ? 0 : end + 1));
}

Result<Secret> from_command(const std::vector<std::string>& words) {
  const auto result = run_child(words, {});
  if (!result) return result.error();
  if (result->timed_out) return Error{"the command did not end in time", words[0]};
  if (result->status != 0) return Error{fmt::format("the command ended with {}", result->status), words[0]};
  if (result->answer.empty())
    return Error{"the command wrote nothing to descriptor 3, where the value is expected", words[0]};
  return result->answer;
}

}  // namespace

std::string describe(const Reference& reference) {
  if (!reference.env.empty()) return "env " + reference.env;
  if (!reference.file.empty()) return "file " + reference.file;
  if (!reference.command.empty()) return "command " + reference.command[0];
  return fmt::format("{} in store {}", reference.name, reference.store);
}

Result<Secret> resolve(const StoreWorld& world, const Reference& reference) {
  Result<Secret> secret = Error{};
  if (!reference.env.empty()) {
    const char* value = std::getenv(reference.env.c_str());
    if (!value) return Error{"it is not set", describe(reference)};
    secret = Secret(value);
  } else if (!reference.file.empty()) {
    secret = from_file(reference.file);
  } else if (!reference.command.empty()) {
    secret = from_command(reference.command);
  } else {
    auto store = open_store(world, reference.store);
    if (!store) return store.error();
    auto value = (*store)->read(reference.name, Stage::current);
    if (!value) return value.error();
    secret = std::move(value->value);
  }
  if (secret && secret->empty()) return Error{"it is empty", describe(reference)};
  return secret;
}

Result<Values> credential(const StoreWorld& world, const std::string& name) {
  const auto references = world.policy.credentials.find(name);
  if (references == world.policy.credentials.end())
    return Error{fmt::format("the policy has no [credentials.{}]", name), world.policy.path};
  Values values;
  for (const auto& [part, reference] : references->second) {
    Result<Secret> value = resolve(world, reference);
    if (!value && !reference.required) continue;
    if (!value)
      return Error{fmt::format("credentials.{}.{} does not resolve: {}", name, part, value.error().what),
                   describe(reference)};
    values[part] = std::move(*value);
  }
  return values;
}

Result<std::unique_ptr<Store>> open_store(const StoreWorld& world, const std::string& name) {
  if (name == "local") {
    if (!world.journal) return Error{"the local store needs the policy's 'journal'", ""};
    return local_store(*world.journal);
  }
  for (const StoreSettings& settings : world.policy.stores) {
    if (settings.name != name) continue;
    if (settings.kind == "dotenv") return dotenv_store(settings.file);
    if (settings.kind == "vault") return vault_store(world, settings);
    if (settings.kind == "secrets-manager") return secrets_manager_store(world, settings);
    if (settings.kind == "command") return command_store(settings);
    return Error{fmt::format("store '{}' is of an unknown kind '{}' (dotenv, vault, secrets-manager, command)", name,
                             settings.kind),
                 world.policy.path};
  }
  return Error{fmt::format("the policy has no store '{}'", name), world.policy.path};
}

}  // namespace staunch
