// Real folders for tests of the walk, and a Scanner that finds `mark_` and eight hex digits.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "frontends/dir/dir.h"

namespace staunch::test {

// A new folder that is removed with all that it holds.
class TempTree {
 public:
  TempTree() {
    std::string name = (std::filesystem::temp_directory_path() / "staunch-dir-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~TempTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;

  const std::string& root() const { return root_; }
  std::string path(const std::string& relative) const { return root_ + "/" + relative; }

  void write(const std::string& relative, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(path(relative)).parent_path());
    std::ofstream out(path(relative), std::ios::binary);
    out << content;
    REQUIRE(out.good());
  }
  void folder(const std::string& relative) const { std::filesystem::create_directories(path(relative)); }
  void link(const std::string& relative, const std::string& to) const {
    REQUIRE(symlink(to.c_str(), path(relative).c_str()) == 0);
  }

 private:
  std::string root_;
};

// The n-th thing that the test rule finds.
inline std::string mark(unsigned n) {
  char text[16];
  std::snprintf(text, sizeof text, "mark_%08x", n);
  return text;
}

inline Scanner make_scanner() {
  Catalogue catalogue;
  Rule rule;
  rule.id = "mark";
  rule.description = "a mark";
  rule.regex = "mark_[0-9a-f]{8}";
  rule.keywords = {"mark_"};
  catalogue.rules.push_back(rule);
  std::vector<Diagnostic> diagnostics;
  auto database = Database::compile(std::move(catalogue), diagnostics);
  REQUIRE(database.ok());
  return Scanner(*database, {});
}

struct Seen {
  Totals totals;
  std::vector<std::string> paths;    // of occurrences, as they came
  std::vector<std::string> secrets;  // likewise
};

class Recorder : public Sink {
 public:
  explicit Recorder(Seen& seen) : seen_(seen) {}
  void start(const RunInfo&) override {}
  void occurrence(Occurrence occurrence) override {
    seen_.paths.push_back(occurrence.path);
    seen_.secrets.emplace_back(occurrence.secret.reveal());
  }
  Status finish(const Totals&) override { return Done{}; }

 private:
  Seen& seen_;
};

inline Seen scan(const DirOptions& options) {
  Scanner scanner = make_scanner();
  Seen seen;
  Recorder recorder(seen);
  Progress progress;
  seen.totals = scan_dir(scanner, options, recorder, progress);
  return seen;
}

inline Seen scan(const std::string& path) {
  DirOptions options;
  options.paths = {path};
  return scan(options);
}

}  // namespace staunch::test
