// A git delta: how one object is made of another by copies and insertions.
//
// The format is gitformat-pack(5), "Deltified representation". A delta comes from a pack and is hostile: every copy is
// held against the size of the base, and the sizes that it claims against what was asked for.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/copy.h"
#include "engine/result.h"
#include "frontends/git/buffer.h"

namespace staunch {

// Bytes of the base and of the result, as the delta claims them.
struct DeltaSizes {
  std::uint64_t base = 0, result = 0;
};
Result<DeltaSizes> delta_sizes(std::string_view delta);

// Makes the object into `result`. `copies` (may be null) becomes what was copied, ordered by place, neighbours that are
// contiguous in both joined; what stands in no copy was inserted. Errors: the base is of another size than the delta
// says, a copy reaches past it, an insertion past the delta, the result is of another size than claimed. Takes as
// much memory as the delta claims, up to sixteen megabytes for each four of its bytes: limit delta_sizes() first.
// `result` holds neither the base nor the delta.
Status apply_delta(std::string_view base, std::string_view delta, Buffer& result, std::vector<Copy>* copies);

}  // namespace staunch
