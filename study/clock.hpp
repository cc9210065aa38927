#pragma once

#include "study/commands.hpp"

#include <chrono>

namespace sherpa::study {

/// The time now, for commands.
inline Now read_clocks() {
  using namespace std::chrono;
  return {steady_clock::now().time_since_epoch(), duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

/// The same where no decision needs the steady clock: no leases and no time-outs in the study loop.
inline Now read_wall_clock() {
  using namespace std::chrono;
  return {{}, duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace sherpa::study
