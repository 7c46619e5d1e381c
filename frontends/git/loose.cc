#include "frontends/git/loose.h"

#include <charconv>
#include <filesystem>

namespace staunch {

Result<LooseHeader> parse_loose_header(std::string_view text) {
  const Error damaged{"corrupt: its header is damaged", {}};
  text = text.substr(0, kMaxLooseHeader);
  const std::size_t space = text.find(' '), nul = text.find('\0');
  if (nul == text.npos || space > nul) return damaged;
  LooseHeader header;
  header.type = type_from_name(text.substr(0, space));
  if (header.type == ObjectType::none) return damaged;
  const char* end = text.data() + nul;
  const auto parsed = std::from_chars(text.data() + space + 1, end, header.size);
  if (parsed.ec != std::errc() || parsed.ptr != end) return damaged;
  header.bytes = nul + 1;
  // Its sum with the header is what has to come out.
  if (header.size > ~std::uint64_t{0} - kMaxLooseHeader) return damaged;
  return header;
}

std::string loose_path(const std::string& folder, const ObjectId& id) {
  const std::string hex = id.hex();
  return folder + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

Result<LooseObject> open_loose(const std::string& path) {
  Result<OpenFile> opened = open_regular(path);
  if (!opened) return opened.error();
  LooseObject object;
  object.packed = opened->bytes;
  object.file = opened->file.get();
  object.stream = std::make_unique<InflateStream>(ZlibPlace{object.file, 0, object.packed}, InflateStream::kUnknown);
  object.stream->own(std::move(opened->file));

  // Byte by byte, so that the stream stands at the content then.
  char text[kMaxLooseHeader];
  std::size_t size = 0;
  do {
    const Result<std::size_t> got = object.stream->read({text + size, 1});
    if (!got) return got.error();
    if (*got == 0) break;
  } while (text[size++] != '\0' && size < sizeof text);
  Result<LooseHeader> header = parse_loose_header({text, size});
  if (!header) return header.error();
  object.header = *header;
  object.stream->hide(header->bytes, header->bytes + header->size);
  return object;
}

Status read_loose(const LooseObject& object, Inflater& inflater, Buffer& out) {
  const std::uint64_t all = object.header.bytes + object.header.size;
  if (const Status fits = check_packed_size(object.packed, all); !fits) return fits;
  Buffer packed;
  char* into = packed.reset(object.packed);
  if (const Status got = read_exactly(object.file, 0, {into, packed.size()}); !got) return got;
  return inflater.inflate(packed.view(), out.reset(all), all);
}

std::vector<ObjectId> list_loose(const std::string& folder, std::size_t id_bytes) {
  std::vector<ObjectId> ids;
  for (unsigned first = 0; first < 256; ++first) {
    const char raw = static_cast<char>(first);
    const std::string start = ObjectId(std::string(1, raw) + std::string(id_bytes - 1, '\0')).hex().substr(0, 2);
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder + "/" + start, error), end; !error && at != end;
         at.increment(error))
      if (const auto id = ObjectId::from_hex(start + at->path().filename().string());
          id && id->raw().size() == id_bytes)
        ids.push_back(*id);
  }
  return ids;
}

}  // namespace staunch
