// Any bytes as a provider file, as a configuration of either trust and as an archive: no crash, no endless work, and
// what an archive yields packs to what it came from.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/archive.h"
#include "rules/reader.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

void read_as_text(std::string_view text) {
  RuleFile provider = read_provider_file(text, "fuzz");
  RuleFile user = read_configuration(text, "fuzz", Trust::user);
  const RuleFile target = read_configuration(text, "fuzz", Trust::target);
  if (!target.catalogue.providers.empty()) std::abort();
  for (const Diagnostic& diagnostic : target.diagnostics)
    for (unsigned char c : to_string(diagnostic))
      if (c < 0x20 || c == 0x7f) std::abort();

  std::vector<Diagnostic> diagnostics;
  const Catalogue all = extend_catalogue(std::move(provider.catalogue), std::move(user.catalogue),
                                         user.extend.disabled_rules, diagnostics);
  check_catalogue(all);
  const std::string packed = pack_catalogue(all);
  const std::optional<Catalogue> again = unpack_catalogue(packed);
  if (!again || pack_catalogue(*again) != packed) std::abort();
}

// The bytes behind a head that fits, so that the checksum does not keep the fuzzer out.
void read_as_archive(std::string_view bytes) {
  unpack_catalogue(bytes);
  std::string archive = pack_catalogue({}).substr(0, kArchiveHead) + std::string(bytes);
  const std::uint64_t checksum = archive_checksum(bytes);
  for (int i = 0; i < 8; ++i) archive[8 + i] = static_cast<char>(checksum >> (8 * i));
  if (const std::optional<Catalogue> catalogue = unpack_catalogue(archive))
    if (!unpack_catalogue(pack_catalogue(*catalogue))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_as_text(bytes);
  read_as_archive(bytes);
  return 0;
}
