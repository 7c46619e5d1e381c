// What the readers of other scanners' reports share: from what a report tells of one place to an Occurrence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/sink.h"
#include "frontends/report/read_jsonl.h"

namespace staunch {

// One place, as a report tells it; what it does not tell is empty.
struct ForeignPlace {
  std::string rule, description, fingerprint, path;
  std::string secret;         // its bytes, or what stands in for them
  bool whole_secret = false;  // they are its bytes
  std::string match;
  Position begin, end;  // of the secret, or of its match where no more is told
  std::optional<Severity> severity;
  std::optional<Confidence> confidence;
  std::vector<std::string> tags, reasons, decoded;
  std::optional<Commit> commit;
  Utf16Columns columns;
};

// Hands what a report tells to a sink. One for each report.
class ForeignSink {
 public:
  // `scanner` as people call it.
  ForeignSink(const ReadJsonl& from, Sink& sink, std::string scanner);

  void start(const std::string& version = {}, std::int64_t started = 0);
  // Fingerprints that are not told are left empty: merge.h names them.
  Status place(ForeignPlace told);

 private:
  Result<std::uint32_t> rule_of(const ForeignPlace& told);

  const ReadJsonl& from_;
  Sink& sink_;
  std::string scanner_;
  std::unordered_map<std::string, std::uint32_t> rules_;  // by id and former ids
  std::size_t known_;
};

// The note that tells that this kind of report does not say what was read.
Note silent_about_the_rest(const std::string& name, std::string_view scanner);

Result<Totals> read_gitleaks(const ReadJsonl& from, std::string_view text, Sink& sink);
Result<Totals> read_trufflehog(const ReadJsonl& from, Sink& sink);
Result<Totals> read_sarif(const ReadJsonl& from, std::string_view text, Sink& sink);

}  // namespace staunch
