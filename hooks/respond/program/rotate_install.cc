// What makes a rotation happen again: printed, for a person to put where it belongs. Each of them asks often and acts
// only when the plan's `every` says so, by a signed approval, for nobody is there to say yes; what waits goes on at the
// next time.
#include <fmt/format.h>

#include <filesystem>

#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/rotate_parts.h"

namespace staunch {
namespace {

// Between single quotes for a shell.
std::string shell_word(const std::string& text) {
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == std::string::npos)
    return text;
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string systemd(const RotationPlan& plan, const std::string& command) {
  return fmt::format(
      "# staunch-rotate-{0}.service\n[Unit]\nDescription=Rotate {0}\n\n[Service]\nType=oneshot\n"
      "ExecStart={1}\nSuccessExitStatus=5\n\n# staunch-rotate-{0}.timer\n[Unit]\nDescription=Rotate {0}\n\n"
      "[Timer]\nOnCalendar=hourly\nRandomizedDelaySec=10m\nPersistent=true\n\n"
      "[Install]\nWantedBy=timers.target",
      plan.name, command);
}

// Two jobs: one opens a pull request when it is due, the other does it when that was merged. The second needs the
// policy and its journal, so it runs where they are.
std::string github(const RotationPlan& plan, const std::string& path, const std::string& policy,
                   const std::string& approval) {
  constexpr const char* kWorkflow = R"yml(# .github/workflows/rotate-@NAME@.yml
name: rotate @NAME@
on:
  schedule:
    - cron: "17 5 * * *"
  workflow_dispatch:
  push:
    paths: [".staunch/rotate/@NAME@.md"]
permissions: {}
concurrency: rotate-@NAME@
jobs:
  propose:
    if: github.event_name != 'push'
    runs-on: [self-hosted, staunch]
    permissions:
      contents: write
      pull-requests: write
    steps:
      - uses: actions/checkout@v4
      - name: Open a pull request when @NAME@ is due
        env:
          GH_TOKEN: ${{ github.token }}
        run: |
          code=0; staunch rotate @PLAN@ --policy @POLICY@ --if-due || code=$?
          if [ "$code" != 0 ]; then test "$code" = 1; exit; fi  # 1: not due yet
          branch="rotate-@NAME@-$(date -u +%Y%m%d)"
          git ls-remote --exit-code --heads origin "$branch" && exit 0
          mkdir -p .staunch/rotate
          { echo "Rotate @NAME@, due $(date -u +%Y-%m-%d)"; echo; staunch rotate @PLAN@ --policy @POLICY@; } > .staunch/rotate/@NAME@.md
          git switch -c "$branch"
          git add .staunch/rotate/@NAME@.md
          git -c user.name=staunch -c user.email=staunch@localhost commit -m "Rotate @NAME@"
          git push origin "$branch"
          gh pr create --head "$branch" --title "Rotate @NAME@" --body-file .staunch/rotate/@NAME@.md
  rotate:
    if: github.event_name == 'push' && github.ref_name == github.event.repository.default_branch
    runs-on: [self-hosted, staunch]
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
      - run: staunch rotate @PLAN@ --policy @POLICY@ --live --if-due --wait --approval @APPROVAL@ || test $? -eq 5)yml";
  std::string text = kWorkflow;
  for (const auto& [hole, value] : {std::pair<std::string, std::string>{"@NAME@", plan.name},
                                    {"@PLAN@", path},
                                    {"@POLICY@", policy},
                                    {"@APPROVAL@", approval}})
    for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at + value.size()))
      text.replace(at, hole.size(), value);
  return text;
}

}  // namespace

int install_rotation(const RotationPlan& plan, const RespondOptions& options, Output& output) {
  if (plan.every <= 0) return output.tell("the plan has no 'every': say how often, as every = \"90d\""), kWrongUse;
  const std::string path = shell_word(std::filesystem::absolute(plan.path).string()),
                    policy = shell_word(std::filesystem::absolute(options.policy).string());
  const std::string approval = std::filesystem::absolute(plan.path).string() + ".approval";
  const std::string command =
      fmt::format("staunch rotate {} --policy {} --live --if-due --approval {}", path, policy, shell_word(approval));
  if (options.install == "systemd") output.out(systemd(plan, command));
  else if (options.install == "github") output.out(github(plan, path, policy, shell_word(approval)));
  else output.out(fmt::format("# {}: asked hourly, rotated when it is due\n17 * * * * {}", plan.name, command));
  output.tell(approval + " is a signed yes to the plan as it stands; a dry run tells the digest to sign");
  return kDone;
}

}  // namespace staunch
