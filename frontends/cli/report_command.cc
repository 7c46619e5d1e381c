// staunch report: a jsonl report into any other format, as if the scan had written it so.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/report_chain.h"
#include "frontends/cli/scanning.h"
#include "frontends/report/read_jsonl.h"

namespace staunch {
namespace {

// "-" is standard input.
Result<int> open_report(const std::string& path) {
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) return Error{std::string("cannot read: ") + std::strerror(errno), path};
  if (S_ISDIR(info.st_mode)) return Error{"is a folder; a report is a file", path};
  return fd;
}

}  // namespace

int run_report(const Options& options) {
  const Messages messages(options);
  const std::string& path = options.paths.at(0);

  auto rules = load_rules(options, {}, messages);
  if (!rules) return refused(rules.error(), messages);
  const auto input = open_report(path);
  if (!input) return refused(input.error(), messages);

  const auto read_back = std::make_shared<ReadBack>();
  auto chain = ReportChain::open(options, {}, messages, {}, read_back);
  if (!chain) return refused(chain.error(), messages);

  Catalogue catalogue = rules->database->catalogue();
  const ReadJsonl from{*input, path == "-" ? "standard input" : path, catalogue, *read_back, (*chain)->suppressed()};
  const auto totals = read_jsonl(from, (*chain)->front());
  if (!totals) return refused(totals.error(), messages);
  return (*chain)->finish(*totals);
}

}  // namespace staunch
