#pragma once

#include <unistd.h>
#include <string>

namespace sherpa::testing_support {

/// A loopback address that is this process's alone: tests run beside each other, and a port that
/// one leaves is another's at once.
inline std::string own_address() {
  auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string((pid >> 16 & 0xff) + 1) + "." + std::to_string(pid >> 8 & 0xff) +
         "." + std::to_string(pid & 0xff);
}

}  // namespace sherpa::testing_support
