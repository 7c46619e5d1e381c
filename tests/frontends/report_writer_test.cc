// Output that fails, and reports that must not be lost.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/frontends/report_case.h"

namespace staunch {
namespace {

std::size_t files_in(const TestFolder& folder) {
  const std::filesystem::directory_iterator entries(folder.path("."));
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

Writer opened(const std::string& path) {
  Result<Writer> writer = Writer::open(path);
  REQUIRE(writer.ok());
  return *std::move(writer);
}

// A run with one finding, written by `writer`.
Status report_into(ReportFormat format, Writer writer) {
  const ReportCase one = parse_report_case("-- file a\nk=[[github-pat:1]]\n");
  const std::unique_ptr<Sink> sink = make_report(format, one.options, std::move(writer));
  RunInfo run;
  run.catalogue = &report_catalogue();
  sink->start(run);
  for (const Occurrence& occurrence : one.occurrences) sink->occurrence(occurrence);
  return sink->finish(one.totals);
}

constexpr ReportFormat kFormats[] = {ReportFormat::text, ReportFormat::jsonl, ReportFormat::json, ReportFormat::sarif};

}  // namespace

TEST_CASE("a report takes its name only when it is whole", "[report]") {
  const TestFolder folder;
  const std::string path = folder.path("report");
  std::ofstream(path) << "earlier";
  {
    Writer writer = opened(path);
    writer.write(std::string(1'000'000, 'x'));
    CHECK(read_whole(path) == "earlier");
  }
  CHECK(read_whole(path) == "earlier");
  CHECK(files_in(folder) == 1);

  Writer writer = opened(path);
  writer.write("new");
  CHECK(writer.finish().ok());
  CHECK(read_whole(path) == "new");
  CHECK(files_in(folder) == 1);
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a symbolic link to a report stays one", "[report]") {
  const TestFolder folder;
  std::ofstream(folder.path("real")) << "earlier";
  std::filesystem::create_symlink("real", folder.path("link"));
  Writer writer = opened(folder.path("link"));
  writer.write("new");
  REQUIRE(writer.finish().ok());
  CHECK(std::filesystem::is_symlink(folder.path("link")));
  CHECK(read_whole(folder.path("real")) == "new");
}

TEST_CASE("a report path that cannot be written is found at once", "[report]") {
  const TestFolder folder;
  std::filesystem::create_directory(folder.path("folder"));
  for (const std::string& path : {folder.path("no/such/folder"), folder.path("folder"), folder.path("new/"),
                                  std::string("/proc/no-such"), std::string()}) {
    INFO(path);
    const Result<Writer> writer = Writer::open(path);
    REQUIRE_FALSE(writer.ok());
    CHECK(writer.error().where == path);
  }
  CHECK(files_in(folder) == 1);
}

TEST_CASE("no space left is an error of finish", "[report]") {
  for (const ReportFormat format : kFormats) {
    const Status status = report_into(format, opened("/dev/full"));
    REQUIRE_FALSE(status.ok());
    CHECK(to_string(status.error()) == "/dev/full: cannot write: No space left on device");
  }
}

TEST_CASE("a closed pipe is an error of finish", "[report]") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  for (const ReportFormat format : kFormats) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    const Status status = report_into(format, Writer::to_fd(ends[1], "standard output"));
    ::close(ends[1]);
    REQUIRE_FALSE(status.ok());
    CHECK(to_string(status.error()) == "standard output: cannot write: Broken pipe");
  }
  std::signal(SIGPIPE, before);
}

TEST_CASE("jsonl lines of a stream are on their way at once", "[report]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
  ReportCase stream = parse_report_case("-- file a\nk=[[github-pat:1]]\n");
  stream.occurrences[0].path.clear();
  const std::unique_ptr<Sink> sink = make_report(ReportFormat::jsonl, {}, Writer::to_fd(ends[1], "pipe"));
  RunInfo run;
  run.catalogue = &report_catalogue();
  run.live = true;
  sink->start(run);
  char bytes[4096];
  CHECK(::read(ends[0], bytes, sizeof bytes) > 0);
  sink->occurrence(stream.occurrences[0]);
  sink->settle();
  CHECK(::read(ends[0], bytes, sizeof bytes) > 0);
  CHECK(sink->finish({}).ok());
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("formats by name and by path", "[report]") {
  CHECK(format_of_name("sarif") == ReportFormat::sarif);
  CHECK_FALSE(format_of_name("xml"));
  CHECK(format_of_path("out/a.sarif.json") == ReportFormat::sarif);
  CHECK(format_of_path("a.json") == ReportFormat::json);
  CHECK(format_of_path("a.jsonl") == ReportFormat::jsonl);
  CHECK_FALSE(format_of_path("json"));
}

TEST_CASE("of one secret in very many places some are held and all are counted", "[report]") {
  const TestFolder folder;
  const ReportCase one = parse_report_case("-- file a\nk=[[github-pat:1]]\n");
  for (const ReportFormat format : {ReportFormat::json, ReportFormat::sarif, ReportFormat::text}) {
    const std::unique_ptr<Sink> sink = make_report(format, {}, opened(folder.path("report")));
    RunInfo run;
    run.catalogue = &report_catalogue();
    sink->start(run);
    for (std::size_t i = 0; i < kMaxPlacesHeld + 7; ++i) sink->occurrence(one.occurrences[0]);
    REQUIRE(sink->finish({}).ok());
    const std::string report = read_whole(folder.path("report"));
    const char* expected = format == ReportFormat::json    ? "\"MoreOccurrences\": 7\n"
                           : format == ReportFormat::sarif ? "\"occurrenceCount\": 1007,"
                                                           : "1 finding in 1007 places";
    CHECK(report.find(expected) != report.npos);
  }
}

}  // namespace staunch
