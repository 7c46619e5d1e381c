// What a scan of a history came to, without a byte of what it found: where to look to tell it all again.
//
// A story is a commit, tag or object of which something is to be told. Of what a scan of its text finds, all is told or
// a pick by index: a scan of the same bytes at the same path finds the same things in the same order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/object_id.h"

namespace staunch {

struct Story {
  enum class Kind : std::uint8_t { message, tag, blob, name };
  static constexpr std::uint32_t kNobody = 0xffffffff;

  struct Pick {
    std::uint32_t index = 0;  // of the occurrences that count
    std::uint32_t versions = 1;
    std::uint32_t holders = kNobody;  // index into Account::holders
  };

  Kind kind = Kind::message;
  ObjectId object;        // the commit (none: no commit has it) or tag
  ObjectId blob;          // of a blob or name; none: a folder's name
  std::string path;       // of a blob or name
  std::string reachable;  // as in Commit
  bool at_or_before = false;
  std::vector<Pick> picks;  // of a blob; of the others all is told
};

// Which branches still have a secret.
struct Holders {
  bool head = false;
  std::vector<std::string> branches;
};

struct Account {
  std::vector<Story> stories;
  std::vector<Holders> holders;
  Totals totals;  // but for the seconds
};

// For the same machine. `unpack` trusts nothing: what is not an account gives none.
std::string pack_account(const Account& account);
std::optional<Account> unpack_account(std::string_view bytes);

}  // namespace staunch
