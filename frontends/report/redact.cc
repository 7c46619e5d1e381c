#include "frontends/report/redact.h"

#include <algorithm>
#include <functional>

#include "frontends/report/json_text.h"
#include "frontends/report/utf8.h"

namespace staunch {
namespace {

// Polynomial hashing modulo the prime 2^61 - 1. The base is fixed: whoever forces a collision gets a text masked that
// need not be, nothing more.
__extension__ typedef unsigned __int128 Wide;
constexpr std::uint64_t kPrime = (1ull << 61) - 1;
constexpr std::uint64_t kBase = 0x1234'5678'9ABC'DEF1ull % kPrime;
constexpr std::size_t kBitmapBits = 1u << 20;

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  const std::uint64_t sum = static_cast<std::uint64_t>(product & kPrime) + static_cast<std::uint64_t>(product >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

std::uint64_t append(std::uint64_t hash, char c) {
  const std::uint64_t sum = multiply(hash, kBase) + static_cast<unsigned char>(c) + 1;
  return sum >= kPrime ? sum - kPrime : sum;
}

// Hashes of every substring of a text in constant time.
class PrefixHashes {
 public:
  explicit PrefixHashes(std::string_view text) : sums_(text.size() + 1, 0), powers_(text.size() + 1, 1) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      sums_[i + 1] = append(sums_[i], text[i]);
      powers_[i + 1] = multiply(powers_[i], kBase);
    }
  }
  std::uint64_t of(std::size_t begin, std::size_t length) const {
    const std::uint64_t left = multiply(sums_[begin], powers_[length]);
    const std::uint64_t right = sums_[begin + length];
    return right >= left ? right - left : right + kPrime - left;
  }

 private:
  std::vector<std::uint64_t> sums_, powers_;
};

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t sum = 0;
  for (const char c : text) sum = append(sum, c);
  return sum;
}

std::uint64_t with_length(std::uint64_t hash, std::size_t length) {
  return hash ^ (static_cast<std::uint64_t>(length) * 0x9E37'79B9'7F4A'7C15ull);
}

std::size_t bit_of(std::uint64_t window, std::size_t level) { return (window ^ (window >> 23) ^ level) % kBitmapBits; }

std::size_t window_bytes(std::size_t level) { return std::size_t{4} << level; }

std::size_t level_of(std::size_t length, std::size_t levels) {
  std::size_t level = 0;
  while (level + 1 < levels && length >= window_bytes(level + 1)) ++level;
  return level;
}

std::string hex(std::string_view bytes, const char* digits) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

constexpr const char* kLower = "0123456789abcdef";
constexpr const char* kUpper = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

// `keep` are characters that this kind of encoder leaves as they are, beyond the unreserved ones.
std::string percent(std::string_view bytes, const char* digits, std::string_view keep) {
  std::string out;
  for (const char c : bytes) {
    if (is_unreserved(c) || keep.find(c) != std::string_view::npos) out += c;
    else out += "%" + hex(std::string_view(&c, 1), digits);
  }
  return out;
}

std::string percent_all(std::string_view bytes, const char* digits) {
  std::string out;
  for (const char c : bytes) out += "%" + hex(std::string_view(&c, 1), digits);
  return out;
}

// JSON string content; `extra` are characters that this kind of encoder escapes beyond what it must.
std::string json_escaped(std::string_view bytes, std::string_view extra) {
  std::string plain;
  append_json_string(plain, bytes);
  std::string out;
  for (const char c : std::string_view(plain).substr(1, plain.size() - 2)) {
    if (extra.find(c) == std::string_view::npos) out += c;
    else if (c == '/') out += "\\/";
    else out += "\\u00" + hex(std::string_view(&c, 1), kLower);
  }
  return out;
}

std::string url_alphabet(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

// Whether text[begin, end) is a word, or lies in one, that is too short and plain for a key.
bool is_word(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::size_t kLongestWord = 15;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  while (end < text.size() && is_letter(text[end])) ++end;
  const std::string_view word = text.substr(begin, end - begin);
  return word.size() <= kLongestWord && std::all_of(word.begin(), word.end(), is_letter) &&
         (begin == 0 || !is_digit(text[begin - 1])) && (end == text.size() || !is_digit(text[end]));
}

// Literal text that every secret of the format begins with.
std::string_view literal_prefix(const Format& format) {
  if (format.template_.empty()) return format.prefix;
  return std::string_view(format.template_).substr(0, format.template_.find('{'));
}

// "-----BEGIN RSA PRIVATE KEY-----": public words, whatever the kind of key.
std::string_view armour_header(std::string_view secret) {
  constexpr std::string_view kBegin = "-----BEGIN ", kDashes = "-----";
  if (!secret.starts_with(kBegin)) return {};
  const std::size_t end = secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ", kBegin.size());
  const bool closed = end != std::string_view::npos && secret.substr(end).starts_with(kDashes);
  return closed ? secret.substr(0, end + kDashes.size()) : std::string_view();
}

// The size that `template_` always yields; 0 where it cannot be read.
std::size_t template_size(std::string_view text) {
  std::size_t size = 0;
  while (!text.empty()) {
    if (text.front() != '{') {
      ++size;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t close = text.find('}'), colon = text.find(':');
    if (close == std::string_view::npos || colon == std::string_view::npos || colon > close) return 0;
    std::size_t count = 0;
    for (const char c : text.substr(colon + 1, close - colon - 1)) {
      if (c < '0' || c > '9' || count > 1'000'000) return 0;
      count = count * 10 + static_cast<std::size_t>(c - '0');
    }
    size += count;
    text.remove_prefix(close + 1);
  }
  return size;
}

}  // namespace

bool has_fixed_length(const Format& format, std::size_t size) {
  if (std::any_of(format.forms.begin(), format.forms.end(),
                  [&](const std::string& form) { return template_size(form) == size; }))
    return true;
  if (!format.template_.empty()) return template_size(format.template_) == size;
  return format.length > 0 && format.prefix.size() + format.length + format.suffix.size() == size;
}

std::string partly_hidden(std::string_view secret, int percent) {
  const std::size_t hundredfold = secret.size() * static_cast<std::size_t>(100 - std::clamp(percent, 0, 100));
  std::size_t keep = hundredfold / 100;
  const std::size_t rest = hundredfold % 100;
  if (rest > 50 || (rest == 50 && keep % 2 == 1)) ++keep;  // rounded as gitleaks does, halves to even
  while (keep > 0 && keep < secret.size() && (static_cast<unsigned char>(secret[keep]) & 0xC0) == 0x80) --keep;
  return std::string(secret.substr(0, keep)) + "...";
}

std::string redacted_form(const Rule& rule, std::string_view secret, const Redaction& redaction) {
  if (redaction.shows_all()) return std::string(secret);
  if (redaction.percent < 100) return partly_hidden(secret, redaction.percent);
  if (const std::string_view header = armour_header(secret); !header.empty()) return std::string(header) + "…";
  const std::string_view prefix = literal_prefix(rule.format);
  const bool holds = !rule.generic && prefix.size() < secret.size() && secret.substr(0, prefix.size()) == prefix;
  return std::string(holds ? prefix : "") + "…";
}

void ReportRedactor::add(std::string_view secret, std::string_view shown) {
  if (secret.size() < kShortestHunted || secret == shown) return;
  if (!secrets_.insert(with_length(hash_of(secret), secret.size())).second) return;
  const auto [entry, fresh] = shown_ids_.emplace(std::string(shown), static_cast<std::uint32_t>(shown_.size()));
  if (fresh) shown_.push_back(&entry->first);
  add_pattern(secret, entry->second, 0, 0);
  add_parts(secret, entry->second);
  if (secrets_.size() <= kMaxHunted) add_codings(secret.substr(0, kMaxCodedBytes), entry->second);
}

void ReportRedactor::add_pattern(std::string_view pattern, std::uint32_t shown, std::uint32_t before,
                                 std::uint32_t after) {
  if (pattern.size() < kShortestHunted) return;
  if (bitmap_.empty()) bitmap_.resize(kBitmapBits);
  const std::size_t level = level_of(pattern.size(), kLevels);
  const std::uint64_t window = hash_of(pattern.substr(0, window_bytes(level)));
  bitmap_[bit_of(window, level)] = true;
  windows_[level].insert(window);
  auto& lengths = lengths_[level];
  const auto place = std::lower_bound(lengths.begin(), lengths.end(), pattern.size(), std::greater<>());
  if (place == lengths.end() || *place != pattern.size()) lengths.insert(place, pattern.size());
  patterns_.emplace(with_length(hash_of(pattern), pattern.size()),
                    Pattern{shown, static_cast<std::uint8_t>(before), static_cast<std::uint8_t>(after)});
}

void ReportRedactor::add_codings(std::string_view secret, std::uint32_t shown) {
  for (const char* digits : {kLower, kUpper}) {
    add_pattern(hex(secret, digits), shown, 0, 0);
    add_pattern(percent(secret, digits, ""), shown, 0, 0);
    add_pattern(percent(secret, digits, "!'()*"), shown, 0, 0);             // encodeURIComponent
    add_pattern(percent(secret, digits, "!'()*;,/?:@&=+$#"), shown, 0, 0);  // encodeURI, paths
    add_pattern(percent_all(secret, digits), shown, 0, 0);
  }
  for (const std::string_view extra : {"", "/", "<>&", "/<>&"}) add_pattern(json_escaped(secret, extra), shown, 0, 0);
  // Inside a longer base64 text a secret may begin at each of three alignments; characters that it shares with its
  // neighbours are not part of the pattern and are masked along with it.
  for (std::uint32_t shift = 0; shift < 3; ++shift) {
    const std::string padded = std::string(shift, '\0') + std::string(secret);
    const std::size_t first = shift == 0 ? 0 : shift + 1;
    const std::size_t last = padded.size() * 8 / 6;
    if (last < first + kShortestHunted + 1) continue;
    const std::string text = base64(padded).substr(first, last - first);
    const std::uint32_t before = shift == 0 ? 0 : 1, after = padded.size() % 3 == 0 ? 0 : 1;
    add_pattern(text, shown, before, after);
    add_pattern(url_alphabet(text), shown, before, after);
  }
}

void ReportRedactor::add_parts(std::string_view secret, std::uint32_t shown) {
  if (secret.size() > 2 * kPieceBytes)
    for (std::size_t at = 0; at + kPieceBytes <= secret.size(); at += kPieceBytes) {
      const std::string_view piece = secret.substr(at, kPieceBytes);
      if (piece.find("-----") == std::string_view::npos) add_pattern(piece, shown, 0, 0);
    }
  if (secret.find('\n') == std::string_view::npos) return;
  for (std::size_t at = 0; at < secret.size();) {
    const std::size_t end = std::min(secret.find('\n', at), secret.size());
    std::string_view line = secret.substr(at, end - at);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    while (!line.empty() && (line.front() == '\t' || line.front() == ' ')) line.remove_prefix(1);
    const bool marker = line.substr(0, 5) == "-----";  // "-----BEGIN …": public words
    if (!marker && line.size() >= kPieceBytes / 2) add_pattern(line, shown, 0, 0);
    at = end + 1;
  }
}

std::vector<ReportRedactor::Span> ReportRedactor::find(std::string_view text) const {
  std::vector<Span> spans;
  if (patterns_.empty() || text.size() < kShortestHunted) return spans;
  const PrefixHashes hashes(text);
  for (std::size_t at = 0; at + kShortestHunted <= text.size(); ++at) {
    const std::size_t left = text.size() - at;
    const Pattern* found = nullptr;
    std::size_t length = 0;
    for (std::size_t level = kLevels; level-- > 0 && found == nullptr;) {
      if (left < window_bytes(level)) continue;
      const std::uint64_t window = hashes.of(at, window_bytes(level));
      if (!bitmap_[bit_of(window, level)] || windows_[level].count(window) == 0) continue;
      for (const std::size_t candidate : lengths_[level]) {
        if (candidate > left) continue;
        const auto pattern = patterns_.find(with_length(hashes.of(at, candidate), candidate));
        if (pattern == patterns_.end()) continue;
        found = &pattern->second;
        length = candidate;
        break;
      }
    }
    if (found == nullptr) continue;
    const std::size_t begin = at - std::min<std::size_t>(at, found->before);
    const std::size_t end = std::min(text.size(), at + length + found->after);
    if (!spans.empty() && begin <= spans.back().end) spans.back().end = std::max(spans.back().end, end);
    else spans.push_back({begin, end, *shown_[found->shown]});
  }
  return spans;
}

std::string ReportRedactor::mask(std::string_view text) const { return replace(text, find(text)); }

std::string ReportRedactor::mask_path(std::string_view path) const {
  std::vector<Span> spans = find(path);
  std::erase_if(spans, [&](const Span& span) { return is_word(path, span.begin, span.end); });
  return replace(path, spans);
}

std::string ReportRedactor::replace(std::string_view text, const std::vector<Span>& spans) {
  std::string out;
  std::size_t done = 0;
  for (const Span& span : spans) {
    out += text.substr(done, span.begin - done);
    out += span.shown;
    done = span.end;
  }
  out += text.substr(done);
  return out;
}

}  // namespace staunch
