// The oracle of what hides: the copy of the whole text in one go, its fragments each as a text of its own, each rule's
// RE2 over each of them, the copy of each fragment the same way. Slow and obvious; what the Scanner finds must be the
// same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/confirm.h"
#include "engine/expand/expander.h"
#include "engine/overlap.h"
#include "tests/differential/oracle.h"

namespace staunch::test {

// One copy behind another, from the item inwards.
using Chain = std::vector<const Expansion*>;

inline Span in_item(const Chain& chain, Span span) {
  for (auto copy = chain.rbegin(); copy != chain.rend(); ++copy) span = (*copy)->origin(span.begin, span.end);
  return span;
}

inline std::uint64_t piece_end(const Expansion& copy, std::size_t piece) {
  return piece + 1 < copy.pieces.size() ? copy.pieces[piece + 1].at : copy.text.size();
}

// Between the pieces of a copy that stand for nothing.
inline std::vector<Span> fragments_of(const Expansion& copy) {
  std::vector<Span> out;
  std::uint64_t begin = 0;
  const auto close = [&](std::uint64_t end) {
    if (end > begin) out.push_back({begin, end});
  };
  for (std::size_t i = 0; i < copy.pieces.size(); ++i) {
    const Piece& piece = copy.pieces[i];
    if (piece.codec != Codec::none || piece.begin != piece.end) continue;
    close(piece.at);
    begin = piece_end(copy, i);
  }
  close(copy.text.size());
  return out;
}

// The codecs of decoded pieces that overlap or touch the span, each once, in order.
inline std::vector<std::string> codecs_at(const Expansion& copy, Span span) {
  std::vector<std::string> out;
  const auto touching = std::lower_bound(copy.pieces.begin(), copy.pieces.end(), span.begin,
                                         [](const Piece& piece, std::uint64_t at) { return piece.at < at; });
  // Pieces are not empty: the one before ends at or before the span's first byte, or holds it.
  auto i = static_cast<std::size_t>(touching - copy.pieces.begin());
  for (i -= std::min<std::size_t>(i, 1); i < copy.pieces.size() && copy.pieces[i].at <= span.end; ++i) {
    const Piece& piece = copy.pieces[i];
    if (piece.codec == Codec::none || piece_end(copy, i) < span.begin) continue;
    if (std::find(out.begin(), out.end(), codec_name(piece.codec)) == out.end()) out.push_back(codec_name(piece.codec));
  }
  return out;
}

inline std::vector<std::string> codecs_at(const Chain& chain, Span span) {
  std::vector<std::vector<std::string>> inwards;
  for (auto copy = chain.rbegin(); copy != chain.rend(); ++copy) {
    inwards.push_back(codecs_at(**copy, span));
    span = (*copy)->origin(span.begin, span.end);
  }
  std::vector<std::string> out;
  for (auto layer = inwards.rbegin(); layer != inwards.rend(); ++layer)
    out.insert(out.end(), layer->begin(), layer->end());
  return out;
}

// A rule that has keywords asks for one of them.
inline bool holds_keyword(const Rule& rule, std::string_view text) {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + 32 : a) == (b >= 'A' && b <= 'Z' ? b + 32 : b);
  };
  return rule.keywords.empty() || std::any_of(rule.keywords.begin(), rule.keywords.end(), [&](const std::string& word) {
           return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
         });
}

class HiddenOracle {
 public:
  explicit HiddenOracle(const Database::Parts& parts) : parts_(parts) {}

  // All of the item's occurrences: rule, secret, match, places and decoders are filled.
  std::vector<Occurrence> find(std::string_view text, unsigned depth) {
    found_.clear();
    keywords_.assign(parts_.catalogue.rules.size(), false);
    std::vector<Occurrence> plain;
    note_keywords(text);
    const std::vector<bool> open = keywords_;
    for (const Found& match : oracle(parts_.catalogue, text))
      if (open[match.rule])
        for (Occurrence& o : confirmed(match, text)) plain.push_back(std::move(o));
    Chain chain;
    descend(text, depth, chain);
    const bool binary = text.substr(0, 8192).find('\0') != std::string_view::npos;
    const auto dull = [&](const Occurrence& o) { return binary && parts_.catalogue.rules[o.rule].generic; };
    std::erase_if(plain, dull);
    std::erase_if(found_, [&](const Occurrence& o) { return dull(o) || !keywords_[o.rule]; });
    return settled(std::move(plain));
  }

 private:
  void note_keywords(std::string_view text) {
    for (std::size_t rule = 0; rule < keywords_.size(); ++rule)
      if (holds_keyword(parts_.catalogue.rules[rule], text)) keywords_[rule] = true;
  }

  std::vector<Occurrence> confirmed(const Found& match, std::string_view text) const {
    const RawMatch raw{match.rule, match.begin, match.end};
    std::vector<Occurrence> out;
    for (const std::string_view secret : secrets_of(parts_, raw, {text, 0}))
      if (auto o = confirm(parts_, raw, secret, {text, 0})) out.push_back(std::move(o->occurrence));
    return out;
  }

  void descend(std::string_view text, unsigned depth, Chain& chain) {
    if (depth == 0) return;
    Expansion copy;
    Expander expander;
    if (chain.empty()) expander.feed(text, 0, true, copy);
    else
      for (const Span& fragment : fragments_of(*chain.back())) {
        expander.begin_fragment(fragment.begin);
        expander.feed(text.substr(fragment.begin, fragment.end - fragment.begin), fragment.begin, true, copy);
      }
    chain.push_back(&copy);
    for (const Span& fragment : fragments_of(copy)) {
      const std::string_view own = std::string_view(copy.text).substr(fragment.begin, fragment.end - fragment.begin);
      note_keywords(own);
      for (const Found& match : oracle(parts_.catalogue, own)) {
        if (codecs_at(copy, {fragment.begin + match.begin, fragment.begin + match.end}).empty()) continue;
        for (Occurrence& o : confirmed(match, own)) place(std::move(o), fragment.begin, chain);
      }
    }
    if (!copy.text.empty()) descend(copy.text, depth - 1, chain);
    chain.pop_back();
  }

  void place(Occurrence o, std::uint64_t at, const Chain& chain) {
    const Span match{at + o.match_offset, at + o.match_offset + o.match_length};
    const Span secret = in_item(chain, {at + o.offset, at + o.offset + o.length}), whole = in_item(chain, match);
    o.decoded = codecs_at(chain, match);
    o.offset = secret.begin;
    o.length = secret.end - secret.begin;
    o.match_offset = whole.begin;
    o.match_length = whole.end - whole.begin;
    found_.push_back(std::move(o));
  }

  // One rule's secret at one place is told once, with the fewest decoders; then what overlaps is judged.
  std::vector<Occurrence> settled(std::vector<Occurrence> out) {
    const auto key = [](const Occurrence& o) {
      return std::tuple(o.rule, o.offset, o.length, std::string(o.secret.reveal()));
    };
    std::set<decltype(key(Occurrence{}))> known;
    for (const Occurrence& o : out) known.insert(key(o));
    std::sort(found_.begin(), found_.end(), [](const Occurrence& a, const Occurrence& b) {
      return std::tuple(a.decoded.size(), a.match_offset, a.match_length) <
             std::tuple(b.decoded.size(), b.match_offset, b.match_length);
    });
    for (Occurrence& o : found_)
      if (known.insert(key(o)).second) out.push_back(std::move(o));
    resolve_overlaps(parts_.catalogue, out);
    return out;
  }

  const Database::Parts& parts_;
  std::vector<bool> keywords_;  // by rule: seen in the item or in a copy
  std::vector<Occurrence> found_;
};

}  // namespace staunch::test
