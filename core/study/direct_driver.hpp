#pragma once

#include "core/study/hosts.hpp"
#include "core/study/pipeline.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sherpa::study {

/// The driver of the study loop: the pipeline, the algorithm and the stopping rule on the caller's
/// thread, where every command is done, with what the algorithm is asked because of it, before the
/// next one. No lock, no thread, no I/O: its user commits what the pipeline holds.
class DirectDriver {
 public:
  DirectDriver(Pipeline pipeline, std::unique_ptr<Hosts> hosts)
      : pipeline_(std::move(pipeline)), hosts_(std::move(hosts)) {}

  /// Handles a command, and the algorithm's answers to the questions that follow from it. The trial
  /// that Take started is in `started()`.
  template <class Command>
  Answer handle(const Command& command, base::Now now) {
    Step step = pipeline_.handle(command, now);
    while (true) {
      note(std::move(step.released));
      if (!step.question) return std::move(step.answer);
      step = pipeline_.handle(hosts_->algorithm->suggest(*step.question), now);
    }
  }

  /// Whether the trial should stop: asks the rule about all that is applied. A true verdict becomes
  /// a fact, at the time that `clock` tells.
  template <class Clock>
  Result<bool> should_stop(TrialId trial, AttemptId attempt, Clock clock) {
    if (engine().stop_pending(trial)) return true;
    auto why = verdict(trial);
    if (!why) return why.error();
    if (why->empty()) return false;
    auto answer =
        handle(command::RequestStop{trial, attempt, StopBy::rule, *std::move(why)}, clock());
    if (answer.kind == Answer::Kind::refused) return answer.error;
    return true;
  }

  /// What the rule says of a trial, without consequence.
  Result<std::string> verdict(TrialId trial) {
    if (!hosts_->rule) return std::string();
    return hosts_->rule->verdict(trial);
  }

  const Engine& engine() const { return pipeline_.engine(); }
  const Journal& journal() const { return pipeline_.journal(); }

  /// The trial that the last Take started, once.
  std::optional<effect::Start> started() { return std::exchange(started_, std::nullopt); }
  /// Checkpoints that can be deleted, as the stored facts say; each once.
  std::vector<effect::CheckpointsUnneeded> unneeded() { return std::exchange(unneeded_, {}); }
  /// Effects that opening the study released.
  void opened(std::vector<Effect> released) { note(std::move(released)); }

  // As the pipeline's.
  Journal::Batch take() { return pipeline_.take(); }
  void stored(const Journal::Batch& batch, const Result<void>& result) {
    note(pipeline_.stored(batch, result));
  }
  void fail(const Error& error) { pipeline_.fail(error); }

 private:
  /// Of the effects, a trial's caller wants its start, and what can be deleted. The others reach it
  /// as the answer.
  void note(std::vector<Effect> effects) {
    for (auto& effect : effects) {
      if (auto* start = std::get_if<effect::Start>(&effect)) started_ = std::move(*start);
      if (auto* unneeded = std::get_if<effect::CheckpointsUnneeded>(&effect))
        unneeded_.push_back(std::move(*unneeded));
    }
  }

  Pipeline pipeline_;
  std::unique_ptr<Hosts> hosts_;
  std::optional<effect::Start> started_;
  std::vector<effect::CheckpointsUnneeded> unneeded_;
};

}  // namespace sherpa::study
