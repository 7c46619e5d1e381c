#include "frontends/cli/hook_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontends/report/terminal.h"

namespace staunch {
namespace {

const char* what_is_stopped(HookKind kind) {
  switch (kind) {
    case HookKind::pre_commit: return "this commit";
    case HookKind::commit_msg: return "this commit's message";
    case HookKind::pre_push:
    case HookKind::pre_receive: break;
  }
  return "this push";
}

// Of what is committed; a message is written anew.
std::string how_to_remove(HookKind kind) {
  if (kind == HookKind::pre_commit) return "take it out of the files, `git add` them and commit again";
  return "take it out of the commits named above (`git rebase -i`, or `git commit --amend` for the last one);\n"
         "            a commit on top that deletes it leaves it in the history";
}

std::string how_to_pass(HookKind kind, bool may_skip) {
  switch (kind) {
    case HookKind::pre_commit:
    case HookKind::commit_msg: return "  all the same:   git commit --no-verify  (the server may look again)\n";
    case HookKind::pre_push: return "  all the same:   git push --no-verify  (the server may look again)\n";
    case HookKind::pre_receive: break;
  }
  return may_skip ? "  all the same:   git push -o staunch.skip='why this may be published'  (it is recorded)\n" : "";
}

}  // namespace

const char* hook_name(HookKind kind) {
  switch (kind) {
    case HookKind::pre_commit: return "pre-commit";
    case HookKind::pre_push: return "pre-push";
    case HookKind::commit_msg: return "commit-msg";
    case HookKind::pre_receive: break;
  }
  return "pre-receive";
}

std::string words_before(HookKind kind, const HookFindings& found, bool let_through) {
  const char* what = what_is_stopped(kind);
  if (found.places == 0) return fmt::format("\nstaunch: {} could not be read whole.\n\n", what);
  const std::size_t count = found.fingerprints.size();
  return fmt::format("\nstaunch: {}: {} brings in {}.\n\n", let_through ? "let through" : "BLOCKED", what,
                     count == 1 ? "a secret" : fmt::format("{} secrets", count));
}

std::string words_after(HookKind kind, const std::string& message_file, bool found,
                        const std::optional<SkipRequest>& skip, bool may_skip) {
  const bool server = kind == HookKind::pre_receive;
  std::string words = "\nThe ways on:\n";
  if (found) {
    const bool message = kind == HookKind::commit_msg;
    words += fmt::format(
        "  remove:   {}.\n",
        message ? "commit again with another message; yours is in " + visible(message_file) : how_to_remove(kind));
    words += "  rotate:   a secret that others could already see is revoked and replaced (\"next\" says where).\n";
    words +=
        server
            ? "  allow:    where it is no secret, the fingerprint behind \"ignore\" goes into .staunchignore on the\n"
              "            default branch, with the reason behind a #; tags in pushed lines do not count here.\n"
            : "  allow:    where it is no secret, say so and why: `staunch:allow` and the reason in a comment on that\n"
              "            line, or the fingerprint behind \"ignore\" in .staunchignore, with the reason behind a #.\n";
  } else {
    words += "  what is named above as not read has to be readable; `git fsck` tells more.\n";
  }
  words += how_to_pass(kind, may_skip);
  if (skip && !may_skip) words += "staunch.skip was asked for, but this server does not allow it.\n";
  else if (skip && skip->reason.empty()) words += "staunch.skip was asked for, but without a reason.\n";
  return words;
}

std::string words_for_skipped() {
  return "\nstaunch: let through, as staunch.skip asks for; this and the reason were recorded.\n";
}

std::string words_for_timeout(HookKind kind, double seconds, bool allowed) {
  const char* what = what_is_stopped(kind);
  if (allowed)
    return fmt::format(
        "staunch: not all of {} could be looked at in {:g} s; it is let through and this is recorded.\n"
        "staunch: `staunch git` looks at the rest; --budget sets the time, --on-timeout=block is stricter.\n",
        what, seconds);
  return fmt::format("staunch: BLOCKED: not all of {} could be looked at in {:g} s. {} less at a time, or {}.\n", what,
                     seconds, kind == HookKind::pre_commit || kind == HookKind::commit_msg ? "Commit" : "Push",
                     kind == HookKind::pre_receive ? "ask the server for a larger --budget" : "set a larger --budget");
}

std::string_view message_of(std::string_view file) {
  constexpr std::string_view kScissors = "------------------------ >8 ------------------------";
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t end = std::min(file.find('\n', at), file.size());
    std::string_view line = file.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    // In front stands the comment character, which may be any.
    if (line.ends_with(kScissors) && line.size() <= kScissors.size() + 8) return file.substr(0, at);
    at = end + 1;
  }
  return file;
}

}  // namespace staunch
