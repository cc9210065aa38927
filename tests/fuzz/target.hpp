#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

// What every fuzz target defines. A target is linked either with libFuzzer, or with replay.cpp,
// which any compiler can build.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sherpa::fuzz {

/// Inputs to begin with: well-formed ones.
std::vector<std::string> seeds();

inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace sherpa::fuzz
