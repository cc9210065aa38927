#pragma once

#include "core/base/result.hpp"
#include "core/study/launcher.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sherpa::runtime {

/// Attempts that do not start while the study's output directory is out of reach: it has been moved
/// away, or its file system does not answer. Thread-safe.
class HeldStarts {
 public:
  using Attempt = std::pair<TrialId, AttemptId>;
  /// Returns whether the attempt need not be held any more: it has started, or has been told to
  /// end.
  using Start = std::function<bool(bool there)>;

  /// `check`: see StudyLock::still_held; it fails with store while the directory is out of reach.
  explicit HeldStarts(std::function<Result<void>()> check) : check_(std::move(check)) {}

  bool out_of_reach() const;
  void hold(Attempt attempt, Start start);
  /// To be called every second: starts what is held if the directory is there.
  void look(bool there);
  /// What is held, and why.
  std::map<Attempt, std::string> waiting() const;

 private:
  const std::function<Result<void>()> check_;
  mutable std::mutex mutex_;
  std::map<Attempt, Start> held_;
};

/// A launcher that holds attempts. One that fails or is lost while the directory is out of reach,
/// where its files are, has been interrupted: it is tried again without a limit.
std::shared_ptr<study::Launcher> with_held_starts(std::shared_ptr<HeldStarts> held,
                                                  std::shared_ptr<study::Launcher> launcher);

}  // namespace sherpa::runtime
