// The ways in which one item is scanned, behind the Scanner's front door.
//
// An item is held in memory (scan_text), reached at any offset and cut into segments (scan_segments), or comes byte by
// byte (engine/stream_scan.h); what it contains as an archive or a record file is opened by scan_inside.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/archive.h"
#include "engine/fingerprint.h"
#include "engine/expand/container.h"
#include "engine/item.h"
#include "engine/layers.h"
#include "engine/locate.h"
#include "engine/match.h"
#include "engine/scan.h"
#include "engine/worker.h"

namespace staunch {

// What all items of a Scanner share.
struct ScanShared {
  Scanner& scanner;
  const Database::Parts& parts;
  Fingerprinter& fingerprinter;
  const ScanOptions& options;
  // Where the outermost item's path is not known yet: whatever asks for a path passes, and this is set.
  bool* asks_path = nullptr;
};

// How far inside archives an item is, and what may still be expanded. One budget serves an outermost item and all that
// is in it.
struct Nesting {
  unsigned depth;  // archives that may still be opened inside one another
  ArchiveBudget& budget;
};

// The bytes of an item that is in memory, and the places in it.
class MemoryBytes : public ItemBytes {
 public:
  explicit MemoryBytes(std::string_view text) : text_(text) {}
  std::string_view view(std::uint64_t begin, std::uint64_t end) override {
    begin = std::min<std::uint64_t>(begin, text_.size());
    return text_.substr(begin, end - begin);
  }
  Position position(std::uint64_t offset) override {
    if (!index_) index_.emplace().append(text_);
    const std::uint64_t block = LineIndex::block_begin(offset);
    return index_->position(offset, view(block, offset + 1));
  }

 private:
  std::string_view text_;
  std::optional<LineIndex> index_;
};

// What matches in a text and behind its encodings.
struct TextMatches {
  std::vector<RawMatch> plain;
  std::vector<Hidden> hidden;
  std::vector<std::uint32_t> cut_rules;
  bool too_deep = false;
};

// A scan of a text that is an item of its own: found by scan_text whole, by scan_version (engine/version.h) in parts.
// The steps are shared. None counts the text's bytes; all append to the report.
void scan_text(const ScanShared& shared, Worker& worker, std::string_view text, const std::string& path,
               Nesting nesting, ItemReport& report);

// 1. What stands behind the encodings of all of it.
void match_layers(const ScanShared& shared, Worker& worker, std::string_view text, TextMatches& found);
// 2. Its records, if it is a container of such; then what belongs to gates that stayed closed goes.
void match_records(const ScanShared& shared, Worker& worker, Container kind, std::string_view text,
                   const std::string& path, TextMatches& found, std::vector<Note>& partial);
void drop_closed(const Matcher& matcher, TextMatches& found);
// 3. Confirmed and located; its members where it is an archive. The Matcher is gone by now.
void finish_text(const ScanShared& shared, Worker& worker, Container kind, std::string_view text,
                 const std::string& path, Nesting nesting, TextMatches& found, ItemReport& report);

void scan_segments(const ScanShared& shared, const Content& content, std::uint64_t size, const std::string& path,
                   ItemReport& report);

// A stream that nobody knows the size of: held where it is small, else scanned as it comes. The error is what ended its
// bytes early; those before it were scanned.
Status scan_stream(const ScanShared& shared, Worker& worker, ByteStream& bytes, const std::string& path,
                   Nesting nesting, ItemReport& report);

// The members of an archive, each as an item of its own; `bytes` begins with the archive. Occurrences that stood in the
// archive's own bytes already (from `outer` in the report on) are dropped where a member has them. Whether all of it
// was opened, so that limits which its own bytes met do not matter.
bool scan_members(const ScanShared& shared, Worker& worker, ByteStream& bytes, const std::string& path, Nesting nesting,
                  std::size_t outer, ItemReport& report);

// Texts of a record file (SQLite, .pyc) as an expansion of the whole item.
void scan_records(const ScanShared& shared, Worker& worker, Container kind, const Content& content, std::uint64_t size,
                  const std::string& path, std::vector<Hidden>& hidden, std::vector<Note>& partial);

}  // namespace staunch
