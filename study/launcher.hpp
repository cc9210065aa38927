#pragma once

#include "study/commands.hpp"
#include "study/facts.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sherpa::study {

/// What a running attempt says to whoever watches over it, and hears back. Every call may come from any thread, one at a time.
class TrialLine {
 public:
  virtual ~TrialLine() = default;

  /// Hands an observation over. Throws Exception(superseded) once the attempt is no longer the current one.
  virtual void observe(command::Measurement seen) = 0;
  /// Why the attempt should end now, if it should: waits for the rule's verdict on everything handed over so far.
  virtual std::optional<StopWhy> should_stop() = 0;
  /// Publishes a checkpoint; returns when that is stored. Throws as observe.
  virtual void publish(std::string directory) = 0;
  /// The last word.
  virtual void ended(End end, Detail detail, std::optional<StopWhy> told) = 0;
};

/// The port behind which attempts run: as functions, as processes.
class Launcher {
 public:
  /// Stops what runs, and waits for it.
  virtual ~Launcher() = default;

  /// What there is to run on.
  virtual Worker worker() const = 0;
  /// Starts an attempt and returns at once; the attempt speaks through its line.
  virtual void launch(effect::Start start, std::shared_ptr<TrialLine> line) = 0;
};

}  // namespace sherpa::study
