#include "core/base/throttled_log.hpp"

#include "core/base/log.hpp"

#include <utility>

namespace sherpa::base {

using namespace std::chrono_literals;

void ThrottledLog::warn(const std::string& line, Clock::time_point now) {
  if (last_ && now - *last_ < 1s) {
    ++left_out_;
    return;
  }
  last_ = now;
  auto more = std::exchange(left_out_, 0);
  log(LogLevel::warning,
      more == 0 ? line
                : line + " (and " + std::to_string(more) + " more since the last such line)");
}

}  // namespace sherpa::base
