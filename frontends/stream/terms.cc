#include "frontends/stream/terms.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>

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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t words_of(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    words += fold(text[i]) != 0 && (i == 0 || fold(text[i - 1]) == 0) ? 1 : 0;
  return words;
}

// What stands before a letter: words end and begin in all but `none`.
enum class Gap : unsigned char { none, within_name, between_words };

// The folded text, and the way back to the text.
class Folded {
 public:
  Folded(std::string_view text, bool by_line)
      : text_(text), by_line_(by_line), letters_(std::make_unique_for_overwrite<char[]>(text.size() + 1)) {
    std::array<char, 256> table = kFold;
    if (by_line) table['\n'] = '\n';
    // Where the next letter goes is a local pointer: as a member it would be stored and loaded again at every byte.
    char* next = letters_.get();
    for (std::size_t at = 0; at < text.size(); at += kMarkBytes) {
      marks_.push_back(static_cast<std::size_t>(next - letters_.get()));
      for (const char c : text.substr(at, kMarkBytes)) {
        const char letter = table[static_cast<unsigned char>(c)];
        *next = letter;
        next += letter != 0 ? 1 : 0;
      }
    }
    size_ = static_cast<std::size_t>(next - letters_.get());
  }
  std::string_view letters() const { return {letters_.get(), size_}; }

  // Where the letter stands in the text.
  std::size_t origin(std::size_t letter) const {
    const auto next = std::upper_bound(marks_.begin(), marks_.end(), letter);
    const auto mark = static_cast<std::size_t>(next - marks_.begin()) - 1;
    std::size_t left = letter - marks_[mark], at = mark * kMarkBytes;
    for (;; ++at)
      if (kept(text_[at]) != 0 && left-- == 0) return at;
  }

  // What stands before each of the letters [from, to], the last of which may be the end of them all.
  std::vector<Gap> gaps(std::size_t from, std::size_t to) const {
    std::vector<Gap> gaps;
    std::size_t at = from == 0 ? 0 : origin(from - 1) + 1;
    for (std::size_t letter = from; letter <= to; ++letter, ++at) {
      const std::size_t behind = at;
      while (at < text_.size() && kept(text_[at]) == 0) ++at;
      const bool outside = behind == 0 || at == text_.size();
      gaps.push_back(outside || at != behind ? Gap::between_words
                     : is_case_break(behind) ? Gap::within_name
                                             : Gap::none);
    }
    return gaps;
  }

 private:
  char kept(char c) const { return by_line_ && c == '\n' ? c : fold(c); }

  // As in oneName, name2, and behind an escape: \nname.
  bool is_case_break(std::size_t at) const {
    const char before = text_[at - 1], next = text_[at];
    const bool lower = before >= 'a' && before <= 'z', upper = next >= 'A' && next <= 'Z';
    const bool escape = at >= 2 && text_[at - 2] == '\\';
    return before == '\n' || next == '\n' || (lower && upper) || is_digit(before) != is_digit(next) || escape;
  }

  std::string_view text_;
  bool by_line_;
  std::unique_ptr<char[]> letters_;
  std::size_t size_ = 0;
  std::vector<std::size_t> marks_;  // letters before every kMarkBytes of the text
};

constexpr unsigned kNever = 1u << 16;  // more than any distance

// Sellers' algorithm: for each end in the text, how far from the letters the nearest stretch before it is that begins
// where `begins` says.
template <typename Begins>
std::vector<unsigned> distances(std::string_view letters, std::string_view text, const Begins& begins) {
  std::vector<unsigned> column(letters.size() + 1), all;
  std::iota(column.begin(), column.end(), begins(0) ? 0u : kNever);
  all.push_back(column.back());
  for (std::size_t j = 0; j < text.size(); ++j) {
    unsigned diagonal = column[0];
    column[0] = begins(j + 1) ? 0 : column[0] + 1;
    for (std::size_t i = 1; i <= letters.size(); ++i) {
      const unsigned replaced = diagonal + (letters[i - 1] == text[j] ? 0 : 1);
      diagonal = column[i];
      column[i] = std::min({replaced, column[i] + 1, column[i - 1] + 1});
    }
    all.push_back(column.back());
  }
  return all;
}

struct Place {
  std::size_t begin, end;  // in the folded text
};

// How many breaks between words a place has too many or too few; none where each letter stands alone.
std::size_t wrong_breaks(const std::vector<Gap>& gaps, Place place, std::size_t words) {
  std::size_t least = 1, most = 1;  // words in it: with the parts of names as one, and as many
  for (std::size_t at = place.begin + 1; at < place.end; ++at) {
    least += gaps[at] == Gap::between_words ? 1 : 0;
    most += gaps[at] != Gap::none ? 1 : 0;
  }
  if (least == place.end - place.begin) return 0;
  return least > words ? least - words : words - std::min(words, most);
}

// A misspelt term in a window of letters: of all places from word to word that with the fewest mistakes, of equal ones
// the last and longest, so that all of a word that has a letter too many goes. Beginnings are looked for backwards from
// each end.
std::optional<Place> nearest(std::string_view letters, std::size_t words, unsigned distance, std::string_view window,
                             const std::vector<Gap>& gaps) {
  std::optional<Place> best;
  std::size_t least = distance;
  const auto ends = distances(letters, window, [&](std::size_t at) { return gaps[at] != Gap::none; });
  const std::string reversed(letters.rbegin(), letters.rend()), back(window.rbegin(), window.rend());
  for (std::size_t end = 1; end <= window.size(); ++end) {
    if (gaps[end] == Gap::none || ends[end] > least) continue;
    const auto lengths =
        distances(reversed, std::string_view(back).substr(window.size() - end), [](std::size_t at) { return at == 0; });
    for (std::size_t length = 1; length <= end; ++length) {
      const Place place{end - length, end};
      if (gaps[place.begin] == Gap::none || lengths[length] > least) continue;
      const std::size_t mistakes = lengths[length] + wrong_breaks(gaps, place, words);
      if (mistakes > least) continue;
      least = mistakes;
      best = place;
    }
  }
  return best;
}

// Where the term stands whose letters from `from` on are those at `at`; nothing before `done` belongs to it.
std::optional<Place> place_of(const Folded& text, std::string_view term, std::size_t words, unsigned distance,
                              std::size_t from, std::size_t at, std::size_t done) {
  const std::string_view letters = text.letters();
  if (at >= done + from && letters.compare(at - from, term.size(), term) == 0)
    return Place{at - from, at - from + term.size()};
  if (distance == 0) return std::nullopt;
  std::size_t begin = std::max(done, at - std::min(at, from + distance));
  std::size_t end = std::min(letters.size(), at - std::min(at, from) + term.size() + distance);
  if (const auto newline = letters.substr(begin, at - begin).rfind('\n'); newline != letters.npos) begin += newline + 1;
  if (const auto newline = letters.substr(at, end - at).find('\n'); newline != letters.npos) end = at + newline;
  const std::string_view window = letters.substr(begin, end - begin);
  const std::optional<Place> place = nearest(term, words, distance, window, text.gaps(begin, end));
  if (!place) return std::nullopt;
  return Place{begin + place->begin, begin + place->end};
}

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
    terms_.push_back({folded(wanted.text), words_of(wanted.text), wanted.max_distance});
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

// The first place at or behind `at` where one of the grams may stand.
std::size_t TermFinder::next_candidate(std::string_view letters, std::size_t at) const {
  const std::uint64_t* const table = table_.data();
  for (; at + sizeof(std::uint32_t) <= letters.size(); ++at) {
    const std::uint32_t bit = slot(gram_at(letters.data() + at));
    if ((table[bit / 64] >> bit % 64 & 1) != 0) return at;
  }
  return letters.size();
}

std::vector<TermHit> TermFinder::find(std::string_view text, bool by_line) const {
  std::vector<TermHit> hits;
  if (pieces_.empty()) return hits;
  const Folded folded_text(text, by_line);
  const std::string_view letters = folded_text.letters();
  std::vector<std::size_t> done(terms_.size());  // by term: its last hit's end
  for (std::size_t at = 0; (at = next_candidate(letters, at)) < letters.size(); ++at) {
    const std::uint32_t gram = gram_at(letters.data() + at);
    const auto first = std::lower_bound(pieces_.begin(), pieces_.end(), gram,
                                        [](const Piece& piece, std::uint32_t value) { return piece.gram < value; });
    for (auto piece = first; piece != pieces_.end() && piece->gram == gram; ++piece) {
      const Term& term = terms_[piece->term];
      if (at < done[piece->term]) continue;
      if (letters.compare(at, piece->size, term.letters, piece->from, piece->size) != 0) continue;
      const auto place =
          place_of(folded_text, term.letters, term.words, term.distance, piece->from, at, done[piece->term]);
      if (!place) continue;
      const std::size_t from = folded_text.origin(place->begin), last = folded_text.origin(place->end - 1);
      hits.push_back({from, last + 1 - from, piece->term});
      done[piece->term] = place->end;
    }
  }
  std::stable_sort(hits.begin(), hits.end(), [](const TermHit& a, const TermHit& b) { return a.offset < b.offset; });
  return hits;
}

}  // namespace staunch
