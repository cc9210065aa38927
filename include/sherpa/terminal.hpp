#pragma once

#include <sherpa/export.hpp>
#include <sherpa/optimize.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

namespace sherpa {

/// Returns a progress callback that shows a study on standard error. On a terminal it is a live
/// view: a bar, the best result, running trials, time left. Otherwise it prints a line for each
/// trial that has ended.
SHERPA_API std::function<void(const Progress&)> live_view();

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request; a second signal ends the process at once,
/// unless it comes within a second of the first (`timeout` sends two). Under nohup SIGHUP stays
/// ignored. SIGPIPE is ignored, so that output nobody reads does not end the study. For programs
/// that own their process, not for libraries.
///
///     sherpa::StopOnSignals signals;
///     sherpa::optimize(setup, train, {.stop = signals.token()});
///     return signals.exit_code();
///
/// When running trials do not return within `grace`, it ends the process with exit code 130;
/// everything reported is stored by then. Only one object may exist at a time. The destructor
/// restores the former signal actions.
class SHERPA_API StopOnSignals {
 public:
  explicit StopOnSignals(std::chrono::seconds grace = std::chrono::seconds(10));
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  std::stop_token token() const;
  /// Returns 0, or 130 after a signal.
  int exit_code() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa
