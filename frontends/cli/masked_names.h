// Names of branches and tags may hold secrets, and a report begins with them before anything is found: what is secret
// in them is looked for first and masked wherever a name is told. It is no finding: a name is not part of any content.
#pragma once

#include <string>
#include <vector>

#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/report/redact.h"

namespace staunch {

class MaskedNames : public Sink {
 public:
  // `next` outlives it.
  MaskedNames(Scanner& scanner, const std::vector<std::string>& names, Sink& next);
  void start(const RunInfo& run) override;
  void occurrence(Occurrence occurrence) override;
  void settle() override { next_.settle(); }
  bool wanted() const override { return next_.wanted(); }
  Status finish(const Totals& totals) override { return next_.finish(totals); }

 private:
  Sink& next_;
  bool any_ = false;
  ReportRedactor redactor_;
};

}  // namespace staunch
