// Loose objects: one zlib stream a file, "TYPE SIZE\0" before the content. gitrepository-layout(5).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "frontends/git/inflate_stream.h"
#include "frontends/git/object_id.h"
#include "frontends/git/pack.h"

namespace staunch {

struct LooseHeader {
  ObjectType type = ObjectType::none;
  std::uint64_t size = 0;   // of the content, as claimed
  std::uint64_t bytes = 0;  // of the header itself
};

inline constexpr std::size_t kMaxLooseHeader = 32;
Result<LooseHeader> parse_loose_header(std::string_view text);  // the first bytes, inflated

// Where the object lies in a folder of objects.
std::string loose_path(const std::string& folder, const ObjectId& id);

struct LooseObject {
  LooseHeader header;
  std::uint64_t packed = 0;               // bytes of the file
  int file = -1;                          // the stream's
  std::unique_ptr<InflateStream> stream;  // the content
};

// Errors: as the system says it, "corrupt: …".
Result<LooseObject> open_loose(const std::string& path);
// Header and content into `out`; the header's size is limited by the caller.
Status read_loose(const LooseObject& object, Inflater& inflater, Buffer& out);

// Ids of the loose objects of a folder, in no order. What cannot be listed has none.
std::vector<ObjectId> list_loose(const std::string& folder, std::size_t id_bytes);

}  // namespace staunch
