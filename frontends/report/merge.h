// Several reports as one: a sink that takes them one after another and then tells all of it to another sink.
//
// A secret is known by its fingerprint; a place by fingerprint, path, commit and line, so that two scanners which point
// at different columns tell one place. Places of one report stay apart as it told them. Where a report shows a secret
// and tells no fingerprint, it gets the one that ours would have; where it does neither, it is the secret that another
// report tells of there, where that is one, and else one of its own that is named after its place.
//
// All secrets are known before anything is told, so they are masked in every text then, also for a sink that writes as
// it goes.
//
// Memory: every place of all reports is held until tell().
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/sink.h"
#include "frontends/report/redact.h"
#include "frontends/report/report.h"

namespace staunch {

class Merge : public Sink {
 public:
  // `read_back` is what readers fill, and what the next sink reads. `key`: of fingerprints.
  Merge(ReadBack& read_back, std::string key, Redaction redaction)
      : read_back_(read_back), key_(std::move(key)), redaction_(redaction) {}

  void start(const RunInfo& run) override;
  void occurrence(Occurrence occurrence) override;
  Status finish(const Totals& totals) override;  // of one report

  // Everything to the next sink, but for its finish().
  void tell(Sink& next);
  const Totals& totals() const { return totals_; }

 private:
  struct Kept {
    Occurrence occurrence;
    ReadBack told;  // of it
    std::size_t report = 0;
    bool dropped = false;
  };

  void name_by_value();
  void name_by_place();
  void drop_doubles();
  void share_secrets();
  void mask_texts();
  void mask(std::string& text) const { text = redactor_.mask(text); }
  void mask(std::vector<Note>& notes) const;

  ReadBack& read_back_;
  const std::string key_;
  const Redaction redaction_;
  ReportRedactor redactor_;
  RunInfo run_;
  Totals totals_;
  std::size_t reports_ = 0;
  std::int64_t started_ = 0;
  std::string version_;
  std::vector<Kept> kept_;
};

}  // namespace staunch
