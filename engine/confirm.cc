#include "engine/confirm.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/canary.h"
#include "engine/check.h"
#include "engine/codings.h"
#include "engine/entropy.h"
#include "engine/path_context.h"
#include "engine/score.h"

namespace staunch {
namespace {

re2::StringPiece piece_of(std::string_view text) { return {text.data(), text.size()}; }

bool found_in(const RE2* regex, std::string_view text) {
  return regex != nullptr && RE2::PartialMatch(piece_of(text), *regex);
}

// Line feeds alone: a carriage return may be the delimiter that the regex needs when it is run on the match again.
std::string_view trim_newlines(std::string_view text) {
  while (!text.empty() && text.front() == '\n') text.remove_prefix(1);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

// The groups that are secrets, found by running the regex on the match's text alone, as gitleaks does.
std::vector<std::string_view> secrets_in(const Rule& rule, const Expression& regex, std::string_view match) {
  const int count = regex.groups() + 1;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(count));
  if (count < 2 || !regex.match(piece_of(match), 0, match.size(), groups.data(), count)) return {match};
  auto group = [&](std::size_t i) { return std::string_view(groups[i].data(), groups[i].size()); };
  if (rule.secret_group > 0)
    return {rule.secret_group < static_cast<unsigned>(count) ? group(rule.secret_group) : match};
  std::vector<std::string_view> secrets;
  for (std::size_t i = 1; i < static_cast<std::size_t>(count) && (secrets.empty() || rule.every_group); ++i)
    if (!groups[i].empty()) secrets.push_back(group(i));
  if (secrets.empty() && !rule.every_group) secrets.push_back(match);
  return secrets;
}

std::string_view match_in(const RawMatch& raw, const View& view) {
  return trim_newlines(view.text.substr(raw.begin - view.base, raw.end - raw.begin));
}

// The lines that a match touches, cut to half of kMaxLineBytes on either side of it.
std::string_view lines_of(std::string_view text, std::string_view match) {
  constexpr std::size_t kMargin = kMaxLineBytes / 2;
  const auto begin = static_cast<std::size_t>(match.data() - text.data());
  const std::size_t end = begin + match.size();
  std::size_t from = begin > kMargin ? begin - kMargin : 0;
  if (const std::size_t newline = text.substr(from, begin - from).rfind('\n'); newline != std::string_view::npos)
    from += newline + 1;
  std::size_t to = std::min(text.size(), end + kMargin);
  if (const std::size_t newline = text.find('\n', end); newline != std::string_view::npos) to = std::min(to, newline);
  return text.substr(from, std::min(to - from, kMaxLineBytes));
}

// The line above `lines`, or its end: as much of it as lies within the same margin before the match.
std::string_view line_before(std::string_view text, std::string_view match, std::string_view lines) {
  const auto match_begin = static_cast<std::size_t>(match.data() - text.data());
  const auto lines_begin = static_cast<std::size_t>(lines.data() - text.data());
  if (lines_begin == 0 || text[lines_begin - 1] != '\n') return {};
  const std::size_t from = match_begin > kMaxLineBytes / 2 ? match_begin - kMaxLineBytes / 2 : 0;
  if (lines_begin - 1 < from) return {};
  const std::string_view above = text.substr(from, lines_begin - 1 - from);
  const std::size_t newline = above.rfind('\n');
  return newline == std::string_view::npos ? above : above.substr(newline + 1);
}

enum class Verdict : std::uint8_t { keep, drop, ask_path };

// What an allowlist says of the bytes. OR: any hit drops, paths are asked later. AND: every kind that is present must
// hit; `commits` never do here, they are asked where commits are known.
Verdict judge(const Allowlist& list, const CompiledAllowlist& compiled, std::string_view secret, std::string_view match,
              std::string_view lines) {
  const std::string_view target = list.target == AllowTarget::secret  ? secret
                                  : list.target == AllowTarget::match ? match
                                                                      : lines;
  const bool regex_hit = found_in(compiled.regexes, target);
  const bool word_hit = found_in(compiled.stopwords, secret);
  if (!list.all) {
    if (regex_hit || word_hit) return Verdict::drop;
    return compiled.paths ? Verdict::ask_path : Verdict::keep;
  }
  if ((compiled.regexes && !regex_hit) || (compiled.stopwords && !word_hit) || !list.commits.empty())
    return Verdict::keep;
  return compiled.paths ? Verdict::ask_path : Verdict::drop;
}

bool targets(const Allowlist& list, const Rule& rule) {
  return list.target_rules.empty() ||
         std::find(list.target_rules.begin(), list.target_rules.end(), rule.id) != list.target_rules.end();
}

std::string words_of(const Allowlist& list) {
  return fmt::format("the allowlist \"{}\" has it",
                     list.description.empty() ? "without description" : list.description);
}

void tell(std::string* why, std::string text) {
  if (why != nullptr) *why = std::move(text);
}

bool allowlists_keep(const Database::Parts& parts, std::uint32_t rule_index, const Occurrence& occurrence,
                     std::vector<Confirmed::Pending>& pending, std::string* why) {
  const Rule& rule = parts.catalogue.rules[rule_index];
  auto keeps = [&](const std::vector<Allowlist>& lists, const std::vector<CompiledAllowlist>& compiled, bool global) {
    for (std::uint32_t i = 0; i < lists.size(); ++i) {
      if (global && !targets(lists[i], rule)) continue;
      const Verdict verdict = judge(lists[i], compiled[i], occurrence.secret.reveal(), occurrence.match.reveal(),
                                    occurrence.lines.reveal());
      if (verdict == Verdict::drop) {
        if (why != nullptr) *why = words_of(lists[i]);
        return false;
      }
      if (verdict == Verdict::ask_path) pending.push_back({global, i});
    }
    return true;
  };
  return keeps(parts.catalogue.allowlists, parts.global_allowlists(), true) &&
         keeps(rule.allowlists, parts.allowlists(rule_index), false);
}

// The offline check's word on the secret; false where it drops it.
bool check_keeps(const Rule& rule, Occurrence& out, std::string* why) {
  if (rule.check.kind.empty()) return true;
  CheckResult result = run_check(rule.check, out.secret.reveal());
  if (result.outcome == CheckOutcome::failed && rule.check.on_fail == OnFail::drop) {
    tell(why, result.reason.empty() ? "its offline check failed" : std::move(result.reason));
    return false;
  }
  out.check = result.outcome;
  out.derived = std::move(result.derived);
  if (result.outcome == CheckOutcome::failed) out.confidence = Confidence::low;
  // What a rule calls low is so even where it is what it seems: a key meant for browsers; a header that decodes to a
  // name and a password may still be a test's.
  const bool may_be_high = rule.confidence != Confidence::low && !rule.generic;
  if (result.outcome == CheckOutcome::passed && may_be_high) out.confidence = Confidence::high;
  if (!result.reason.empty()) out.reasons.push_back(std::move(result.reason));
  return true;
}

// What a person would have typed: of user and password in base64, as registries and Kubernetes keep them, the password.
std::string typed(std::string_view secret) {
  const Features features = features_of({{}, secret, {}});
  const auto text = features[kEncodedText] > 0 ? decode_base64(secret) : std::nullopt;
  if (!text) return std::string(secret);
  return text->substr(text->find(':') + 1);
}

// A key without a prefix is known by the name that stands before it, a password by the file or the command that it is
// for. Where somebody vouches for that and the value is random, too, it is no accident.
void trust_random(const Rule& rule, Occurrence& out) {
  const bool vouched = rule.proof == Proof::vendor || rule.proof == Proof::two_tools;
  const bool plain = !rule.generic && !rule.scored;
  if (!vouched || !plain || out.confidence != Confidence::medium || out.check == CheckOutcome::failed) return;
  const std::string value = rule.guessable ? typed(out.secret.reveal()) : std::string(out.secret.reveal());
  if (features_of({{}, value, {}})[kRandom] == 0) return;
  out.confidence = Confidence::high;
  out.reasons.emplace_back("its name is told and it is random");
}

// Whoever is told of one should know before trying it.
void name_canary(const Catalogue& catalogue, Occurrence& out, std::string* why) {
  CanaryMark mark = canary_mark(catalogue.canaries, out.derived, out.match.reveal());
  if (mark.service.empty()) return;
  out.derived[kCanary] = std::move(mark.service);
  tell(why, "a canary token: " + mark.why);
}

// How sure one is of a score. What only the rule names, far from any name, is not as sure as what the text does.
Confidence sureness(const Rule& rule, double logit) {
  const Confidence confidence = confidence_of(logit);
  return rule.named.empty() || confidence != Confidence::high ? confidence : Confidence::medium;
}

// What would stand before the value if its name did: that of a table's column is far away.
std::string name_before(const std::string& name, std::string_view before) {
  const char last = before.empty() ? ' ' : before.back();
  const bool quoted = last == '"' || last == '\'' || last == '`';
  return name + (quoted ? std::string(": ") + last : std::string(": "));
}

// The score of a value without a format, by its bytes; false where nobody would want to hear of it.
bool bytes_keep(const Rule& rule, const View& view, Confirmed& out, std::string* why) {
  if (!rule.scored) return true;
  Occurrence& o = out.occurrence;
  const std::uint64_t at = o.offset - view.base;
  std::string_view before = view.text.substr(0, at);
  const std::string named = rule.named.empty() ? "" : name_before(rule.named, before);
  if (!named.empty()) before = named;
  Score scored = score({before, o.secret.reveal(), view.text.substr(at + o.length)});
  out.logit = scored.logit;
  out.quoted = scored.quoted;
  o.confidence = sureness(rule, scored.logit);
  o.reasons = std::move(scored.reasons);
  if (is_likely(scored.logit)) return true;
  tell(why, fmt::format("it is not likely a secret: {}", fmt::join(o.reasons, "; ")));
  return false;
}

// Whether one may have been made to try something out, for all that its bytes say.
bool may_be_a_trial(const Rule& rule, const Occurrence& o) {
  return o.confidence == Confidence::high && (o.check != CheckOutcome::passed || rule.self_made);
}

bool is_for_trials(PathContext context, const std::string& path) {
  return context == PathContext::test || (context == PathContext::documentation && !is_prose_alone(path));
}

bool score_keeps(const Rule& rule, Confirmed& confirmed, const std::string& path, std::string* why) {
  Occurrence& o = confirmed.occurrence;
  const PathContext context = path_context(path);
  if (rule.scored) {
    const double logit = confirmed.logit + path_logit(path, confirmed.quoted);
    if (!is_likely(logit)) {
      tell(why, fmt::format("it is not likely a secret there: {}{}{}", fmt::join(o.reasons, "; "),
                            context == PathContext::none ? "" : "; ", words(context)));
      return false;
    }
    o.confidence = sureness(rule, logit);
  }
  const bool trial = may_be_a_trial(rule, o) && is_for_trials(context, path);
  if (trial) o.confidence = Confidence::medium;
  if (!trial && !rule.scored) return true;
  if (context != PathContext::none) o.reasons.emplace_back(words(context));
  return true;
}

}  // namespace

void take_lines(Occurrence& occurrence, const View& view, Span span) {
  const std::uint64_t size = view.text.size();
  const std::uint64_t begin = std::min(span.begin - view.base, size), end = std::min(span.end - view.base, size);
  const std::string_view match = view.text.substr(begin, end - begin);
  const std::string_view lines = lines_of(view.text, match);
  occurrence.lines = Secret(lines);
  occurrence.lines_offset = view.base + static_cast<std::uint64_t>(lines.data() - view.text.data());
  occurrence.line_before = Secret(line_before(view.text, match, lines));
}

std::vector<std::string_view> secrets_of(const Database::Parts& parts, const RawMatch& raw, const View& view) {
  const RuleMachine& machine = parts.machine(raw.rule);
  const std::string_view match = match_in(raw, view);
  if (machine.secret_is_match) return {match};
  return secrets_in(parts.catalogue.rules[raw.rule], *machine.regex, match);
}

std::optional<Confirmed> confirm(const Database::Parts& parts, const RawMatch& raw, std::string_view secret,
                                 const View& view, std::string* why) {
  const Rule& rule = parts.catalogue.rules[raw.rule];
  const std::string_view match = match_in(raw, view);
  const double entropy = shannon_entropy(secret);
  if (rule.entropy != 0 && !(entropy > rule.entropy)) {
    tell(why, fmt::format("its entropy is {:.2f}, and {:.2f} is asked for", entropy, rule.entropy));
    return std::nullopt;
  }

  Confirmed out;
  Occurrence& occurrence = out.occurrence;
  auto offset_of = [&](std::string_view part) {
    return view.base + static_cast<std::uint64_t>(part.data() - view.text.data());
  };
  occurrence.rule = raw.rule;
  occurrence.severity = rule.severity;
  occurrence.confidence = rule.confidence;
  occurrence.entropy = entropy;
  occurrence.secret = Secret(secret);
  if (!rule.no_secret.empty()) occurrence.reasons.push_back(rule.no_secret);
  if (!check_keeps(rule, occurrence, why)) return std::nullopt;
  occurrence.match = Secret(match);
  occurrence.match_offset = offset_of(match);
  occurrence.match_length = match.size();
  occurrence.offset = secret.data() == nullptr ? occurrence.match_offset : offset_of(secret);
  occurrence.length = secret.size();
  take_lines(occurrence, view, {occurrence.match_offset, occurrence.match_offset + match.size()});
  if (!allowlists_keep(parts, raw.rule, occurrence, out.pending, why)) return std::nullopt;
  if (!bytes_keep(rule, view, out, why)) return std::nullopt;
  trust_random(rule, occurrence);
  name_canary(parts.catalogue, occurrence, why);
  return out;
}

std::vector<Confirmed::Pending> path_allowlists(const Database::Parts& parts, std::uint32_t rule_index) {
  const Rule& rule = parts.catalogue.rules[rule_index];
  std::vector<Confirmed::Pending> out;
  auto add = [&](const std::vector<Allowlist>& lists, bool global) {
    for (std::uint32_t i = 0; i < lists.size(); ++i) {
      const Allowlist& list = lists[i];
      const bool asks_more = !list.regexes.empty() || !list.stopwords.empty() || !list.commits.empty();
      if (list.paths.empty() || (list.all && asks_more) || (global && !targets(list, rule))) continue;
      out.push_back({global, i});
    }
  };
  add(parts.catalogue.allowlists, true);
  add(rule.allowlists, false);
  return out;
}

bool take_path(const Database::Parts& parts, Confirmed& confirmed, const std::string& path, std::string* why) {
  const std::uint32_t rule = confirmed.occurrence.rule;
  const RuleMachine& machine = parts.machine(rule);
  if (machine.path && !found_in(machine.path.get(), path)) {
    tell(why, "the rule is for other paths");
    return false;
  }
  for (const Confirmed::Pending& pending : confirmed.pending) {
    const CompiledAllowlist& list =
        pending.global ? parts.global_allowlists()[pending.list] : parts.allowlists(rule)[pending.list];
    if (!found_in(list.paths, path)) continue;
    const auto& lists = pending.global ? parts.catalogue.allowlists : parts.catalogue.rules[rule].allowlists;
    tell(why, words_of(lists[pending.list]));
    return false;
  }
  return score_keeps(parts.catalogue.rules[rule], confirmed, path, why);
}

bool path_matters(const Database::Parts& parts, const Confirmed& confirmed) {
  const Rule& rule = parts.catalogue.rules[confirmed.occurrence.rule];
  return !rule.path.empty() || !confirmed.pending.empty() || rule.scored || may_be_a_trial(rule, confirmed.occurrence);
}

bool commit_allowed(const Database::Parts& parts, const Occurrence& o, std::string_view commit) {
  const auto same = [&](std::string_view listed) {
    return listed.size() == commit.size() &&
           std::equal(listed.begin(), listed.end(), commit.begin(), [](char a, char b) {
             return (a >= 'A' && a <= 'F' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
  };
  const auto allows = [&](const Allowlist& list, const CompiledAllowlist& compiled) {
    if (std::none_of(list.commits.begin(), list.commits.end(), same)) return false;
    if (!list.all) return true;
    const std::string_view target = list.target == AllowTarget::secret  ? o.secret.reveal()
                                    : list.target == AllowTarget::match ? o.match.reveal()
                                                                        : o.lines.reveal();
    return (!compiled.regexes || found_in(compiled.regexes, target)) &&
           (!compiled.stopwords || found_in(compiled.stopwords, o.secret.reveal())) &&
           (!compiled.paths || found_in(compiled.paths, o.path));
  };
  const Rule& rule = parts.catalogue.rules[o.rule];
  const auto& global = parts.catalogue.allowlists;
  for (std::size_t i = 0; i < global.size(); ++i)
    if (!global[i].commits.empty() && targets(global[i], rule) && allows(global[i], parts.global_allowlists()[i]))
      return true;
  for (std::size_t i = 0; i < rule.allowlists.size(); ++i)
    if (!rule.allowlists[i].commits.empty() && allows(rule.allowlists[i], parts.allowlists(o.rule)[i])) return true;
  return false;
}

}  // namespace staunch
