#include "frontends/cli/masked_names.h"

#include <utility>

namespace staunch {

MaskedNames::MaskedNames(Scanner& scanner, const std::vector<std::string>& names, Sink& next) : next_(next) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  Scanner::Lease lease = scanner.lease();
  for (const Occurrence& found : scanner.scan(lease, text, "").occurrences) {
    const Rule& rule = scanner.database().catalogue().rules[found.rule];
    redactor_.add(found.secret.reveal(), redacted_form(rule, found.secret.reveal(), {}));
    any_ = true;
  }
}

void MaskedNames::start(const RunInfo& given) {
  RunInfo run = given;
  if (any_)
    for (CoveredRepository& covered : run.repositories) {
      covered.head = redactor_.mask(covered.head);
      for (auto& tip : covered.tips) tip.ref = redactor_.mask(tip.ref);
    }
  next_.start(run);
}

void MaskedNames::occurrence(Occurrence occurrence) {
  if (any_ && occurrence.commit)
    for (std::string& branch : occurrence.commit->branches) branch = redactor_.mask(branch);
  next_.occurrence(std::move(occurrence));
}

}  // namespace staunch
