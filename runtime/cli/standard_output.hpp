#pragma once

#include "core/base/result.hpp"

#include <array>
#include <streambuf>

namespace sherpa::cli {

/// Standard output as the buffer of std::cout, which remembers why a write failed. What cannot be
/// written is dropped, so that a command that does more than print still does it.
class StandardOutput final : public std::streambuf {
 public:
  /// Takes the place of the buffer of std::cout. Also makes sure that no file of the process gets
  /// the number of a standard descriptor that is closed, and that a reader who has gone away does
  /// not end the process by a signal.
  StandardOutput();
  ~StandardOutput() override;

  /// Writes what is left. Fails with store when not everything could be written.
  Result<void> finish();

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  std::array<char, 1 << 16> buffer_{};
  int failed_ = 0;  // the first errno
  std::streambuf* former_;
};

}  // namespace sherpa::cli
