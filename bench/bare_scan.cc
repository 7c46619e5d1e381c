#include "bench/bare_scan.h"

#include <algorithm>
#include <fstream>
#include <vector>

namespace staunch::bench {
namespace {

constexpr std::size_t kMaxCallBytes = 1u << 30;

// Every byte as \xHH: nothing in a literal means anything to a regex.
std::string escaped(std::string_view literal) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (char c : literal) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace

Result<BareScan> BareScan::load(const std::string& list) {
  std::ifstream file(list);
  if (!file) return Error{"cannot open", list};
  std::vector<std::string> patterns;
  std::vector<unsigned> flags, ids;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const bool caseless = line.starts_with("i:");
    patterns.push_back(escaped(caseless ? line.substr(2) : line));
    flags.push_back(caseless ? HS_FLAG_CASELESS : 0);
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  std::vector<const char*> expressions;
  for (const std::string& pattern : patterns) expressions.push_back(pattern.c_str());

  BareScan bare;
  bare.size_ = patterns.size();
  hs_database_t* database = nullptr;
  hs_compile_error_t* failure = nullptr;
  if (hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()), HS_MODE_BLOCK,
                       nullptr, &database, &failure) != HS_SUCCESS) {
    Error error{failure->message, list};
    hs_free_compile_error(failure);
    return error;
  }
  bare.database_.reset(database);
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return Error{"no scratch for Hyperscan", list};
  bare.scratch_.reset(scratch);
  return bare;
}

void BareScan::scan(std::string_view text) const {
  const auto nothing = [](unsigned, unsigned long long, unsigned long long, unsigned, void*) { return 0; };
  for (std::size_t at = 0; at < text.size(); at += kMaxCallBytes)
    hs_scan(database_.get(), text.data() + at, static_cast<unsigned>(std::min(kMaxCallBytes, text.size() - at)), 0,
            scratch_.get(), nothing, nullptr);
}

}  // namespace staunch::bench
