// Stories told: each becomes the occurrences that the report has of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/sink.h"
#include "frontends/git/places.h"
#include "frontends/git/story.h"

namespace staunch {

struct Told {
  std::string date, id;  // by which they are ordered; what has no date comes last
  std::vector<Occurrence> occurrences;
  std::optional<Note> failure;
};

// Thread-safe. `scanned`: what counts in the story's blob at its path, where somebody knows already.
Told tell(const Story& story, const std::vector<Holders>& holders, const ObjectStore& store, Scanner& scanner,
          const Counts& counts, std::optional<std::vector<Occurrence>> scanned = std::nullopt);

// All of an account; nothing where one of its stories cannot be told as it was.
std::optional<std::vector<Told>> tell_again(const Account& account, const ObjectStore& store, Scanner& scanner,
                                            const Counts& counts, const Progress& progress);

// To the sink, in order.
void tell_all(std::vector<Told> all, Sink& sink);

}  // namespace staunch
