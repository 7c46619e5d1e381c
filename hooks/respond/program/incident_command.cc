// staunch incident: what happened, what was done, and whether the record of it is whole.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "hooks/respond/advisory.h"
#include "hooks/respond/aws.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/postgres_roles.h"
#include "hooks/respond/proof.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/revoke.h"
#include "hooks/respond/store.h"
#include "hooks/respond/verify.h"
#include "hooks/respond/watch.h"

namespace staunch {
namespace {

int audit(const RespondOptions& options, const Books& books, Output& output) {
  const std::vector<std::string> wrong = check_audit(*books.journal, options.head);
  for (const std::string& line : wrong) output.out(line);
  if (wrong.empty())
    output.out("the audit is whole: no edit, no gap, no fork, nothing removed; head " + audit_head(*books.journal));
  return wrong.empty() ? kDone : kUnknown;
}

int ended(const Status& status, Output& output) {
  if (status) return kDone;
  output.tell(to_string(status.error()));
  return kUnknown;
}

int kept(const Status& status, const std::string& what, Output& output) {
  if (status) output.out(what);
  return ended(status, output);
}

// Of a report, or of what an advisory names; nothing where it told what is wrong.
std::optional<Subjects> named(const RespondOptions& options, const Policy& policy, const Books& books,
                              const Catalogue& catalogue, Output& output) {
  const bool advisory = !options.references.empty() || !options.ids.empty() || !options.list.empty();
  if (advisory == !options.target.empty())
    return output.tell("either a REPORT, or what an advisory names: --reference, --key-id, --list"), std::nullopt;
  if (!advisory) return subjects_of(options, catalogue, output);
  auto subjects = subjects_of_advisory({options.references, options.ids, options.list, fingerprint_key()},
                                       {policy, books.journal.get()}, catalogue);
  if (!subjects) return output.tell(to_string(subjects.error())), std::nullopt;
  know_subjects(*subjects, output);
  return std::move(*subjects);
}

std::vector<Subject> some_of(const std::vector<Subject>& all, const std::vector<std::size_t>& which) {
  std::vector<Subject> some;
  for (const std::size_t i : which) some.push_back(all[i]);
  return some;
}

std::string credentials_words(const OpenedIncident& opened) {
  return fmt::format("incident {} with {} credential{}", opened.id, opened.added, opened.added == 1 ? "" : "s");
}

// What stands in the same places as those that were asked for is an incident below theirs.
Status open_related(const RespondOptions& options, const Policy& policy, const Books& books, const Catalogue& catalogue,
                    const std::vector<Subject>& all, const std::vector<std::size_t>& mine, const std::string& parent,
                    const IncidentAbout& about, const VerifyOptions& asking, Output& output) {
  const std::vector<Subject> beside = some_of(all, related_to(all, mine));
  if (beside.empty() || options.only.empty()) return Done{};
  const auto verdicts = verify(catalogue, policy.network, beside, asking);
  const auto child = open_child_incident(*books.journal, *books.audit, parent, about, beside, verdicts);
  if (!child) return child.error();
  if (!child->id.empty()) output.out(credentials_words(*child) + " that stand in the same places");
  return Done{};
}

int open(const RespondOptions& options, const Policy& policy, const Books& books, Output& output) {
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return output.tell(to_string(catalogue.error())), kUnknown;
  const auto subjects = named(options, policy, books, *catalogue, output);
  const auto how = asking_of(options, policy, books.journal.get(), output);
  if (!subjects || !how) return kWrongUse;
  std::vector<std::size_t> mine;
  for (std::size_t i = 0; i < subjects->all.size(); ++i)
    if (is_asked_for(options, subjects->all[i])) mine.push_back(i);
  if (mine.empty()) return output.tell("nothing of it is asked for"), kWrongUse;
  const VerifyOptions& asking = *how;
  const std::vector<Subject> asked = some_of(subjects->all, mine);
  const auto verdicts = verify(*catalogue, policy.network, asked, asking);
  const IncidentAbout about{options.title, options.exposure, "", options.target.empty() ? "an advisory" : "a report",
                            options.hosts};
  const auto opened = open_incident(*books.journal, *books.audit, about, asked, verdicts);
  if (!opened) return output.tell(to_string(opened.error())), kUnknown;
  for (const std::string& known : opened->known_in) output.out(fmt::format("known in incident {}", known));
  if (opened->id.empty()) return kDone;
  output.out(credentials_words(*opened));
  return ended(open_related(options, policy, books, *catalogue, subjects->all, mine, opened->id, about, asking, output),
               output);
}

int list(const Journal& journal, Output& output) {
  std::string after;
  for (auto some = journal.list("incident", 1000); !some.empty(); some = journal.list("incident", 1000, after)) {
    for (const auto& [id, document] : some)
      output.out(fmt::format("{}  {}  {}  {}", id, text_at(document, "/closed").empty() ? "open  " : "closed",
                             text_at(document, "/opened"), text_at(document, "/title")));
    after = some.back().first;
  }
  return kDone;
}

int report(const RespondOptions& options, const Journal& journal, Output& output) {
  const auto markdown = incident_markdown(journal, options.target);
  if (!markdown) return output.tell(to_string(markdown.error())), kWrongUse;
  output.out(options.format == "html" ? html_of_markdown("Incident " + options.target, *markdown) : *markdown);
  return kDone;
}

// When AWS last saw this key, asked with our own credential; other providers do not tell.
Result<std::string> last_used(const Policy& policy, Journal& journal, const Subject& subject) {
  const auto id = subject.beside.find("aws-access-key-id");
  if (subject.provider != "aws" || id == subject.beside.end()) return Error{"not told", ""};
  const auto own = credential({policy, &journal}, "aws");
  if (!own) return own.error();
  const HttpAnswer answer =
      aws_query(policy.network, *own, "iam",
                {{"Action", "GetAccessKeyLastUsed"}, {"AccessKeyId", std::string(id->second.reveal())}}, false);
  if (answer.status != 200) return Error{"not told", ""};
  const std::string_view used = xml_text(answer.body, "LastUsedDate");
  return std::string(used == "N/A" ? "" : used);
}

// What credentials of incidents answer now.
std::vector<Verdict> ask_again(const Policy& policy, const Catalogue& catalogue, Journal& journal, Output& output,
                               const std::vector<Subject>& subjects) {
  VerifyOptions asking = asking_by(policy, nullptr);  // no logins
  for (const Subject& subject : subjects) {
    asking.known_live[subject.fingerprint] = live_at(journal, subject).value_or("");
    asking.issuers.insert(subject.provider);
  }
  std::vector<Verdict> verdicts = verify(catalogue, policy.network, subjects, asking);
  for (std::size_t i = 0; i < subjects.size(); ++i)  // read, for hourly logins would lock accounts
    if (is_postgres(subjects[i])) verdicts[i] = look_at_role(policy, journal, output, subjects[i], asking.now);
  return verdicts;
}

// What somebody else ended is proved dead before its incident closes; an Error where one is good.
Status prove_rest(const std::string& id, const Policy& policy, Books& books, Output& output) {
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return catalogue.error();
  const auto document = books.journal->get("incident", id);
  if (!document) return Error{"there is no such incident", id};
  std::vector<Subject> subjects;
  for (const Json& one : array_at(*document, "/credentials")) {
    if (is_retired(*books.journal, text_at(one, "/fingerprint"))) continue;
    auto subject = kept_credential(*books.journal, id, one);
    if (!subject) continue;
    output.know(subject->secret, subject->shown);
    subjects.push_back(std::move(*subject));
  }
  const Proving proving{*catalogue, policy, *books.journal, [&](const std::vector<Subject>& asked) {
                          return ask_again(policy, *catalogue, *books.journal, output, asked);
                        }};
  const std::vector<Verdict> verdicts = prove_dead(proving, subjects);
  RevokeWorld world{*catalogue, policy, *books.journal, *books.audit, output, {}, {}};
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Verdict& verdict = verdicts[i];
    if (is_good(verdict.state))
      return Error{fmt::format("{} is good at {}: it is not proved dead", subjects[i].fingerprint, verdict.host), id};
    if (verdict.state != State::dead) output.tell(fmt::format("{}: {}", subjects[i].fingerprint, verdict.why));
    else if (const Status told = tell_outcome(world, subjects[i], {Ended::already_gone, "", verdict}); !told)
      return told;
  }
  return Done{};
}

Result<WatchRound> watch_now(const RespondOptions& options, const Policy& policy, const Catalogue& catalogue,
                             Books& books, Output& output) {
  WatchWorld world{policy, *books.journal, *books.audit, output, {}, {}};
  world.ask = [&](const std::vector<Subject>& subjects) {
    return ask_again(policy, catalogue, *books.journal, output, subjects);
  };
  world.last_used = [&](const Subject& subject) { return last_used(policy, *books.journal, subject); };
  return watch_round(world, options.target, now_seconds());
}

// The journal is open while a round lasts, and free in between.
int watch(const RespondOptions& options, const Policy& policy, Output& output) {
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return output.tell(to_string(catalogue.error())), kUnknown;
  int code = kDone;
  for (;;) {
    auto books = open_books(policy, output);
    if (!books) return kWrongUse;
    const auto round = watch_now(options, policy, *catalogue, *books, output);
    books.reset();
    if (!round) return output.tell(to_string(round.error())), kUnknown;
    output.tell(fmt::format("{} asked about, {} gave no answer, {} alarms{}", round->asked, round->unanswered,
                            round->alarms, round->next ? "; next at " + rfc3339(round->next) : ""));
    if (round->alarms != 0) code = kLive;
    else if (round->unanswered != 0 && code == kDone) code = kUnknown;
    if (options.once || round->next == 0) return code;
    while (now_seconds() < round->next) std::this_thread::sleep_for(std::chrono::seconds(10));
  }
}

}  // namespace

int run_incident(const RespondOptions& options, Output& output) {
  const auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  if (options.action == "watch") return watch(options, *policy, output);
  auto books = open_books(*policy, output);
  if (!books) return kWrongUse;
  Journal& journal = *books->journal;
  if (options.action == "open") return open(options, *policy, *books, output);
  if (options.action == "list") return list(journal, output);
  if (options.action == "report" || options.action == "show") return report(options, journal, output);
  if (options.action == "close") {
    Status closed = prove_rest(options.target, *policy, *books, output);
    if (closed) closed = close_incident(journal, *books->audit, options.target);
    return kept(closed, "closed", output);
  }
  if (options.action == "told")
    return kept(add_to_incident(journal, *books->audit, options.target, "told",
                                {{"who", options.who}, {"what", options.title}, {"at", rfc3339(now_seconds())}}),
                fmt::format("kept: {} was told", options.who), output);
  if (options.action == "note")
    return kept(add_to_incident(journal, *books->audit, options.target, "notes", {{"what", options.title}}),
                "kept: it stands under what to tighten", output);
  if (options.action == "link") {
    if (!journal.get("rotation", options.who)) return output.tell("there is no rotation " + options.who), kWrongUse;
    return kept(add_to_incident(journal, *books->audit, options.target, "rotations", options.who),
                "kept: the rotation belongs to it", output);
  }
  return audit(options, *books, output);
}

}  // namespace staunch
