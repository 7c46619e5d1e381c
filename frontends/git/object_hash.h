// What git would call an object: the hash of "TYPE SIZE\0" and its bytes.
//
// Readers of packs take an index's word for which object stands where. Before one repository is told what stood in
// another, or one run what stood in the last, that word is checked.
#pragma once

#include <cstddef>
#include <string_view>

#include "frontends/git/object_id.h"

namespace staunch {

// SHA-1 or SHA-256 by the number of bytes that an id has.
ObjectId hash_object(ObjectType type, std::string_view bytes, std::size_t id_bytes);

// The parts of it; the quick SHA-1 runs on processors that have instructions for it.
ObjectId sha1_of(std::string_view head, std::string_view rest, bool quick);
bool has_quick_sha1();

}  // namespace staunch
