#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sherpa::base {

/// Warnings that strangers cause: at most one each second, so that they cannot fill a disk. Not
/// thread-safe.
class ThrottledLog {
 public:
  using Clock = std::chrono::steady_clock;

  /// The next line that is written says how many were left out.
  void warn(const std::string& line, Clock::time_point now = Clock::now());

 private:
  std::optional<Clock::time_point> last_{};
  std::uint64_t left_out_ = 0;
};

}  // namespace sherpa::base
