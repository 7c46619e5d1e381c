#include "engine/expand/packed.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "engine/codings.h"
#include "engine/expand/decode_base64.h"
#include "engine/expand/gzip.h"

namespace staunch {
namespace {

constexpr std::string_view kMagic = "H4sI";  // 1f 8b 08 in base64: gzip, deflated
constexpr std::size_t kShortest = 80;        // characters of the shortest member that holds a credential
constexpr std::size_t kUnit = 48;            // bytes of the copy that are one piece

class Bytes : public ByteStream {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t size = std::min(into.size(), bytes_.size() - at_);
    std::memcpy(into.data(), bytes_.data() + at_, size);
    at_ += size;
    return size;
  }
  std::size_t at() const { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

PackedRun next_packed(std::string_view text, std::size_t from) {
  while ((from = text.find(kMagic, from)) != text.npos) {
    std::size_t end = from;
    while (end < text.size() && base64_value(text[end]) != kNoValue) ++end;
    const bool begins = from == 0 || base64_value(text[from - 1]) == kNoValue;
    if (begins && end - from >= kShortest) return {from, end};
    from = end;
  }
  return {};
}

Expansion unpack(std::string_view text, PackedRun run, std::uint64_t base) {
  Expansion copy;
  const std::string_view characters = text.substr(run.begin, run.end - run.begin);
  const std::optional<std::string> packed = decode_base64(characters.substr(0, characters.size() / 4 * 4));
  if (!packed) return copy;
  const std::size_t most = std::min(kUnpackedBytes, kUnpackedRatio * characters.size());
  Bytes bytes(*packed);
  GzipStream gzip(bytes, nullptr);
  const std::uint64_t begin = base + run.begin, end = base + run.end;
  for (std::uint64_t from = begin; copy.text.size() < most;) {
    char unit[kUnit];
    const Result<std::size_t> got = gzip.read(unit);
    if (!got || *got == 0) break;
    const std::uint64_t to = std::min(end, begin + (bytes.at() - gzip.waiting() + 2) / 3 * 4);
    copy.add(Codec::gzip, std::min(from, end - 4), std::max(to, std::min(from, end - 4) + 4), {unit, *got}, kWhole);
    from = to;
  }
  return copy;
}

}  // namespace staunch
