// What people write beside files: messages of commits and tags, scanned many at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/scan.h"
#include "engine/version.h"
#include "frontends/git/held.h"

namespace staunch {

class MessageScan {
 public:
  // `path` stands in the place of one (frontends/git/commit_text.h).
  MessageScan(Scanner& scanner, const Counts& counts, std::string path);
  ~MessageScan();

  // `number` is the object's. Thread-safe; texts wait until there are enough of them.
  void add(std::uint32_t number, const std::string& text, Scanner::Lease& worker);

  // The numbers of those in which something was found, ordered.
  std::vector<std::uint32_t> finish();

 private:
  struct Batch {
    std::string joined;
    std::vector<Span> texts;
    std::vector<std::uint32_t> numbers;
  };
  struct Batches;
  void look(Batch& batch, Scanner::Lease& worker);

  Scanner& scanner_;
  const Counts& counts_;
  const std::string path_;
  std::unique_ptr<Batches> batches_;
  std::mutex mutex_;
  std::vector<std::uint32_t> found_;
};

}  // namespace staunch
