// Build step: reads every provider file of a folder, compiles the catalogue and packs it for each platform
// (builtin.cc reads it).  compile_catalogue OUT PROVIDERS_DIR CANARIES_FILE
//
// Any diagnostic, a warning too, fails the build: the catalogue is ours.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "engine/database.h"
#include "rules/reader.h"

namespace {

using namespace staunch;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> provider_files(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Catalogue read_catalogue(const char* folder, const char* canaries, std::vector<Diagnostic>& diagnostics) {
  Catalogue all;
  for (const auto& path : provider_files(folder)) {
    RuleFile file = read_provider_file(read_file(path), path.filename().string());
    std::move(file.diagnostics.begin(), file.diagnostics.end(), std::back_inserter(diagnostics));
    std::move(file.catalogue.providers.begin(), file.catalogue.providers.end(), std::back_inserter(all.providers));
    std::move(file.catalogue.rules.begin(), file.catalogue.rules.end(), std::back_inserter(all.rules));
    std::move(file.catalogue.allowlists.begin(), file.catalogue.allowlists.end(), std::back_inserter(all.allowlists));
  }
  RuleFile known = read_canary_file(read_file(canaries), canaries);
  std::move(known.diagnostics.begin(), known.diagnostics.end(), std::back_inserter(diagnostics));
  all.canaries = std::move(known.catalogue.canaries);
  std::sort(all.rules.begin(), all.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  for (Diagnostic& diagnostic : check_catalogue(all)) diagnostics.push_back(std::move(diagnostic));
  return all;
}

constexpr Platform kPlatforms[] = {
    Platform::baseline,
#if defined(__x86_64__)
    Platform::avx2,
    Platform::avx512,
    Platform::avx512vbmi,
#endif
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::vector<Diagnostic> diagnostics;
  Catalogue catalogue = read_catalogue(argv[2], argv[3], diagnostics);
  std::ofstream out(argv[1], std::ios::binary);
  std::string packed;
  if (diagnostics.empty()) {
    const auto database = Database::compile(std::move(catalogue), diagnostics);
    if (database) packed = (*database)->pack(kPlatforms);
    else fmt::print(stderr, "{}\n", to_string(database.error()));
  }
  for (const Diagnostic& diagnostic : diagnostics) fmt::print(stderr, "{}\n", to_string(diagnostic));
  return !packed.empty() && diagnostics.empty() && (out << packed).flush() ? 0 : 1;
}
