// The inside of a Database: what the Worker reads while it scans. Only engine/*.cc includes this.
#pragma once

#include <hs.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/expression.h"
#include "engine/fence.h"
#include "engine/guard.h"
#include "engine/lazy.h"
#include "engine/needle.h"
#include "engine/syntax.h"

namespace staunch {

// How a rule is brought to RE2.
enum class Approach : std::uint8_t {
  needles,    // where a needle stands and its guard passes
  whole,      // over the whole item, once its gate is open
  path_only,  // never: the path decides
};

// Reaches beyond a needle are cut here, counted from the hit; a cut is reported as partial.
inline constexpr std::uint64_t kMaxReach = 256u << 10;
// A rule without needles is run over this much of an item; what lies beyond is reported as partial.
inline constexpr std::uint64_t kMaxWholeBytes = 1u << 20;

// What is persisted of a rule beside its text.
struct RulePlan {
  Approach approach = Approach::needles;
  bool gated = false;       // keywords must be looked for apart from the needles
  std::uint64_t width = 0;  // the most bytes of a match, kNoWidthLimit where there is no limit
  std::uint64_t left = 0;   // the most bytes of a match before its needle
  // A run that every match holds (byte_run.h): an index into fence_sets; none where the length is 0.
  std::uint16_t run_set = 0;
  std::uint64_t run_length = 0;
};

// The most bytes of a match that the engine finds: the rule's width, or as far as reaches go to both sides of a needle.
inline std::uint64_t bound(const RulePlan& plan) {
  if (plan.approach == Approach::whole) return plan.width <= kMaxReach ? plan.width : kMaxWholeBytes;
  return std::min(plan.width, std::min(plan.left, kMaxReach) + kMaxNeedleBytes + kMaxReach);
}

struct NeedleUse {
  std::uint32_t rule;
  std::uint32_t anchor;  // index into the rule's Guards
  Fence fence;
};

// A literal in the Hyperscan database; the id that Hyperscan reports is its index.
struct NeedleEntry {
  std::string literal;
  bool caseless = false;
  std::vector<NeedleUse> uses;
  std::vector<std::uint32_t> opens;  // rules whose gate it opens
};

// Regexes by their patterns: what many rules ask is compiled once.
class RegexPool {
 public:
  // Null for an empty pattern. Thread-safe; what it gives lives as long as the pool.
  const RE2* get(const std::string& pattern);

 private:
  std::mutex mutex_;
  std::map<std::string, Lazy<RE2>> regexes_;
};

// An allowlist with its patterns compiled.
struct CompiledAllowlist {
  const RE2 *regexes, *paths, *stopwords;  // null where there are none
};

// Built when a region may hold a match of the rule.
struct RuleMachine {
  std::unique_ptr<Expression> regex;
  bool secret_is_match = false;  // the only group is all of the regex: nothing to look for in a match
  std::unique_ptr<RE2> path;
};

struct HyperscanFree {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using NeedleDatabase = std::unique_ptr<hs_database_t, HyperscanFree>;
// Null where there are no needles.
Result<NeedleDatabase> compile_needles(const std::vector<NeedleEntry>& needles, Platform platform);

struct Database::Parts {
  Catalogue catalogue;
  std::string digest;
  Platform platform = Platform::baseline;
  std::vector<RulePlan> plans;             // by rule
  std::vector<std::string> packed_guards;  // by rule; empty where it has no needles
  std::vector<NeedleEntry> needles;
  ByteSets fence_sets;
  NeedleDatabase hyperscan;
  std::vector<std::uint32_t> whole_rules, path_rules;  // by approach; path_rules: those with a path
  std::uint64_t longest_needle = 0;
  std::uint64_t look_back = 0;  // bytes before a text that its first hits may reach into
  std::uint64_t widest = 0;     // the greatest bound of a rule with needles

  // Thread-safe; the reference lives as long as the Database.
  const RuleMachine& machine(std::uint32_t rule) const;
  const Guards& guards(std::uint32_t rule) const;  // unpacked at the rule's first hit
  const Fan& fan(std::uint32_t needle) const;
  const std::vector<CompiledAllowlist>& allowlists(std::uint32_t rule) const;  // its own, in order
  const std::vector<CompiledAllowlist>& global_allowlists() const;
  // Whether one of path_rules may want this path; allowlists are not asked.
  bool path_may_hit(std::string_view path) const;

  mutable RegexPool pool;  // of the allowlists
  mutable std::vector<Lazy<RuleMachine>> machines;
  mutable std::vector<Lazy<std::vector<CompiledAllowlist>>> rule_allowlists;
  mutable std::vector<Lazy<Guards>> guard_sets;
  mutable std::vector<Lazy<Fan>> fans;
  mutable Lazy<std::vector<CompiledAllowlist>> compiled_globals;
  mutable Lazy<RE2> any_path;

  void derive();  // fills what follows from catalogue, plans and needles
};

RE2::Options re2_options(std::string_view pattern);

}  // namespace staunch
