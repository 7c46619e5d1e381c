// Compiling: regex -> tree -> needles -> one Hyperscan database. See engine/needle.h for how needles are chosen and
// engine/automaton.h for guards; this file puts them together and takes care that only start-up work happens early.
#include "engine/database.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "engine/byte_run.h"
#include "engine/check.h"
#include "engine/needle.h"
#include "engine/parts.h"
#include "engine/sample.h"
#include "engine/width.h"
#include "rules/archive.h"
#include "rules/nearest.h"

namespace staunch {
namespace {

constexpr std::size_t kManyNeedles = 100;
constexpr std::int64_t kRe2Memory = 64 << 20;  // a ceiling for the DFA caches of one rule, not an allocation

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string hex_escaped(std::string_view literal) {
  std::string out;
  for (unsigned char c : literal) out += fmt::format("\\x{:02x}", c);
  return out;
}

class Compiler {
 public:
  Compiler(Database::Parts& parts, std::vector<Diagnostic>& diagnostics) : parts_(parts), diagnostics_(diagnostics) {}

  void add_rules() {
    for (const Rule& rule : parts_.catalogue.rules)
      syntaxes_.push_back(rule.regex.empty() ? std::nullopt : Syntax::parse(rule.regex, encoding_of(rule.regex)));
    choose_literals();
    for (std::uint32_t rule = 0; rule < parts_.catalogue.rules.size(); ++rule) add_rule(rule);
    keep_stride();
    for (const Allowlist& list : parts_.catalogue.allowlists) check_allowlist(list, Place{}, "the global allowlist");
  }

 private:
  void complain(const Place& place, std::string message) {
    diagnostics_.push_back({Diagnostic::Level::error, place, std::move(message), {}});
  }

  // Names that only the engine knows: kinds of checks, alphabets. An empty one is none.
  void check_name(const Rule& rule, const std::string& what, const std::string& name,
                  const std::vector<std::string>& names) {
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
    const std::vector<std::string_view> words(names.begin(), names.end());
    const std::string_view near = nearest(name, words);
    diagnostics_.push_back({Diagnostic::Level::error, rule.place,
                            fmt::format("rule '{}': there is no {} '{}'", rule.id, what, name),
                            near.empty() ? std::string() : fmt::format("did you mean '{}'?", near)});
  }

  bool compiles(const std::string& pattern, const Place& place, const std::string& what) {
    const RE2 regex(pattern, re2_options(pattern));
    if (regex.ok()) return true;
    complain(place, fmt::format("{}: RE2 refuses the regex: {}", what, regex.error()));
    return false;
  }

  void check_allowlist(const Allowlist& list, const Place& place, const std::string& whose) {
    for (const std::string& pattern : list.paths) compiles(pattern, place, whose + ": allowlist path");
    for (const std::string& pattern : list.regexes) compiles(pattern, place, whose + ": allowlist regex");
  }

  // A literal that another rule looks for anyway costs little. So rules choose three times: on their own, then knowing
  // what the others have chosen, and at last (in plan_matching) among what is looked for by then.
  void choose_literals() {
    LiteralSet alone;
    auto choose = [&](const Price& price, LiteralSet& into) {
      for (const std::optional<Syntax>& syntax : syntaxes_) {
        if (const auto anchors = syntax ? choose_anchors(*syntax, price) : std::nullopt)
          for (const Anchor& anchor : anchors->all) ++into[{anchor.literal, anchor.caseless}];
      }
    };
    choose(price_alone, alone);
    choose(
        [&](const std::string& literal, bool caseless) {
          const auto known = alone.find({literal, caseless});
          const bool shared = (known != alone.end() && known->second > 1) || literals_.contains({literal, caseless});
          return shared ? price_shared(literal, caseless) : price_alone(literal, caseless);
        },
        literals_);
  }

  // Hyperscan looks at every second or fourth byte only where its shortest literal allows that, which costs it more
  // than it saves when there are many: 200 literals of five bytes and more are found at 1.1 GB/s, and at 3.8 beside one
  // of two bytes. Where no needle is so short, one that stands in no text is added; nothing asks for its hits.
  void keep_stride() {
    const auto is_short = [](const NeedleEntry& entry) { return entry.literal.size() <= kMinNeedleBytes; };
    if (parts_.needles.size() < kManyNeedles || std::any_of(parts_.needles.begin(), parts_.needles.end(), is_short))
      return;
    needle("\xC0\xC1", false);
  }

  void add_rule(std::uint32_t index) {
    const Rule& rule = parts_.catalogue.rules[index];
    RulePlan& plan = parts_.plans.emplace_back();
    parts_.packed_guards.emplace_back();
    const std::string whose = "rule '" + rule.id + "'";
    check_name(rule, "check", rule.check.kind, check_kinds());
    check_name(rule, "check", rule.format.check, check_kinds());
    check_name(rule, "alphabet", rule.format.alphabet, alphabets());
    for (const Allowlist& list : rule.allowlists)
      check_allowlist(list, list.place.line != 0 ? list.place : rule.place, whose);
    if (!rule.path.empty() && !compiles(rule.path, rule.place, whose + ": path")) return;
    if (rule.regex.empty()) {
      plan.approach = Approach::path_only;
      return;
    }
    const RE2 regex(rule.regex, re2_options(rule.regex));
    if (!regex.ok()) return complain(rule.place, fmt::format("{}: RE2 refuses the regex: {}", whose, regex.error()));
    if (static_cast<int>(rule.secret_group) > regex.NumberOfCapturingGroups())
      return complain(rule.place, fmt::format("{}: secretGroup is {}, the regex has {} groups", whose,
                                              rule.secret_group, regex.NumberOfCapturingGroups()));
    plan_matching(index, rule, plan);
  }

  void plan_matching(std::uint32_t index, const Rule& rule, RulePlan& plan) {
    const std::optional<Syntax>& syntax = syntaxes_[index];
    plan.width = syntax ? max_width(*syntax->root()) : kNoWidthLimit;
    if (const auto run = syntax ? demanded_run(*syntax->root()) : std::nullopt) {
      plan.run_set = parts_.fence_sets.index_of(run->set);
      plan.run_length = plan.run_set == Fence::kAny ? 0 : run->length;
    }
    const Price looked_for = [&](const std::string& literal, bool caseless) -> std::optional<double> {
      if (!literals_.contains({literal, caseless})) return std::nullopt;
      return price_shared(literal, caseless);
    };
    const auto anchors = syntax ? choose_anchors(*syntax, looked_for) : std::nullopt;
    // A keyword that every match holds needs no search of its own: where the match stands, the gate is open.
    std::vector<std::string> keywords;
    for (const std::string& keyword : rule.keywords) keywords.push_back(lower(keyword));
    if (!anchors) {
      plan.approach = Approach::whole;
      plan.gated = !keywords.empty();
    } else {
      plan.gated = !keywords.empty() && !implies_keyword(*syntax, keywords);
      for (std::uint32_t i = 0; i < anchors->all.size(); ++i) {
        const Anchor& anchor = anchors->all[i];
        needle(anchor.literal, anchor.caseless).uses.push_back({index, i, make_fence(anchor, parts_.fence_sets)});
        plan.left = std::max(plan.left, max_width(anchor.left));
      }
      parts_.packed_guards[index] = pack_guards(anchors->all);
    }
    if (!plan.gated) return;
    for (const std::string& keyword : keywords) needle(keyword, true).opens.push_back(index);
  }

  // index_ has the place of each.
  NeedleEntry& needle(const std::string& literal, bool caseless) {
    const auto [at, is_new] = index_.try_emplace({literal, caseless}, parts_.needles.size());
    if (is_new) parts_.needles.push_back({literal, caseless, {}, {}});
    return parts_.needles[at->second];
  }

  Database::Parts& parts_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::optional<Syntax>> syntaxes_;  // by rule; nothing where there is no regex, or one that is not known
  using LiteralSet = std::map<std::pair<std::string, bool>, std::size_t>;  // and how many rules chose it
  LiteralSet literals_, index_;
};

hs_platform_info_t platform_info(Platform platform) {
  hs_platform_info_t info{};
  info.tune = HS_TUNE_FAMILY_GENERIC;
#ifdef HS_CPU_FEATURES_AVX512VBMI
  if (platform == Platform::avx512vbmi) info.cpu_features |= HS_CPU_FEATURES_AVX512VBMI;
#endif
  if (platform >= Platform::avx512) info.cpu_features |= HS_CPU_FEATURES_AVX512;
  if (platform >= Platform::avx2) info.cpu_features |= HS_CPU_FEATURES_AVX2;
  return info;
}

std::string digest_of(const Catalogue& catalogue) {
  const std::string packed = pack_catalogue(catalogue);
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(packed.data()), packed.size(), nullptr,
                     0);
  std::string out;
  for (unsigned char byte : hash) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace

Result<NeedleDatabase> compile_needles(const std::vector<NeedleEntry>& needles, Platform platform) {
  if (needles.empty()) return NeedleDatabase();
  std::vector<std::string> patterns;
  std::vector<const char*> pointers;
  std::vector<unsigned> flags, ids;
  for (const NeedleEntry& needle : needles) {
    patterns.push_back(hex_escaped(needle.literal));
    flags.push_back(needle.caseless ? HS_FLAG_CASELESS : 0);
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  pointers.reserve(patterns.size());
  for (const std::string& pattern : patterns) pointers.push_back(pattern.c_str());
  const hs_platform_info_t info = platform_info(platform);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto code = hs_compile_multi(pointers.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()),
                                     HS_MODE_BLOCK, &info, &database, &error);
  if (code == HS_SUCCESS) return NeedleDatabase(database);
  Error out{fmt::format("Hyperscan refuses the needles: {}", error != nullptr ? error->message : "unknown"), {}};
  hs_free_compile_error(error);
  return out;
}

RE2::Options re2_options(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRe2Memory);
  if (encoding_of(pattern) == Encoding::latin1) options.set_encoding(RE2::Options::EncodingLatin1);
  return options;
}

Platform this_platform() {
  hs_platform_info_t info{};
  if (hs_populate_platform(&info) != HS_SUCCESS) return Platform::baseline;
#ifdef HS_CPU_FEATURES_AVX512VBMI
  if ((info.cpu_features & HS_CPU_FEATURES_AVX512VBMI) != 0) return Platform::avx512vbmi;
#endif
  if ((info.cpu_features & HS_CPU_FEATURES_AVX512) != 0) return Platform::avx512;
  if ((info.cpu_features & HS_CPU_FEATURES_AVX2) != 0) return Platform::avx2;
  return Platform::baseline;
}

Database::Database(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Database::~Database() = default;
const Catalogue& Database::catalogue() const { return parts_->catalogue; }
const std::string& Database::digest() const { return parts_->digest; }

Result<std::shared_ptr<const Database>> Database::compile(Catalogue catalogue, std::vector<Diagnostic>& diagnostics,
                                                          Platform platform) {
  auto parts = std::make_unique<Parts>();
  parts->catalogue = std::move(catalogue);
  parts->platform = platform;
  const std::size_t before = diagnostics.size();
  Compiler(*parts, diagnostics).add_rules();
  const bool failed = std::any_of(diagnostics.begin() + static_cast<std::ptrdiff_t>(before), diagnostics.end(),
                                  [](const Diagnostic& d) { return d.level == Diagnostic::Level::error; });
  if (failed) return Error{"the rules have errors", {}};
  auto needles = compile_needles(parts->needles, platform);
  if (!needles) return needles.error();
  parts->hyperscan = std::move(*needles);
  parts->digest = digest_of(parts->catalogue);
  parts->derive();
  return std::shared_ptr<const Database>(new Database(std::move(parts)));
}

void Database::Parts::derive() {
  machines = std::vector<Lazy<RuleMachine>>(catalogue.rules.size());
  rule_allowlists = std::vector<Lazy<std::vector<CompiledAllowlist>>>(catalogue.rules.size());
  guard_sets = std::vector<Lazy<Guards>>(catalogue.rules.size());
  fans = std::vector<Lazy<Fan>>(needles.size());
  for (const NeedleEntry& needle : needles)
    longest_needle = std::max<std::uint64_t>(longest_needle, needle.literal.size());
  for (std::uint32_t rule = 0; rule < catalogue.rules.size(); ++rule) {
    const RulePlan& plan = plans[rule];
    if (plan.approach == Approach::whole) whole_rules.push_back(rule);
    if (plan.approach == Approach::path_only) path_rules.push_back(rule);
    look_back = std::max(look_back, std::min(plan.left, kMaxReach));
    if (plan.approach == Approach::needles) widest = std::max(widest, bound(plan));
  }
  look_back += longest_needle + 1;  // and the byte before a match, for \b
}

}  // namespace staunch
