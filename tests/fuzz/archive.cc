// Any bytes as an archive, and what comes out of it as an archive again, with a small budget: no crash, nothing beyond
// the budget.
//
// Half of the inputs are given as a stream that can be sought in: libarchive reads those by other ways.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" const char* __asan_default_options();

namespace {

using namespace staunch;

void demand(bool holds) {
  if (!holds) std::abort();
}

class Bytes : public ByteStream {
 public:
  Bytes(std::string_view text, bool seekable) : text_(text), seekable_(seekable) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t size = text_.copy(into.data(), std::min<std::size_t>(into.size(), 4096), at_);
    at_ += size;
    return size;
  }
  bool seek(std::uint64_t offset) override {
    if (!seekable_ || offset > text_.size()) return false;
    at_ = offset;
    return true;
  }
  std::uint64_t size() const override { return seekable_ ? text_.size() : 0; }

 private:
  std::string_view text_;
  bool seekable_;
  std::size_t at_ = 0;
};

void open(ByteStream& bytes, ArchiveBudget& budget, std::uint64_t& taken, int depth) {
  read_archive(bytes, "it", budget, [&](const std::string&, ByteStream& member) {
    std::string all;
    std::vector<char> block(8192);
    for (auto got = member.read(block); got && *got > 0; got = member.read(block)) {
      demand(*got <= block.size());
      all.append(block.data(), *got);
      taken += *got;
    }
    if (depth > 0 && container_of(std::string_view(all).substr(0, kHeadBytes)) == Container::archive) {
      Bytes inner(all, false);
      open(inner, budget, taken, depth - 1);
    }
    return true;
  });
}

}  // namespace

// libarchive may ask for more memory than there is, and must bear a refusal.
extern "C" const char* __asan_default_options() {
  // Larger ones are refused: the sanitizer notes every byte of them, even where nobody touches it.
  return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (container_of(text.substr(0, kHeadBytes)) != Container::archive) return 0;
  ArchiveBudget budget;
  budget.bytes = 1u << 20;
  budget.members = 200;
  Bytes bytes(text, data[0] % 2 == 0);
  errno = ENOMEM;  // as any call before may have left it
  std::uint64_t taken = 0;
  open(bytes, budget, taken, 2);
  demand(taken <= budget.bytes && budget.used_bytes <= budget.bytes && budget.used_members <= budget.members);
  demand(budget.depth == 0 && budget.read_bytes <= text.size());
  return 0;
}
