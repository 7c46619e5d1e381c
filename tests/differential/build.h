// What the tests of the engine share: a Database out of a Catalogue, and loop counts that sanitizers can bear.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "engine/database.h"

namespace staunch::test {

inline std::shared_ptr<const Database> compiled(Catalogue catalogue) {
  std::vector<Diagnostic> diagnostics;
  auto database = Database::compile(std::move(catalogue), diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(database);
  return *database;
}

// Builds with sanitizers run the same tests some ten times slower.
constexpr int rounds(int count) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return count < 10 ? 1 : count / 10;
#else
  return count;
#endif
}

// The seed of a test's random numbers: always the same one, or others by STAUNCH_SEED=1, 2, ...
inline unsigned seed(unsigned of_test) {
  const char* const other = std::getenv("STAUNCH_SEED");
  return of_test + 1000 * (other != nullptr ? static_cast<unsigned>(std::strtoul(other, nullptr, 10)) : 0);
}

}  // namespace staunch::test
