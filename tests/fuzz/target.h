// What every fuzz target is: a function that libFuzzer gives any bytes, and which aborts where what it demands of the
// code under test does not hold. A target that needs inputs which chance hardly ever makes has a mutator of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed);

namespace staunch {

inline void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace staunch
