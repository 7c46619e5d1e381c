#include "bench/proof.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "engine/fingerprint.h"
#include "engine/item.h"
#include "engine/locate.h"
#include "engine/parts.h"

namespace staunch::bench {
namespace {

class WholeText : public ItemBytes {
 public:
  explicit WholeText(std::string_view text) : text_(text) { lines_.append(text); }
  std::string_view view(std::uint64_t begin, std::uint64_t end) override { return text_.substr(begin, end - begin); }
  Position position(std::uint64_t offset) override {
    const std::uint64_t block = LineIndex::block_begin(offset);
    return lines_.position(offset, view(block, offset + 1));
  }

 private:
  std::string_view text_;
  LineIndex lines_;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

// Rules with a limit that bit: what they miss is said in the report and is no difference.
bool was_cut(const ItemReport& report, const std::string& rule) {
  return std::any_of(report.partial.begin(), report.partial.end(),
                     [&](const Note& note) { return note.why.find("rule " + rule + " ") != std::string::npos; });
}

bool same(const Occurrence& a, const Occurrence& b) {
  return a.rule == b.rule && a.offset == b.offset && a.length == b.length && a.fingerprint == b.fingerprint &&
         a.match_offset == b.match_offset && a.match_length == b.match_length && a.begin.line == b.begin.line &&
         a.begin.column == b.begin.column;
}

}  // namespace

// Each rule's RE2 over the whole text: slow and obvious.
struct PlainComparison::Plain {
  explicit Plain(const Database& database) : parts(database.parts()), fingerprinter("") {
    for (const Rule& rule : parts.catalogue.rules)
      regexes.push_back(rule.regex.empty() ? nullptr : std::make_unique<RE2>(rule.regex, re2_options(rule.regex)));
    costs.resize(regexes.size());
  }

  static bool gate_open(const Rule& rule, const std::string& lowered) {
    return rule.keywords.empty() || std::any_of(rule.keywords.begin(), rule.keywords.end(), [&](const auto& keyword) {
             return lowered.find(lower(keyword)) != std::string::npos;
           });
  }

  void find(std::uint32_t rule, std::string_view text, std::vector<RawMatch>& out) const {
    const re2::StringPiece piece(text.data(), text.size());
    re2::StringPiece match;
    for (std::size_t at = 0;
         at <= text.size() && regexes[rule]->Match(piece, at, text.size(), RE2::UNANCHORED, &match, 1);) {
      const auto begin = static_cast<std::size_t>(match.data() - text.data());
      out.push_back({rule, begin, begin + match.size()});
      at = match.empty() ? begin + 1 : begin + match.size();
    }
  }

  ItemReport scan(std::string_view text, const std::string& path) {
    std::vector<RawMatch> matches;
    const std::string lowered = lower(text);
    for (std::uint32_t rule = 0; rule < regexes.size(); ++rule)
      if (regexes[rule] && gate_open(parts.catalogue.rules[rule], lowered)) find(rule, text, matches);
    WholeText bytes(text);
    ItemReport report;
    std::vector<Hidden> hidden;
    const Item item{parts, fingerprinter, bytes, path, is_binary(text)};
    finish_matches(item, matches, hidden, costs, report.occurrences);
    finish_path(item, report.occurrences);
    return report;
  }

  const Database::Parts& parts;
  Fingerprinter fingerprinter;
  std::vector<std::unique_ptr<RE2>> regexes;
  std::vector<RuleCost> costs;
};

PlainComparison::PlainComparison(Scanner& scanner)
    : scanner_(scanner), plain_(std::make_unique<Plain>(scanner.database())) {}
PlainComparison::~PlainComparison() = default;

std::optional<std::string> PlainComparison::compare(const ItemReport& expected, const ItemReport& found,
                                                    const std::string& path) {
  const auto& rules = scanner_.database().catalogue().rules;
  const auto counts = [&](const Occurrence& occurrence) {
    const std::string& id = rules[occurrence.rule].id;
    return !was_cut(expected, id) && !was_cut(found, id);
  };
  const auto next = [&](auto at, const ItemReport& report) {
    return std::find_if(at, report.occurrences.end(), counts);
  };
  auto a = next(expected.occurrences.begin(), expected), b = next(found.occurrences.begin(), found);
  for (; a != expected.occurrences.end() && b != found.occurrences.end(); ++compared_) {
    if (!same(*a, *b))
      return fmt::format("{}: expected {} at {}, found {} at {}", path, rules[a->rule].id, a->offset, rules[b->rule].id,
                         b->offset);
    a = next(a + 1, expected);
    b = next(b + 1, found);
  }
  if (a != expected.occurrences.end()) return fmt::format("{}: {} at {} not found", path, rules[a->rule].id, a->offset);
  if (b != found.occurrences.end()) return fmt::format("{}: {} at {} is none", path, rules[b->rule].id, b->offset);
  return std::nullopt;
}

std::optional<std::string> PlainComparison::differs_from_plain(std::string_view text, const std::string& path) {
  Scanner::Lease lease = scanner_.lease();
  ItemReport found = scanner_.scan(lease, text, path);
  std::erase_if(found.occurrences, [](const Occurrence& occurrence) { return !occurrence.decoded.empty(); });
  return compare(plain_->scan(text, path), found, path);
}

std::optional<std::string> PlainComparison::differs_in_segments(std::string_view text, const std::string& path) {
  ItemReport whole;
  {
    Scanner::Lease lease = scanner_.lease();
    whole = scanner_.scan(lease, text, path);
  }
  return compare(whole, scanner_.scan(MemoryContent(text), text.size(), path), path);
}

}  // namespace staunch::bench
