// The catalogue of the program `staunch`, read by the programs beside it: libexec/staunch/staunch-serve finds it in
// bin/staunch of the same installation, or in the build folder that both lie in. The file is mapped,
// and only pages that are used are read. It is as trusted as the program that asks: whoever can write one can write the
// other.
//
// Format: System V ABI, chapter 4 (ELF header, section header table, string table).
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "engine/builtin/bytes.h"

namespace staunch {
namespace {

std::string_view mapped(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat about {};
  void* bytes = MAP_FAILED;
  if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
    bytes = mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (bytes == MAP_FAILED) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(about.st_size)};
}

// A part of the file; empty where it does not lie in it.
std::string_view part(std::string_view file, std::uint64_t offset, std::uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset ? file.substr(offset, size) : std::string_view();
}

template <typename T>
bool read_at(std::string_view file, std::uint64_t offset, T& to) {
  const std::string_view bytes = part(file, offset, sizeof to);
  if (bytes.size() != sizeof to) return false;
  std::memcpy(&to, bytes.data(), sizeof to);
  return true;
}

std::string_view section(std::string_view file, std::string_view name) {
  Elf64_Ehdr head;
  if (!read_at(file, 0, head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
      head.e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  const auto header = [&](std::size_t index, Elf64_Shdr& to) {
    return read_at(file, head.e_shoff + index * sizeof to, to);
  };
  Elf64_Shdr names, each;
  if (head.e_shentsize != sizeof names || !header(head.e_shstrndx, names)) return {};
  const std::string_view strings = part(file, names.sh_offset, names.sh_size);
  for (std::size_t i = 0; i < head.e_shnum && header(i, each); ++i) {
    const std::string_view its_name = part(strings, each.sh_name, name.size() + 1);
    if (its_name == std::string(name) + '\0') return part(file, each.sh_offset, each.sh_size);
  }
  return {};
}

std::string_view borrowed() {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const auto above = here.parent_path().parent_path();  // of libexec/staunch
  for (const auto& place : {above / "bin/staunch", above / "staunch"})
    if (const std::string_view bytes = section(mapped(place), kBuiltinSection); !bytes.empty()) return bytes;
  return {};
}

}  // namespace

std::string_view builtin_bytes() {
  static const std::string_view bytes = borrowed();
  return bytes;
}

}  // namespace staunch
