// A Database as bytes and back: head, catalogue, plans and needles, Hyperscan's own serialised form.
//
//   "stncdb" version platform | crc32 of the rest up to Hyperscan's bytes | sizes | digest | catalogue | plans | needles
//
// Only the build that wrote it reads it. Damage is found by the checksum (Hyperscan's part carries its own); it is an
// error, never a crash.
#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <cstring>

#include "engine/parts.h"
#include "rules/archive.h"

namespace staunch {
namespace {

constexpr std::string_view kMagic = "stncdb\x02";

class Out {
 public:
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes += value;
  }
  std::string bytes;
};

class In {
 public:
  explicit In(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    if (bytes_.size() < 8) return fail();
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)]);
    bytes_.remove_prefix(8);
    return value;
  }
  // A number that counts things of which each takes at least a byte of what is left.
  std::uint64_t count() {
    const std::uint64_t value = number();
    return value <= bytes_.size() ? value : fail();
  }
  std::string_view text() {
    const std::string_view value = bytes_.substr(0, count());
    bytes_.remove_prefix(value.size());
    return value;
  }
  bool good() const { return good_; }
  bool done() const { return bytes_.empty(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    bytes_ = {};
    return 0;
  }
  std::string_view bytes_;
  bool good_ = true;
};

std::uint64_t packed(const Fence& fence) {
  std::uint64_t out = 0;
  for (std::uint8_t index : fence.right) out = out << 8 | index;
  for (std::uint8_t index : fence.left) out = out << 8 | index;
  return out;
}

Fence unpacked(std::uint64_t bytes) {
  Fence fence;
  for (std::size_t i = 0; i < 2; ++i, bytes >>= 8) fence.left[1 - i] = static_cast<std::uint8_t>(bytes);
  for (std::size_t i = 0; i < 4; ++i, bytes >>= 8) fence.right[3 - i] = static_cast<std::uint8_t>(bytes);
  return fence;
}

bool within(const Fence& fence, const ByteSets& sets) {
  auto known = [&](std::uint8_t index) { return index < sets.all().size(); };
  return std::all_of(fence.right.begin(), fence.right.end(), known) &&
         std::all_of(fence.left.begin(), fence.left.end(), known);
}

std::string body_of(const Database::Parts& parts) {
  Out out;
  out.text(parts.digest);
  out.text(pack_catalogue(parts.catalogue));
  for (const RulePlan& plan : parts.plans) {
    out.number(static_cast<std::uint64_t>(plan.approach) | (plan.gated ? 8u : 0u));
    out.number(plan.width);
    out.number(plan.left);
  }
  out.number(parts.fence_sets.all().size());
  for (const ByteSet& set : parts.fence_sets.all()) out.text(set.to_string());
  out.number(parts.needles.size());
  for (const NeedleEntry& needle : parts.needles) {
    out.text(needle.literal);
    out.number(needle.caseless);
    out.number(needle.uses.size());
    for (const NeedleUse& use : needle.uses) {
      out.number(static_cast<std::uint64_t>(use.rule) << 32 | use.anchor);
      out.number(packed(use.fence));
    }
    out.number(needle.opens.size());
    for (std::uint32_t rule : needle.opens) out.number(rule);
  }
  return std::move(out.bytes);
}

bool read_body(std::string_view bytes, Database::Parts& parts) {
  In in(bytes);
  parts.digest = in.text();
  auto catalogue = unpack_catalogue(in.text());
  if (!catalogue) return false;
  parts.catalogue = std::move(*catalogue);
  const std::size_t rules = parts.catalogue.rules.size();
  for (std::size_t i = 0; i < rules && in.good(); ++i) {
    const std::uint64_t flags = in.number();
    RulePlan& plan = parts.plans.emplace_back();
    plan.approach = static_cast<Approach>(flags & 3);
    plan.gated = (flags & 8) != 0;
    plan.width = in.number();
    plan.left = in.number();
  }
  std::vector<ByteSet> sets(in.count());
  for (ByteSet& set : sets) {
    const std::string_view bits = in.text();
    if (bits.size() != set.size() || bits.find_first_not_of("01") != bits.npos) return false;
    set = ByteSet(bits.data(), bits.size());
  }
  if (sets.empty()) return false;
  parts.fence_sets.assign(std::move(sets));
  parts.needles.resize(in.count());
  for (NeedleEntry& needle : parts.needles) {
    needle.literal = in.text();
    needle.caseless = in.number() != 0;
    needle.uses.resize(in.count());
    for (NeedleUse& use : needle.uses) {
      const std::uint64_t both = in.number();
      use = {static_cast<std::uint32_t>(both >> 32), static_cast<std::uint32_t>(both), unpacked(in.number())};
      if (use.rule >= rules || !within(use.fence, parts.fence_sets)) return false;
    }
    needle.opens.resize(in.count());
    for (std::uint32_t& rule : needle.opens)
      if ((rule = static_cast<std::uint32_t>(in.number())) >= rules) return false;
  }
  return in.good();
}

}  // namespace

std::string Database::pack() const {
  const std::string body = body_of(*parts_);
  char* bytes = nullptr;
  std::size_t size = 0;
  if (parts_->hyperscan && hs_serialize_database(parts_->hyperscan.get(), &bytes, &size) != HS_SUCCESS) return {};
  Out out;
  out.bytes = kMagic;
  out.bytes += static_cast<char>(parts_->platform);
  out.number(libdeflate_crc32(0, body.data(), body.size()));
  out.text(body);
  out.text({bytes, size});
  std::free(bytes);
  return std::move(out.bytes);
}

Result<std::shared_ptr<const Database>> Database::unpack(std::string_view bytes) {
  const Error damaged{"the compiled rules are damaged", {}};
  if (bytes.size() <= kMagic.size() || !bytes.starts_with(kMagic)) return damaged;
  auto parts = std::make_unique<Parts>();
  parts->platform = static_cast<Platform>(bytes[kMagic.size()]);
  In in(bytes.substr(kMagic.size() + 1));
  const std::uint64_t checksum = in.number();
  const std::string_view body = in.text();
  const std::string_view compiled = in.text();
  if (!in.good() || !in.done() || libdeflate_crc32(0, body.data(), body.size()) != checksum || !read_body(body, *parts))
    return damaged;
  if (compiled.empty() != parts->needles.empty()) return damaged;
  if (!compiled.empty()) {
    hs_database_t* database = nullptr;
    if (hs_deserialize_database(compiled.data(), compiled.size(), &database) != HS_SUCCESS) return damaged;
    parts->hyperscan.reset(database);
  }
  parts->derive();
  return std::shared_ptr<const Database>(new Database(std::move(parts)));
}

}  // namespace staunch
