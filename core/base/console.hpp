#pragma once

#include "core/base/clock.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace sherpa::base {

/// Text for people on a descriptor that this object does not own, usually standard error. Never
/// waits for its reader: a full pipe, a terminal stopped with Ctrl-S or a stalled connection must
/// not hold up a study. Never raises SIGPIPE: a reader that is gone loses the text, not the study.
/// Any thread.
class Console {
 public:
  explicit Console(int descriptor) : descriptor_(descriptor) {}
  /// Waits up to a second for what nobody has read yet.
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Standard error of this process.
  static Console& errors();

  /// Writes the text. What finds no room is kept and written before later text; beyond 256 KiB it
  /// is dropped, and a line says how much once there is room again.
  void write(std::string_view text);
  /// Writes text that the next one replaces, such as a frame of a live view. Returns false, and
  /// drops it, while earlier text is waiting for room.
  bool draw(std::string_view frame);
  /// Waits up to `limit` until there is room for all that is waiting.
  void flush(Duration limit);

 private:
  void write_waiting(Duration limit);

  const int descriptor_;
  std::mutex mutex_;
  std::string waiting_;
  std::size_t lost_ = 0;  // bytes
};

}  // namespace sherpa::base
