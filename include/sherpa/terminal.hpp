#pragma once

#include <sherpa/export.hpp>
#include <sherpa/optimize.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

namespace sherpa {

/// A progress callback that shows a study on standard error: a live view on a terminal (bar, best
/// so far, running trials, time left), else a plain line whenever a trial has ended.
SHERPA_API std::function<void(const Progress&)> live_view();

/// For programs whose process is theirs: SIGINT or SIGTERM asks for a stop, a second one ends the
/// process at once.
///
///     sherpa::StopOnSignals signals;
///     sherpa::optimize(setup, train, {.stop = signals.token()});
///     return signals.exit_code();
///
/// Where running trials do not return within `grace`, the process is ended with status 130:
/// everything reported is stored by then. One at a time; the destructor puts the former signal
/// actions back.
class SHERPA_API StopOnSignals {
 public:
  explicit StopOnSignals(std::chrono::seconds grace = std::chrono::seconds(10));
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  std::stop_token token() const;
  /// 0, or 130 when a signal came.
  int exit_code() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa
