// A chat sends all of its turns again with each new one: what was found in an old turn is found again and again.
//
// With `redact_history` of the policy, what would hold a request back is cut out instead where it stands in a turn
// before the user's newest, so that one mistake does not end a conversation; and one event tells of it, not one a turn.
// History is what stands in the list of turns before the last turn of the role "user". Of a list that cannot be told
// for sure (two of them, no list, no such turn) nothing is history.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_set>

#include "engine/keyed_hash.h"
#include "frontends/body/json_members.h"

namespace staunch {

struct History {
  std::size_t begin = 0, end = 0;  // of the old turns in the raw body; nothing where they are equal
  std::string_view opening;        // the first turn: what tells one conversation from another

  bool holds(std::size_t raw_begin, std::size_t raw_end) const { return raw_begin >= begin && raw_end <= end; }
};

// Lists of turns: "messages" (OpenAI, Anthropic, Bedrock), "input" (OpenAI's responses), "contents" (Gemini), or a body
// that is the list itself.
History history_of(std::string_view raw, Structure& structure);

// What was told of which conversation, of the last kRemembered findings. Thread-safe; forgets with the process.
class Told {
 public:
  // False where the same was asked before.
  bool first_time(std::string_view caller, std::string_view opening, std::string_view fingerprint);

 private:
  static constexpr std::size_t kRemembered = 65536;
  const ShortKey key_ = random_short_key();
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> known_;
  std::deque<std::uint64_t> order_;
};

}  // namespace staunch
