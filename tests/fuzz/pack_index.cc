// Any bytes as the index of a pack: refused, or every object of it is found under its id, and stands once in the order
// of the offsets.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "frontends/git/object_id.h"
#include "frontends/git/pack_index.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

// Few fuzzers find 1024 bytes that rise: these counts fit the ids by construction, unless they are broken afterwards.
std::string build(const std::string& body, std::size_t id_bytes) {
  std::string index("\377tOc\0\0\0\2", 8);
  const std::size_t count = body.size() / (id_bytes + 8);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(body.substr(i * id_bytes, id_bytes));
  std::sort(ids.begin(), ids.end());
  for (unsigned first = 0; first < 256; ++first) {
    const auto upto = std::count_if(ids.begin(), ids.end(),
                                    [&](const std::string& id) { return static_cast<unsigned char>(id[0]) <= first; });
    for (int shift = 24; shift >= 0; shift -= 8) index += static_cast<char>(upto >> shift & 0xff);
  }
  for (const std::string& id : ids) index += id;
  return index + body.substr(count * id_bytes) + std::string(2 * id_bytes, 'c');
}

void check(std::string bytes, std::size_t id_bytes) {
  const auto index = PackIndex::parse(std::move(bytes), id_bytes, "it");
  if (!index) {
    demand(index.error().where == "it" && !index.error().what.empty());
    return;
  }
  for (std::uint32_t i = 0; i < index->size(); ++i) {
    const auto found = index->find(index->id(i));
    demand(found && index->id(*found) == index->id(i));
    (void)index->crc(i);
  }
  demand(index->pack_checksum().size() == id_bytes && !index->find("short"));

  const std::vector<std::uint32_t> order = index->by_offset();
  const PackPlaces places = index->places();
  std::vector<bool> seen(index->size());
  demand(order.size() == index->size());
  const std::uint64_t last = ~std::uint64_t{0} >> places.bits;
  for (std::size_t i = 0; i < order.size(); ++i) {
    demand(!seen[order[i]] && places.object(i) == order[i]);
    seen[order[i]] = true;
    demand(places.offset(i) == std::min(index->offset(order[i]), last));
    demand(i == 0 || places.offset(i - 1) <= places.offset(i));
    const auto place = places.find(places.offset(i));
    demand(place && *place <= i && places.offset(*place) == places.offset(i));
    demand(places.end(i, last) >= places.offset(i));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t id_bytes = data[0] & 1 ? kSha256Bytes : kSha1Bytes;
  check(data[0] & 2 ? text : build(text, id_bytes), id_bytes);
  return 0;
}
