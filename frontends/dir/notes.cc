// Keeping the smallest names instead of the first ones makes the summary independent of threads.
#include "frontends/dir/notes.h"

#include <fmt/format.h>

#include <iterator>

namespace staunch {
namespace {

// In the order of Skip.
constexpr std::array<const char*, kSkips> kSkipReasons = {
    "symbolic links that are not followed or lead to no file",
    "named pipes are not read",
    "sockets are not read",
    "devices are not read",
    "made by the system as it is read, without an end",
    "store of a version control system",
    "left out by --exclude",
    "left out by .gitignore",
    "larger than --max-target-megabytes",
    "belongs to this scan (report, baseline or configuration)",
};

}  // namespace

void Notes::Counted::add(std::string what, std::string why, std::size_t limit) {
  ++count;
  if (first.size() == limit && what >= std::prev(first.end())->first) return;
  first.emplace(std::move(what), std::move(why));
  if (first.size() > limit) first.erase(std::prev(first.end()));
}

void Notes::skip(Skip kind, const std::string& path) {
  const std::lock_guard lock(mutex_);
  skips_[static_cast<std::size_t>(kind)].add(path, {}, kMaxNamedSkips);
}

void Notes::partial(Note note) {
  const std::lock_guard lock(mutex_);
  partial_.add(std::move(note.what), std::move(note.why), kMaxNotes);
}

void Notes::incomplete(Note note) {
  const std::lock_guard lock(mutex_);
  incomplete_.add(std::move(note.what), std::move(note.why), kMaxNotes);
}

void Notes::append(const Counted& counted, std::vector<Note>& notes) {
  for (const auto& [what, why] : counted.first) notes.push_back({what, why});
  if (counted.count > kMaxNotes && counted.count > counted.first.size())
    notes.push_back({fmt::format("{} more", counted.count - counted.first.size()), "not listed one by one"});
}

void Notes::add_to(Totals& totals) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t kind = 0; kind < kSkips; ++kind) {
    const Counted& skipped = skips_[kind];
    if (skipped.count == 0) continue;
    std::string what;
    for (const auto& [path, why] : skipped.first) what += (what.empty() ? "" : ", ") + path;
    if (skipped.count > skipped.first.size()) what += fmt::format(" and {} more", skipped.count - skipped.first.size());
    totals.skipped.push_back({std::move(what), kSkipReasons[kind]});
  }
  append(partial_, totals.partial);
  append(incomplete_, totals.incomplete);
}

}  // namespace staunch
