// staunch respond REPORT|-: what the policy's [[respond]] entries say about a report's findings. A scan with --respond
// starts this program and hands its findings over on standard input.
#include <fmt/format.h>
#include <unistd.h>

#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/sealed_report.h"
#include "hooks/respond/trigger.h"

namespace staunch {
namespace {

int code_of(Responded responded) {
  switch (responded) {
    case Responded::done: return kDone;
    case Responded::good_left: return kLive;
    case Responded::failed: return kUnknown;
    case Responded::not_approved: return kNotApproved;
  }
  return kUnknown;
}

// What a scan with --seal starts: all of standard input, sealed.
int seal(const RespondOptions& options, Output& output) {
  if (!is_public_key(options.seal_to)) return output.tell("--seal-to is a public key: 64 hex digits"), kWrongUse;
  if (options.ready && write(3, "+", 1) == 1) close(3);
  const Status sealed = seal_report(0, options.seal, options.seal_to);
  if (!sealed) output.tell(to_string(sealed.error()));
  return sealed ? kDone : kUnknown;
}

}  // namespace

int run_respond(const RespondOptions& options, Output& output) {
  if (options.target.empty() && options.serve_gitlab.empty())
    return output.tell("a REPORT, or --serve-gitlab ADDRESS"), kWrongUse;
  if (!options.seal.empty()) return seal(options, output);
  if (options.policy.empty()) return output.tell("--policy says what leads to what"), kWrongUse;
  if (!options.serve_gitlab.empty()) return serve_gitlab(options, output);
  const Result<Catalogue> catalogue = respond_catalogue();
  if (!catalogue) return output.tell(to_string(catalogue.error())), kUnknown;
  // Before anything is scanned, so that a wrong policy is known before.
  auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  if (policy->responses.empty()) return output.tell("the policy has no [[respond]]"), kWrongUse;
  if (!open_books(*policy, output)) return kWrongUse;
  if (options.ready && write(3, "+", 1) == 1) close(3);

  const auto subjects =
      subjects_of_report({options.target, options.folder, fingerprint_key(), options.unseal}, *catalogue);
  if (!subjects) return output.tell(to_string(subjects.error())), kWrongUse;
  know_subjects(*subjects, output);
  if (subjects->all.empty()) return subjects->notes.empty() ? kDone : kUnknown;
  policy = policy_of(options, subjects->targets, output, true);
  if (!policy) return kWrongUse;
  const auto books = open_books(*policy, output);
  if (!books) return kWrongUse;
  const VerifyOptions asking = asking_by(*policy, books->journal.get());
  TriggerWorld world{{*catalogue, *policy, *books->journal, *books->audit, output, asking, options.source},
                     fingerprint_key()};
  const int code = code_of(respond_to(world, subjects->all));
  return code == kDone && !subjects->notes.empty() ? kUnknown : code;
}

}  // namespace staunch
