#include "frontends/body/unpack.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace staunch {
namespace {

constexpr std::size_t kBlock = 64u << 10;

// Puts what a decoder made into `out`; false beyond the limit.
bool put(const char* bytes, std::size_t size, std::size_t limit, std::string& out) {
  if (size > limit - out.size()) return false;
  out.append(bytes, size);
  return true;
}

// `window_bits` as zlib takes it: 31 for gzip, 15 for zlib, -15 for neither.
Unpacked inflate_all(int window_bits, std::string_view packed, std::size_t limit, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return Unpacked::damaged;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> held(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::array<char, kBlock> block;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = kBlock;
    const int answer = inflate(&stream, Z_NO_FLUSH);
    if (!put(block.data(), kBlock - stream.avail_out, limit, out)) return Unpacked::too_large;
    if (answer == Z_STREAM_END) {
      if (stream.avail_in == 0) return Unpacked::done;
      // gzip's members may follow one another (RFC 1952, 2.2).
      if (window_bits != 31 || inflateReset(&stream) != Z_OK) return Unpacked::damaged;
    } else if (answer != Z_OK) {
      return Unpacked::damaged;  // Z_BUF_ERROR: more was promised
    }
  }
}

// "deflate" is zlib's format (RFC 9110); some send it without its header.
Unpacked inflate_either(std::string_view packed, std::size_t limit, std::string& out) {
  const Unpacked answer = inflate_all(15, packed, limit, out);
  if (answer != Unpacked::damaged || !out.empty()) return answer;
  return inflate_all(-15, packed, limit, out);
}

Unpacked brotli_all(std::string_view packed, std::size_t limit, std::string& out) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) return Unpacked::damaged;
  auto* in = reinterpret_cast<const std::uint8_t*>(packed.data());
  std::size_t left = packed.size();
  for (;;) {
    std::size_t none = 0;
    const BrotliDecoderResult answer = BrotliDecoderDecompressStream(state.get(), &left, &in, &none, nullptr, nullptr);
    for (std::size_t size = 0; BrotliDecoderHasMoreOutput(state.get()); size = 0) {
      const std::uint8_t* made = BrotliDecoderTakeOutput(state.get(), &size);
      if (!put(reinterpret_cast<const char*>(made), size, limit, out)) return Unpacked::too_large;
    }
    if (answer == BROTLI_DECODER_RESULT_SUCCESS) return left == 0 ? Unpacked::done : Unpacked::damaged;
    if (answer != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return Unpacked::damaged;
  }
}

Unpacked zstd_all(std::string_view packed, std::size_t limit, std::string& out) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  if (!stream) return Unpacked::damaged;
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, 23);  // RFC 8878, 3.1.1.1.2: 8 MB is what all must support
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::vector<char> block(kBlock);
  for (;;) {
    ZSTD_outBuffer made{block.data(), block.size(), 0};
    const std::size_t before = in.pos, answer = ZSTD_decompressStream(stream.get(), &made, &in);
    if (ZSTD_isError(answer) != 0) return Unpacked::damaged;
    if (!put(block.data(), made.pos, limit, out)) return Unpacked::too_large;
    if (answer == 0 && in.pos == in.size) return Unpacked::done;
    if (answer != 0 && in.pos == before && made.pos == 0) return Unpacked::damaged;  // more was promised
  }
}

std::vector<std::string> names_of(std::string_view codings) {
  std::vector<std::string> names;
  std::string name;
  const auto finish = [&] {
    if (!name.empty() && name != "identity") names.push_back(name);
    name.clear();
  };
  for (const char c : codings) {
    if (c == ',') finish();
    else if (c != ' ' && c != '\t') name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  finish();
  return names;
}

Unpacked unpack_one(const std::string& name, std::string_view packed, std::size_t limit, std::string& out) {
  if (name == "gzip" || name == "x-gzip") return inflate_all(31, packed, limit, out);
  if (name == "deflate") return inflate_either(packed, limit, out);
  if (name == "br") return brotli_all(packed, limit, out);
  if (name == "zstd") return zstd_all(packed, limit, out);
  return Unpacked::unknown;
}

}  // namespace

bool is_packed(std::string_view codings) { return !names_of(codings).empty(); }

Unpacked unpack(std::string_view codings, std::string_view packed, std::size_t limit, std::string& out) {
  out.clear();
  const std::vector<std::string> names = names_of(codings);
  if (names.size() > kMaxCodings) return Unpacked::unknown;
  std::string layer(packed);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    out.clear();
    const Unpacked answer = unpack_one(*name, layer, limit, out);
    if (answer != Unpacked::done) return answer;
    layer = out;
  }
  out = std::move(layer);
  return Unpacked::done;
}

}  // namespace staunch
