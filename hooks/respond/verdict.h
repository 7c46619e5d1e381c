// What an answer says about a credential. The tables are the provider files'; the doubts are here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "hooks/respond/http.h"
#include "rules/provider.h"

namespace staunch {

// restricted: good, and not for what was asked. unknown: nothing follows from what was heard, or nothing was.
enum class State : std::uint8_t { live, restricted, dead, unknown };
std::string_view name_of(State state);
bool is_good(State state);  // live or restricted

struct Verdict {
  State state = State::unknown;
  std::string host;                         // whose word it is; `why` says so where it was not asked
  std::string why;                          // in words, where it is not plain
  std::map<std::string, std::string> told;  // "account", "scopes", "expires" …, cut at kMaxToldBytes each
  long status = 0;
  std::int64_t checked_at = 0;  // seconds since 1970
};

inline constexpr std::size_t kMaxToldBytes = 200;
inline constexpr std::int64_t kMaxClockSkew = 60;  // seconds between our clock and the answer's Date

// What the entry's tables say of an answer, with every reason to doubt it that one answer can show: no answer, 407,
// 429, 5xx, a redirect, a clock that is off, a body that is not what this API speaks, a host beside which others may
// know the credential. `was_live`: the same request said live before in this incident, so that its end is this host's
// to tell.
Verdict judge(const Verify& entry, const HttpAnswer& answer, std::string_view host, bool was_live = false);

// The text between <tag> and </tag>; empty where there is none.
std::string_view xml_text(std::string_view body, std::string_view tag);

// Whether the answer is one of the list.
bool matches(const std::vector<Answer>& answers, const HttpAnswer& answer);

// Seconds since 1970 of an RFC 9110 date ("Sun, 06 Nov 1994 08:49:37 GMT"); 0 where it is none.
std::int64_t http_date(const std::string& text);

}  // namespace staunch
