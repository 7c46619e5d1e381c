// staunch report: reports, ours and those of other scanners, into one in any format, as if a scan had written it so.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/fingerprint_key.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/report_chain.h"
#include "frontends/cli/scanning.h"
#include "frontends/report/read_report.h"

namespace staunch {
namespace {

// "-" is standard input.
Result<ReportFile> open_report(const std::string& path) {
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) return Error{std::string("cannot read: ") + std::strerror(errno), path};
  if (S_ISDIR(info.st_mode)) return Error{"is a folder; a report is a file", path};
  return ReportFile{fd, path == "-" ? "standard input" : path};
}

}  // namespace

int run_report(const Options& options) {
  const Messages messages(options);

  auto rules = load_rules(options, {}, messages);
  if (!rules) return refused(rules.error(), messages);
  std::vector<ReportFile> files;
  for (const std::string& path : options.paths) {
    if (path == "-" && std::count(options.paths.begin(), options.paths.end(), path) > 1)
      return refused(Error{"can be read only once", "standard input"}, messages);
    auto file = open_report(path);
    if (!file) return refused(file.error(), messages);
    files.push_back(*std::move(file));
  }

  const std::string key = fingerprint_key(rules->fingerprint_key, {"."});
  const auto read_back = std::make_shared<ReadBack>();
  auto chain = ReportChain::open(options, {}, messages, key, read_back);
  if (!chain) return refused(chain.error(), messages);

  Catalogue catalogue = rules->database->catalogue();
  const Redaction redaction{options.show_secrets, options.redact_percent};
  const ReadReports from{files, key, redaction, catalogue, *read_back, (*chain)->suppressed()};
  const auto totals = read_reports(from, (*chain)->front());
  if (!totals) return refused(totals.error(), messages);
  return (*chain)->finish(*totals);
}

}  // namespace staunch
