// See sample.h. A format is a template: literal text with holes. `{hex:32}` is 32 random characters of an alphabet,
// `{base64<…>}`, `{base64url<…>}` and `{base32<…>}` hold a template whose text is encoded; what looks like neither is
// literal, so that JSON can stand in a template as it is. prefix, alphabet, length and suffix are the short form.
#include "engine/sample.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/check.h"
#include "engine/codings.h"

namespace staunch {
namespace {

struct Alphabet {
  std::string_view name, characters;
};

constexpr std::array kAlphabets = std::to_array<Alphabet>({
    {"HEX", "0123456789ABCDEF"},
    {"alnum-lower", "abcdefghijklmnopqrstuvwxyz0123456789"},
    {"alnum-upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
    {"base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
    {"base32-lower", "abcdefghijklmnopqrstuvwxyz234567"},
    {"base58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"},
    {"base62", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
    {"base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
    {"base64url", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"},
    {"bech32", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"},
    {"bech32-lower", "qpzry9x8gf2tvdw0s3jn54khce6mua7l"},
    {"digit", "0123456789"},
    {"hex", "0123456789abcdef"},
    {"letters", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
    {"lower", "abcdefghijklmnopqrstuvwxyz"},
    {"upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    {"word", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"},
});

constexpr std::size_t kMaxHole = 4096;

// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  char pick(std::string_view characters) { return characters[next() % characters.size()]; }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  std::uint64_t state_;
};

// FNV-1a, so that two rules do not get the same characters from one seed.
std::uint64_t seed_of(const Rule& rule, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : rule.id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash ^ seed * 0x9e3779b97f4a7c15;
}

const Alphabet* find_alphabet(std::string_view name) {
  for (const Alphabet& alphabet : kAlphabets)
    if (alphabet.name == name) return &alphabet;
  return nullptr;
}

// `{name:count}` at the front of `text`: its characters are appended and its length is returned; 0 if it is no hole.
std::size_t expand_hole(std::string_view text, Random& random, std::string& out) {
  const std::size_t end = text.find('}'), colon = text.find(':');
  if (end == text.npos || colon > end || end - colon < 2 || end - colon > 5) return 0;
  const Alphabet* alphabet = find_alphabet(text.substr(1, colon - 1));
  std::size_t count = 0;
  for (const char c : text.substr(colon + 1, end - colon - 1)) {
    if (c < '0' || c > '9') return 0;
    count = count * 10 + static_cast<std::size_t>(c - '0');
  }
  if (alphabet == nullptr || count > kMaxHole) return 0;
  for (std::size_t i = 0; i < count; ++i) out.push_back(random.pick(alphabet->characters));
  return end + 1;
}

std::string encode_base32(std::string_view bytes) {
  const std::string_view digits = find_alphabet("base32")->characters;
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits & 0xff) << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) text.push_back(digits[bits >> (held - 5) & 31]);
  }
  if (held > 0) text.push_back(digits[bits << (5 - held) & 31]);
  return text;
}

std::string expand_plain(std::string_view text, Random& random) {
  std::string out;
  while (!text.empty()) {
    std::size_t used = text[0] == '{' ? expand_hole(text, random, out) : 0;
    if (used == 0) {
      out.push_back(text[0]);
      used = 1;
    }
    text.remove_prefix(used);
  }
  return out;
}

// Encoded parts do not nest.
std::string expand(std::string_view text, Random& random) {
  struct Coding {
    std::string_view open;
    std::string (*encode)(std::string_view);
  };
  static constexpr Coding kCodings[] = {
      {"{base64<", [](std::string_view bytes) { return encode_base64(bytes, Base64::standard); }},
      {"{base64url<", [](std::string_view bytes) { return encode_base64(bytes, Base64::url); }},
      {"{base32<", [](std::string_view bytes) { return encode_base32(bytes); }},
  };
  std::size_t begin = text.npos;
  const Coding* coding = nullptr;
  for (const Coding& each : kCodings)
    if (const std::size_t at = text.find(each.open); at < begin) {
      begin = at;
      coding = &each;
    }
  const std::size_t end = begin == text.npos ? begin : text.find(">}", begin);
  if (end == text.npos) return expand_plain(text, random);
  std::string out = expand_plain(text.substr(0, begin), random);
  const std::size_t inside = begin + coding->open.size();
  out += coding->encode(expand_plain(text.substr(inside, end - inside), random));
  return out + expand(text.substr(end + 2), random);
}

double entropy_of(std::string_view text) {
  std::array<std::size_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

std::string generate_once(const Rule& rule, Random& random) {
  const Format& format = rule.format;
  std::string body;
  if (!format.template_.empty()) {
    body = expand(format.template_, random);
  } else {
    const Alphabet* alphabet = find_alphabet(format.alphabet);
    body = format.prefix;
    for (std::uint32_t i = 0; alphabet != nullptr && i < std::min<std::uint32_t>(format.length, kMaxHole); ++i)
      body.push_back(random.pick(alphabet->characters));
    body += format.suffix;
  }
  return fill_check({format.check, rule.check.prefix, OnFail::lower}, std::move(body));
}

// A random string that falls under the rule's threshold is no sample of what the rule is for; it is rare.
template <typename Make>
std::string random_enough(const Rule& rule, Make make) {
  std::string secret = make();
  for (int again = 0; again < 100 && entropy_of(secret) <= rule.entropy; ++again) secret = make();
  return secret;
}

}  // namespace

const std::vector<std::string>& alphabets() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Alphabet& alphabet : kAlphabets) list.emplace_back(alphabet.name);
    return list;
  }();
  return names;
}

std::optional<std::string> generate_secret(const Rule& rule, std::uint64_t seed) {
  if (rule.format.template_.empty() && rule.format.length == 0) return std::nullopt;
  Random random(seed_of(rule, seed));
  return random_enough(rule, [&] { return generate_once(rule, random); });
}

std::optional<std::string> generate_form(const Rule& rule, std::uint64_t seed) {
  const std::vector<std::string>& forms = rule.format.forms;
  if (forms.empty() || seed % 2 == 0) return generate_secret(rule, seed);
  Random random(seed_of(rule, seed));
  return random_enough(rule, [&] { return expand(forms[seed / 2 % forms.size()], random); });
}

std::vector<std::string> generate_samples(const Rule& rule, std::uint64_t seed) {
  static constexpr std::string_view kHole = "{secret}";
  std::vector<std::string> samples;
  const std::optional<std::string> secret = generate_form(rule, seed);
  if (!secret) return samples;
  for (std::string text : rule.samples) {
    for (std::size_t at = 0; (at = text.find(kHole, at)) != text.npos; at += secret->size())
      text.replace(at, kHole.size(), *secret);
    samples.push_back(std::move(text));
  }
  return samples;
}

}  // namespace staunch
