// One `fields` function a struct is visited by the Writer and by the Reader, so that the two cannot disagree; each
// names its struct's members through a structured binding, so that a member which is added and not visited does not
// compile. Integers are LEB128, strings and lists begin with their length.
#include "rules/archive.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <type_traits>
#include <utility>

#include "rules/little_endian.h"

namespace staunch {
namespace {

constexpr std::string_view kMagic = "stncatl";  // and the version byte

// A struct or a const one.
template <typename Object, typename T>
concept Is = std::same_as<std::remove_const_t<Object>, T>;

void fields(auto& archive, Is<Place> auto& object) {
  auto& [file, line, column] = object;
  archive(file, line, column);
}

void fields(auto& archive, Is<Allowlist> auto& object) {
  auto& [description, all, target, commits, paths, regexes, stopwords, target_rules, place] = object;
  archive(description, all, target, commits, paths, regexes, stopwords, target_rules, place);
}

void fields(auto& archive, Is<Check> auto& object) {
  auto& [kind, prefix, on_fail] = object;
  archive(kind, prefix, on_fail);
}

void fields(auto& archive, Is<Format> auto& object) {
  auto& [prefix, alphabet, length, suffix, check, template_, forms] = object;
  archive(prefix, alphabet, length, suffix, check, template_, forms);
}

void fields(auto& archive, Is<Required> auto& object) {
  auto& [id, within_lines, within_columns, place] = object;
  archive(id, within_lines, within_columns, place);
}

void fields(auto& archive, Is<Rule> auto& object) {
  auto& [id, provider, description, regex, path, keywords, secret_group, every_group, entropy, tags, allowlists,
         required, half_of, skip_report, severity, confidence, severity_stated, confidence_stated, check, format, proof,
         source, no_secret, generic, guessable, scored, named, self_made, aliases, samples, decoys, place] = object;
  archive(id, provider, description, regex, path, keywords, secret_group, every_group, entropy, tags, allowlists,
          required, half_of, skip_report, severity, confidence, severity_stated, confidence_stated, check, format,
          proof, source, no_secret, generic, guessable, scored, named, self_made, aliases, samples, decoys, place);
}

void fields(auto& archive, Is<Request> auto& object) {
  auto& [method, url, headers, json, form, basic, sign] = object;
  archive(method, url, headers, json, form, basic, sign);
}

void fields(auto& archive, Is<Answer> auto& object) {
  auto& [status, body_contains, at, is] = object;
  archive(status, body_contains, at, is);
}

void fields(auto& archive, Is<Verify> auto& object) {
  auto& [rules, request, live, dead, restricted, parts, tells, hosts, body, elsewhere, named, no_control, tested,
         source, place] = object;
  archive(rules, request, live, dead, restricted, parts, tells, hosts, body, elsewhere, named, no_control, tested,
          source, place);
}

void fields(auto& archive, Is<Locate> auto& object) {
  auto& [request, list, hint, take] = object;
  archive(request, list, hint, take);
}

void fields(auto& archive, Is<Lack> auto& object) {
  auto& [why, source] = object;
  archive(why, source);
}

void fields(auto& archive, Is<Settle> auto& object) {
  auto& [seconds, source] = object;
  archive(seconds, source);
}

void fields(auto& archive, Is<Rotate> auto& object) {
  auto& [slots, last_used_lag, sessions, kills_old, no_disable, source] = object;
  archive(slots, last_used_lag, sessions, kills_old, no_disable, source);
}

void fields(auto& archive, Is<Revoke> auto& object) {
  auto& [rules, kind, request, done, asynchronous, irreversible, batch, rate, collateral, instruction, credential,
         parts, hosts, locate, disable, enable, gone, no_disable, settle, live, tested, place] = object;
  archive(rules, kind, request, done, asynchronous, irreversible, batch, rate, collateral, instruction, credential,
          parts, hosts, locate, disable, enable, gone, no_disable, settle, live, tested, place);
}

void fields(auto& archive, Is<Provider> auto& object) {
  auto& [id, name, console, verify, revoke, rotate, place] = object;
  archive(id, name, console, verify, revoke, rotate, place);
}

void fields(auto& archive, Is<CanaryService> auto& object) {
  auto& [name, accounts, hosts, sources] = object;
  archive(name, accounts, hosts, sources);
}

void fields(auto& archive, Is<Catalogue> auto& object) {
  auto& [providers, rules, allowlists, canaries] = object;
  archive(providers, rules, allowlists, canaries);
}

// The largest value of each enumeration; a byte above it is damage.
constexpr Severity last(Severity) { return Severity::critical; }
constexpr Confidence last(Confidence) { return Confidence::high; }
constexpr AllowTarget last(AllowTarget) { return AllowTarget::line; }
constexpr OnFail last(OnFail) { return OnFail::drop; }
constexpr Proof last(Proof) { return Proof::inferred; }
constexpr BodyKind last(BodyKind) { return BodyKind::text; }
constexpr Tried last(Tried) { return Tried::real; }

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <typename... Fields>
  void operator()(const Fields&... all) {
    (put(all), ...);
  }

 private:
  void put_number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) out_ += static_cast<char>(number | 0x80);
    out_ += static_cast<char>(number);
  }

  template <std::integral T>
  void put(T number) {
    put_number(static_cast<std::uint64_t>(number));  // a negative one takes ten bytes; only "does not matter" is -1
  }

  void put(double number) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(number);
    for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(bits >> shift);
  }

  template <typename E>
  requires std::is_enum_v<E>
  void put(E value) { out_ += static_cast<char>(value); }

  void put(const std::string& text) {
    put_number(text.size());
    out_ += text;
  }

  template <typename T>
  void put(const std::vector<T>& items) {
    put_number(items.size());
    for (const T& item : items) put(item);
  }

  template <typename A, typename B>
  void put(const std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }

  template <typename T>
  requires std::is_aggregate_v<T>
  void put(const T& object) { fields(*this, object); }

  std::string& out_;
};

// After the first damage nothing is left to read, so everything else fails at once.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename... Fields>
  void operator()(Fields&... all) {
    (get(all), ...);
  }

  bool whole() const { return !damaged_ && rest_.empty(); }

 private:
  void fail() {
    damaged_ = true;
    rest_ = {};
  }

  std::uint8_t get_byte() {
    if (rest_.empty()) return fail(), 0;
    const std::uint8_t byte = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return byte;
  }

  std::uint64_t get_number() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = get_byte();
      if (shift == 63 && byte > 1) break;
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    return fail(), 0;
  }

  // A length that the rest of the bytes can hold: each thing that is counted takes a byte at least.
  std::size_t get_length() {
    const std::uint64_t length = get_number();
    if (length > rest_.size()) return fail(), 0;
    return static_cast<std::size_t>(length);
  }

  template <std::integral T>
  void get(T& number) {
    const std::uint64_t wide = get_number();
    number = static_cast<T>(wide);
    if (static_cast<std::uint64_t>(number) != wide) fail();
  }

  void get(double& number) {
    if (rest_.size() < 8) return fail();
    number = std::bit_cast<double>(little_endian(rest_.substr(0, 8)));
    rest_.remove_prefix(8);
  }

  template <typename E>
  requires std::is_enum_v<E>
  void get(E& value) {
    const std::uint8_t byte = get_byte();
    if (byte > static_cast<std::uint8_t>(last(E{}))) return fail();
    value = static_cast<E>(byte);
  }

  void get(std::string& text) {
    const std::size_t length = get_length();
    text.assign(rest_.substr(0, length));
    rest_.remove_prefix(length);
  }

  // Grows as things are read, not as the length promises: a rule in memory is a hundred times its shortest packing.
  template <typename T>
  void get(std::vector<T>& items) {
    const std::size_t length = get_length();
    items.reserve(std::min<std::size_t>(length, 1024));
    for (std::size_t i = 0; i < length && !damaged_; ++i) get(items.emplace_back());
  }

  template <typename A, typename B>
  void get(std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }

  template <typename T>
  requires std::is_aggregate_v<T>
  void get(T& object) { fields(*this, object); }

  std::string_view rest_;
  bool damaged_ = false;
};

std::string head(std::string_view packed) {
  std::string out(kMagic);
  out += static_cast<char>(kArchiveVersion);
  const std::uint64_t checksum = archive_checksum(packed);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(checksum >> shift);
  return out;
}

}  // namespace

// Every step is a bijection of the state and of the word, so that damage within one word is always seen.
std::uint64_t archive_checksum(std::string_view packed) {
  std::uint64_t state = packed.size();
  for (std::size_t i = 0; i < packed.size(); i += 8) {
    state = (state ^ little_endian(packed.substr(i, 8))) * 0x9e3779b97f4a7c15u;
    state ^= state >> 32;
  }
  return state;
}

std::string pack_catalogue(const Catalogue& catalogue) {
  std::string packed;
  Writer writer(packed);
  writer(catalogue);
  return head(packed) + packed;
}

std::optional<Catalogue> unpack_catalogue(std::string_view bytes) {
  if (bytes.size() < kArchiveHead || bytes.size() > kMaxArchiveBytes) return std::nullopt;
  const std::string_view packed = bytes.substr(kArchiveHead);
  if (bytes.substr(0, kArchiveHead) != head(packed)) return std::nullopt;
  Catalogue catalogue;
  Reader reader(packed);
  reader(catalogue);
  if (!reader.whole()) return std::nullopt;
  return catalogue;
}

}  // namespace staunch
