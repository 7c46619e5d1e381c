// What the words of the command line share before they begin.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "frontends/report/small_file.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxStdin = 1u << 20;

std::optional<std::string> read_stdin(Output& output) {
  std::string text;
  char buffer[8192];
  for (;;) {
    const ssize_t got = read(0, buffer, sizeof buffer);
    if (got < 0) return output.tell("cannot read standard input"), std::nullopt;
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxStdin) return output.tell("standard input is too long for a secret"), std::nullopt;
  }
}

}  // namespace

std::string fingerprint_key() {
  const char* key = std::getenv("STAUNCH_FINGERPRINT_KEY");
  if (key && *key) return key;
  const auto salt = read_small_file(".staunch/salt", 4096);
  return salt ? std::string(trimmed(std::string_view(*salt).substr(0, salt->find_last_not_of("\r\n") + 1))) : "";
}

std::optional<Policy> policy_of(const RespondOptions& options, const std::vector<std::string>& scanned, Output& output,
                                bool again) {
  Policy policy;
  if (!options.policy.empty()) {
    Result<Policy> read = read_policy(options.policy, scanned);
    if (!read) return output.tell(to_string(read.error())), std::nullopt;
    policy = std::move(*read);
  }
  if (!options.ca_file.empty()) policy.network.ca_file = options.ca_file;
  if (!options.proxy.empty()) policy.network.proxy = options.proxy;
  if (options.sole_responder) policy.sole_responder = true;
  if (again) return policy;
  std::map<std::string, std::string> hosts;  // by where they are
  for (const auto& [host, where] : policy.network.test_endpoints)
    hosts[where] += (hosts[where].empty() ? "" : ", ") + host;
  for (const auto& [where, names] : hosts) output.tell(fmt::format("test endpoint {}: {}", where, names));
  return policy;
}

void know_subjects(const Subjects& subjects, Output& output) {
  for (const Subject& subject : subjects.all) {
    output.know(subject.secret, subject.shown);
    for (const auto& [rule, value] : subject.beside) output.know(value);
  }
  for (const std::string& note : subjects.notes) output.tell(note);
}

std::optional<Subjects> subjects_of(const RespondOptions& options, const Catalogue& catalogue, Output& output) {
  Result<Subjects> subjects = Error{};
  if (options.target == "-") {
    std::optional<std::string> text = read_stdin(output);
    if (!text) return std::nullopt;
    const Secret whole(*text);
    subjects = subjects_of_text(*text, options.rule, catalogue, fingerprint_key());
  } else if (access(options.target.c_str(), F_OK) != 0) {
    // What was typed is not repeated: it may be a secret.
    return output.tell("there is no such report; a secret is no argument, it comes on standard input (-)"),
           std::nullopt;
  } else {
    subjects = subjects_of_report({options.target, options.folder, fingerprint_key(), options.unseal}, catalogue);
  }
  if (!subjects) return output.tell(to_string(subjects.error())), std::nullopt;
  know_subjects(*subjects, output);
  // An incident tells of what stands beside.
  if (options.word != Word::incident)
    std::erase_if(subjects->all, [&](const Subject& subject) { return !is_asked_for(options, subject); });
  return std::move(*subjects);
}

bool is_asked_for(const RespondOptions& options, const Subject& subject) {
  return options.only.empty() || std::any_of(options.only.begin(), options.only.end(), [&](const std::string& one) {
           return one == subject.fingerprint || one == subject.rule || one == subject.provider;
         });
}

std::optional<VerifyOptions> asking_of(const RespondOptions& options, const Policy& policy, Journal* journal,
                                       Output& output) {
  std::map<std::string, std::string> parts;
  for (const std::string& part : options.parts) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0 || part.starts_with("secret="))
      return output.tell("--part is NAME=VALUE, and never the secret: that comes on standard input"), std::nullopt;
    parts[part.substr(0, equals)] = part.substr(equals + 1);
  }
  const std::int64_t max_age = options.max_age.empty() ? 0 : duration_seconds(options.max_age);
  if (max_age < 0) return output.tell("--max-age is like \"10m\" or \"1h\""), std::nullopt;
  VerifyOptions asking = asking_by(policy, journal);
  asking.parts = std::move(parts);
  asking.issuers = {options.issuers.begin(), options.issuers.end()};
  asking.ask_canaries = options.ask_canaries;
  asking.max_age = max_age;
  return asking;
}

std::optional<Asked> asked_of(const RespondOptions& options, Output& output, int& code) {
  Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return code = kUnknown, output.tell(to_string(catalogue.error())), std::nullopt;
  code = kWrongUse;
  auto subjects = subjects_of(options, *catalogue, output);
  if (!subjects) return std::nullopt;
  auto policy = policy_of(options, subjects->targets, output);
  if (!policy) return std::nullopt;
  auto how = asking_of(options, *policy, nullptr, output);
  if (!how) return std::nullopt;
  return Asked{std::move(*catalogue), std::move(*subjects), std::move(*policy), std::move(*how)};
}

std::optional<std::vector<Verdict>> verdicts_of(const Asked& asked, Output& output) {
  const auto& [catalogue, subjects, policy, how] = asked;
  std::optional<Books> books;
  const bool needed = !policy.network.database_hosts.empty() || how.max_age > 0;
  if (needed && !(books = open_books(policy, output))) return std::nullopt;
  VerifyOptions with_books = how;
  with_books.journal = books ? books->journal.get() : nullptr;
  const auto remember = [&with_books, &all = subjects.all](const Journal& journal) {
    for (const Subject& subject : all)
      if (auto host = live_at(journal, subject)) with_books.known_live[subject.fingerprint] = std::move(*host);
  };
  if (books) remember(*books->journal);
  else if (!policy.journal.empty() && access(policy.journal.c_str(), F_OK) == 0) {  // held no longer than needed
    const auto journal = Journal::open(policy.journal);
    if (journal) remember(**journal);
    else output.tell("what was live before is not known: " + to_string(journal.error()));
  }
  return verify(catalogue, policy.network, subjects.all, with_books);
}

}  // namespace staunch
