// What one call of read_archive() shares: the budget that it charges, and what is to be said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/expand/archive.h"

namespace staunch {

// For people: "1.5 MB".
std::string size_words(std::uint64_t bytes);
// What libarchive says, without what it may quote of the archive; null: it gave no reason.
std::string clean_words(const char* words);

class ArchiveReading {
 public:
  ArchiveReading(const std::string& name, ArchiveBudget& budget) : name_(name), budget_(budget) { ++budget_.depth; }
  ~ArchiveReading() { --budget_.depth; }
  ArchiveReading(const ArchiveReading&) = delete;
  ArchiveReading& operator=(const ArchiveReading&) = delete;

  // Where bytes that are read are counted: those of the outermost archive alone.
  std::uint64_t* reached() { return budget_.depth == 1 ? &budget_.read_bytes : nullptr; }
  bool stopped() const { return stopped_; }
  // Whether it was a limit that stopped it.
  bool cut() const { return cut_; }

  // Of a member, or of the archive where `member` is "". Beyond a number of them they are only counted.
  void note(const std::string& member, std::string why);
  // Says why nothing more is read; the first reason counts.
  void stop(const std::string& member, std::string why);

  // How many of `wanted` bytes may be given out, and charges for them. Fewer: the expansion is over.
  std::size_t take(std::size_t wanted);

  // Whether one more member may be read, and charges for it.
  bool take_member();

  // All that was noted; to be asked once, at the end.
  std::vector<Note> notes();

 private:
  void add(const std::string& member, std::string why);

  const std::string& name_;
  ArchiveBudget& budget_;
  std::vector<Note> notes_;
  std::size_t problems_ = 0;
  bool stopped_ = false, cut_ = false;
};

}  // namespace staunch
