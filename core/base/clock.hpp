#pragma once

#include <chrono>
#include <cstdint>

namespace sherpa::base {

using Duration = std::chrono::nanoseconds;

/// The time of a command: steady for decisions, wall for people.
struct Now {
  Duration steady{};
  std::int64_t wall = 0;  ///< microseconds since 1970
};

/// The time now, for commands.
inline Now read_clocks() {
  using namespace std::chrono;
  return {steady_clock::now().time_since_epoch(),
          duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

/// The same where no decision needs the steady clock: no leases and no time-outs in the study loop.
inline Now read_wall_clock() {
  using namespace std::chrono;
  return {{}, duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace sherpa::base
