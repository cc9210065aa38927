#include "core/base/log.hpp"

#include "core/base/console.hpp"

#include <mutex>
#include <string>

namespace sherpa {

namespace {

struct Sink {
  std::mutex mutex;
  std::function<void(LogLevel, std::string_view)> write;
};

Sink& sink() {
  static Sink one;
  return one;
}

}  // namespace

void set_log(std::function<void(LogLevel, std::string_view)> write) {
  std::scoped_lock lock(sink().mutex);
  sink().write = std::move(write);
}

void base::log(LogLevel level, std::string_view line) {
  std::scoped_lock lock(sink().mutex);
  if (sink().write) {
    sink().write(level, line);
    return;
  }
  std::string text = "sherpa: ";
  if (level == LogLevel::warning) text += "warning: ";
  if (level == LogLevel::error) text += "error: ";
  text += line;
  text += '\n';
  base::Console::errors().write(text);
}

}  // namespace sherpa
