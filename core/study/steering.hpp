#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>

#include <functional>
#include <variant>

namespace sherpa::study {

/// What a person may tell a running study.
using SteeringCommand = std::variant<command::Pause, command::Resume, command::LimitConcurrency,
                                     command::Enqueue, command::RequestStop>;

/// The port by which people watch and steer a running study. Every call may come from any thread.
class Steerable {
 public:
  virtual ~Steerable() = default;

  /// `done` is called once, on any thread: when it is stored, or with the reason for which it is
  /// refused.
  virtual void steer(SteeringCommand command, std::function<void(Result<void>)> done) = 0;
  /// `show` is called once, on any thread, with how the study is coming along.
  virtual void progress(std::function<void(Result<Progress>)> show) = 0;
  /// What is stored by now.
  virtual Results results() const = 0;
};

}  // namespace sherpa::study
