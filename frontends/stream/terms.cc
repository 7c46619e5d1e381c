#include "frontends/stream/terms.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace staunch {
namespace {

constexpr std::uint64_t kMarkBytes = 4096;

// What a byte is folded to; 0 where it goes.
constexpr std::array<char, 256> make_fold() {
  std::array<char, 256> fold{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper) fold[c] = static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80) fold[c] = static_cast<char>(c);
  }
  return fold;
}
constexpr std::array<char, 256> kFold = make_fold();

char fold(char c) { return kFold[static_cast<unsigned char>(c)]; }

std::uint32_t gram_at(const char* at) {
  std::uint32_t gram;
  std::memcpy(&gram, at, sizeof gram);
  return gram;
}

// The folded text, and the way back to the text.
class Folded {
 public:
  Folded(std::string_view text, bool by_line) : text_(text), by_line_(by_line) {
    letters_.resize(text.size() + sizeof(std::uint32_t));
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i % kMarkBytes == 0) marks_.push_back(size);
      letters_[size] = kept(text[i]);
      size += letters_[size] != 0 ? 1 : 0;
    }
    letters_.resize(size);
  }
  std::string_view letters() const { return letters_; }

  // Where the letter stands in the text.
  std::size_t origin(std::size_t letter) const {
    const auto next = std::upper_bound(marks_.begin(), marks_.end(), letter);
    const auto mark = static_cast<std::size_t>(next - marks_.begin()) - 1;
    std::size_t left = letter - marks_[mark], at = mark * kMarkBytes;
    for (;; ++at)
      if (kept(text_[at]) != 0 && left-- == 0) return at;
  }

 private:
  char kept(char c) const { return by_line_ && c == '\n' ? c : fold(c); }

  std::string_view text_;
  bool by_line_;
  std::string letters_;
  std::vector<std::size_t> marks_;  // letters before every kMarkBytes of the text
};

}  // namespace

std::string folded(std::string_view text) {
  std::string out;
  for (char c : text)
    if (const char letter = fold(c); letter != 0) out += letter;
  return out;
}

TermFinder::TermFinder(const std::vector<Wanted>& terms) {
  for (const Wanted& wanted : terms) {
    const auto index = static_cast<std::uint32_t>(terms_.size());
    terms_.push_back({folded(wanted.text), wanted.max_distance});
    const std::string& letters = terms_.back().letters;
    const std::size_t count = wanted.max_distance + 1;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t from = letters.size() * i / count, to = letters.size() * (i + 1) / count;
      if (to - from < sizeof(std::uint32_t)) continue;  // the policy's reader refuses such terms
      pieces_.push_back({gram_at(letters.data() + from), index, static_cast<std::uint32_t>(from),
                         static_cast<std::uint32_t>(to - from)});
    }
  }
  std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) { return a.gram < b.gram; });
  for (const Piece& piece : pieces_) table_[slot(piece.gram) / 64] |= std::uint64_t{1} << slot(piece.gram) % 64;
}

// Sellers' algorithm: the term's best place in the window, of equal ones that which ends last, so that all of a word
// that has a letter too many goes; then its beginning, found the same way backwards.
bool TermFinder::nearest(const Term& term, std::string_view window, Place& place) const {
  const auto best_end = [](std::string_view letters, std::string_view text, bool anchored, std::size_t& end) {
    std::vector<unsigned> column(letters.size() + 1);
    std::iota(column.begin(), column.end(), 0u);
    unsigned best = column.back();
    end = 0;
    for (std::size_t j = 0; j < text.size(); ++j) {
      unsigned diagonal = column[0];
      if (anchored) ++column[0];
      for (std::size_t i = 1; i <= letters.size(); ++i) {
        const unsigned replaced = diagonal + (letters[i - 1] == text[j] ? 0 : 1);
        diagonal = column[i];
        column[i] = std::min({replaced, column[i] + 1, column[i - 1] + 1});
      }
      if (column.back() <= best) {
        best = column.back();
        end = j + 1;
      }
    }
    return best;
  };
  if (best_end(term.letters, window, false, place.end) > term.distance) return false;
  const std::string back(window.rbegin() + static_cast<std::ptrdiff_t>(window.size() - place.end), window.rend());
  const std::string letters(term.letters.rbegin(), term.letters.rend());
  std::size_t length = 0;
  best_end(letters, back, true, length);
  place.begin = place.end - length;
  return length > 0;
}

std::vector<TermHit> TermFinder::find(std::string_view text, bool by_line) const {
  std::vector<TermHit> hits;
  if (pieces_.empty()) return hits;
  const Folded letters_of(text, by_line);
  const std::string_view letters = letters_of.letters();
  std::vector<std::size_t> done(terms_.size());  // by term: its last hit's end
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= letters.size(); ++at) {
    const std::uint32_t gram = gram_at(letters.data() + at);
    if ((table_[slot(gram) / 64] >> slot(gram) % 64 & 1) == 0) continue;
    const auto first = std::lower_bound(pieces_.begin(), pieces_.end(), gram,
                                        [](const Piece& piece, std::uint32_t value) { return piece.gram < value; });
    for (auto piece = first; piece != pieces_.end() && piece->gram == gram; ++piece) {
      const Term& term = terms_[piece->term];
      if (letters.compare(at, piece->size, term.letters, piece->from, piece->size) != 0) continue;
      const std::size_t before = piece->from + term.distance;
      std::size_t begin = std::max(done[piece->term], at - std::min(at, before));
      std::size_t end =
          std::min(letters.size(), at - std::min<std::size_t>(at, piece->from) + term.letters.size() + term.distance);
      if (begin > at) continue;
      if (const std::size_t newline = letters.substr(begin, at - begin).rfind('\n'); newline != std::string_view::npos)
        begin += newline + 1;
      if (const std::size_t newline = letters.substr(at, end - at).find('\n'); newline != std::string_view::npos)
        end = at + newline;
      Place place;
      if (!nearest(term, letters.substr(begin, end - begin), place)) continue;
      const std::size_t from = letters_of.origin(begin + place.begin);
      const std::size_t last = letters_of.origin(begin + place.end - 1);
      hits.push_back({from, last + 1 - from, piece->term});
      done[piece->term] = begin + place.end;
    }
  }
  std::stable_sort(hits.begin(), hits.end(), [](const TermHit& a, const TermHit& b) { return a.offset < b.offset; });
  return hits;
}

}  // namespace staunch
