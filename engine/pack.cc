// A Database as bytes and back: head, catalogue, plans, guards and needles, Hyperscan's own serialised form.
//
//   "stncdb" version | crc32 of the body | body: digest, catalogue, plans, guards, needles | blocks: platform, bytes
//
// All platforms share the body. Only the build that wrote it reads it. Damage is found by the checksum (Hyperscan's
// part carries its own); it is an error, never a crash.
#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/packing.h"
#include "engine/parts.h"
#include "rules/archive.h"

namespace staunch {
namespace {

constexpr std::string_view kMagic = "stncdb\x05";

void pack(const Fence& fence, PackOut& out) {
  for (const std::uint16_t index : fence.behind) out.number(index, 2);
  for (const std::uint16_t index : fence.before) out.number(index, 2);
}

Fence unpacked_fence(PackIn& in) {
  Fence fence;
  for (std::uint16_t& index : fence.behind) index = static_cast<std::uint16_t>(in.number(2));
  for (std::uint16_t& index : fence.before) index = static_cast<std::uint16_t>(in.number(2));
  return fence;
}

constexpr std::size_t kWordBits = 64;

void pack(const ByteSet& set, PackOut& out) {
  static const ByteSet kWord(~std::uint64_t{0});
  for (std::size_t at = 0; at < set.size(); at += kWordBits) out.number((set >> at & kWord).to_ullong());
}

ByteSet unpacked_set(PackIn& in) {
  ByteSet set;
  for (std::size_t at = 0; at < set.size(); at += kWordBits) set |= ByteSet(in.number()) << at;
  return set;
}

bool within(const Fence& fence, const ByteSets& sets) {
  auto known = [&](std::uint16_t index) { return index < sets.all().size(); };
  return std::all_of(fence.behind.begin(), fence.behind.end(), known) &&
         std::all_of(fence.before.begin(), fence.before.end(), known);
}

std::string body_of(const Database::Parts& parts) {
  PackOut out;
  out.text(parts.digest);
  out.text(pack_catalogue(parts.catalogue));
  for (const RulePlan& plan : parts.plans) {
    out.number(static_cast<std::uint64_t>(plan.approach) | (plan.gated ? 8u : 0u));
    out.number(plan.width);
    out.number(plan.left);
    out.number(plan.run_set, 2);
    out.number(plan.run_length);
  }
  for (const std::string& guards : parts.packed_guards) out.text(guards);
  out.number(parts.fence_sets.all().size());
  for (const ByteSet& set : parts.fence_sets.all()) pack(set, out);
  out.number(parts.needles.size());
  for (const NeedleEntry& needle : parts.needles) {
    out.text(needle.literal);
    out.number(needle.caseless);
    out.number(needle.uses.size());
    for (const NeedleUse& use : needle.uses) {
      out.number(static_cast<std::uint64_t>(use.rule) << 32 | use.anchor);
      pack(use.fence, out);
    }
    out.number(needle.opens.size());
    for (std::uint32_t rule : needle.opens) out.number(rule);
  }
  return std::move(out.bytes);
}

bool read_body(std::string_view bytes, Database::Parts& parts) {
  PackIn in(bytes);
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
    plan.run_set = static_cast<std::uint16_t>(in.number(2));
    plan.run_length = in.number();
  }
  std::vector<std::size_t> anchors;
  for (std::size_t i = 0; i < rules && in.good(); ++i)
    anchors.push_back(packed_anchors(parts.packed_guards.emplace_back(in.text())));
  std::vector<ByteSet> sets(in.count());
  for (ByteSet& set : sets) set = unpacked_set(in);
  if (sets.empty()) return false;
  if (std::any_of(parts.plans.begin(), parts.plans.end(), [&](const RulePlan& p) { return p.run_set >= sets.size(); }))
    return false;
  parts.fence_sets.assign(std::move(sets));
  parts.needles.resize(in.count());
  for (NeedleEntry& needle : parts.needles) {
    needle.literal = in.text();
    needle.caseless = in.number() != 0;
    needle.uses.resize(in.count());
    for (NeedleUse& use : needle.uses) {
      const std::uint64_t both = in.number();
      use = {static_cast<std::uint32_t>(both >> 32), static_cast<std::uint32_t>(both), unpacked_fence(in)};
      if (use.rule >= anchors.size() || use.anchor >= anchors[use.rule] || !within(use.fence, parts.fence_sets))
        return false;
    }
    needle.opens.resize(in.count());
    for (std::uint32_t& rule : needle.opens)
      if ((rule = static_cast<std::uint32_t>(in.number())) >= rules) return false;
  }
  return in.good();
}

std::string serialised(const hs_database_t& database) {
  char* bytes = nullptr;
  std::size_t size = 0;
  if (hs_serialize_database(&database, &bytes, &size) != HS_SUCCESS) return {};
  std::string out(bytes, size);
  std::free(bytes);
  return out;
}

// The best of the blocks that runs on this processor; nothing where there is none.
std::optional<std::pair<Platform, std::string_view>> best_block(PackIn& in, Platform best) {
  std::optional<std::pair<Platform, std::string_view>> out;
  const std::uint64_t blocks = in.count();
  for (std::uint64_t i = 0; i < blocks && in.good(); ++i) {
    const auto platform = static_cast<Platform>(in.byte());
    const std::string_view block = in.text();
    if (platform <= best && (!out || platform >= out->first)) out = {platform, block};
  }
  return out;
}

}  // namespace

std::string Database::pack() const { return pack({&parts_->platform, 1}); }

std::string Database::pack(std::span<const Platform> platforms) const {
  const std::string body = body_of(*parts_);
  PackOut out;
  out.bytes = kMagic;
  out.number(libdeflate_crc32(0, body.data(), body.size()));
  out.text(body);
  out.number(platforms.size());
  for (const Platform platform : platforms) {
    const auto needles = compile_needles(parts_->needles, platform);
    if (!needles) return {};
    out.byte(static_cast<std::uint64_t>(platform));
    out.text(*needles ? serialised(**needles) : std::string());
  }
  return std::move(out.bytes);
}

Result<std::shared_ptr<const Database>> Database::unpack(std::string_view bytes) {
  const Error damaged{"the compiled rules are damaged", {}};
  if (!bytes.starts_with(kMagic)) return damaged;
  auto parts = std::make_unique<Parts>();
  PackIn in(bytes.substr(kMagic.size()));
  const std::uint64_t checksum = in.number();
  const std::string_view body = in.text();
  const auto block = best_block(in, this_platform());
  if (!block || !in.good() || !in.done() || libdeflate_crc32(0, body.data(), body.size()) != checksum ||
      !read_body(body, *parts))
    return damaged;
  const auto& [platform, compiled] = *block;
  parts->platform = platform;
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
