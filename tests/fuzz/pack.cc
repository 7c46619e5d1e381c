// Any bytes as the entries of a pack with an index that calls them objects: each is refused or gives exactly as many
// bytes as it claims, from the whole and from the stream alike; objects are rebuilt or refused.
#include <libdeflate.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/content.h"
#include "frontends/git/object_store.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

constexpr std::uint64_t kMaxBytes = 1 << 20;

std::string big_endian(std::uint64_t number) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(number >> shift & 0xff);
  return text;
}

// Object n has the id of twenty bytes n.
std::string id_of(std::size_t n) { return std::string(kSha1Bytes, static_cast<char>(n)); }

// A folder of objects in memory, where there is such a place; removed at the end.
struct Folder {
  Folder() {
    std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
    name += "/staunch-fuzz-XXXXXX";
    demand(mkdtemp(name.data()) != nullptr);
    path = name;
    std::filesystem::create_directory(path + "/pack");
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Each byte 0xee ends an entry; the index is true, checksums included, so that what is hostile is inflated.
void write_pack(const std::string& name, const std::string& text, std::size_t& count) {
  std::vector<std::string> entries(1);
  for (char c : text) {
    if (c == '\xee' && entries.size() < 32) entries.emplace_back();
    else entries.back() += c;
  }
  count = entries.size();
  std::string pack = "PACK" + big_endian(2) + big_endian(count), ids, crcs, offsets, fan;
  const std::string trailer(kSha1Bytes, 't');
  for (std::size_t i = 0; i < count; ++i) {
    ids += id_of(i);
    crcs += big_endian(libdeflate_crc32(0, entries[i].data(), entries[i].size()));
    offsets += big_endian(pack.size());
    pack += entries[i];
  }
  for (std::size_t first = 0; first < 256; ++first) fan += big_endian(std::min(first + 1, count));
  write(name + ".pack", pack + trailer);
  write(name + ".idx", "\377tOc" + big_endian(2) + fan + ids + crcs + offsets + trailer + trailer);
}

// What a stream gives; false where it ends in an error.
bool drain(ByteStream& stream, std::string& all) {
  char block[4096];
  for (;;) {
    const auto got = stream.read(block);
    if (!got) return false;
    if (*got == 0) return true;
    all.append(block, *got);
  }
}

void check_entry(const Pack& pack, const PackEntry& entry, std::uint32_t crc) {
  demand(entry.begin < entry.data && entry.data <= entry.end && entry.end <= pack.data_end());
  demand(entry.base_offset < entry.begin && !(entry.base_offset != 0 && entry.base_id));
  if (entry.size > kMaxBytes) return;
  Inflater inflater;
  Buffer out;
  const bool inflated = pack.inflate(entry, crc, inflater, out).ok();
  demand(!inflated || out.size() == entry.size);
  std::string streamed;
  const bool complete = drain(*pack.stream(entry), streamed);
  demand(streamed.size() <= entry.size);
  demand(!inflated || (complete && streamed == out.view()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::size_t count = 0;
  write_pack(folder.path + "/pack/it", std::string(reinterpret_cast<const char*>(data), size), count);
  const ObjectStore store = ObjectStore::open({folder.path}, kSha1Bytes);
  if (store.packs().empty()) return 0;
  const Pack& pack = *store.packs()[0];
  const PackPlaces places = pack.index().places();
  EntryReader reader(pack);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t end = places.end(i, pack.data_end());
    const auto entry = pack.entry(places.offset(i), end), same = reader.entry(places.offset(i), end);
    demand(entry.ok() == same.ok());
    if (entry) check_entry(pack, *entry, pack.index().crc(places.object(i)));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto object = store.read(ObjectId(id_of(i)), kMaxBytes);
    const auto header = store.header(ObjectId(id_of(i)));
    if (object) demand(object->bytes.size() <= kMaxBytes && object->type != ObjectType::none);
    if (object && header) demand(header->size == object->bytes.size() && header->type == object->type);
  }
  return 0;
}
