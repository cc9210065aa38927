#pragma once

#include "core/study/engine.hpp"
#include "core/study/hosts.hpp"
#include "core/study/journal.hpp"
#include "core/study/viewer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study {

/// The study loop's: engine, algorithm, rule and journal on the caller's thread, every command
/// carried to its end before the next. No lock, no thread, no I/O: its user commits the journal.
/// Nothing leaves the process but the trial that Take starts, which its caller runs itself, and
/// which need not be stored before: a restart suggests it again.
class DirectDriver {
 public:
  /// `viewer`, where there is no store: is shown what is decided.
  DirectDriver(std::unique_ptr<Engine> engine, std::unique_ptr<AlgorithmHost> algorithm,
               std::unique_ptr<RuleHost> rule, Journal journal, Viewer* viewer = nullptr)
      : engine_(std::move(engine)),
        algorithm_(std::move(algorithm)),
        rule_(std::move(rule)),
        journal_(std::move(journal)),
        viewer_(viewer) {}

  /// Handles a command, and whatever the algorithm is asked because of it. What Take started is in
  /// `started()`.
  template <class Command>
  Answer handle(const Command& command, base::Now now) {
    Outcome outcome = engine_->handle(command, now);
    while (true) {
      carry(outcome);
      if (!outcome.ask) return std::move(outcome.answer);
      outcome = engine_->handle(algorithm_->suggest(*outcome.ask), now);
    }
  }

  /// Whether the trial should stop: asks the rule about all that is applied; what it says becomes a
  /// fact, at the time that `clock` tells.
  template <class Clock>
  Result<bool> should_stop(TrialId trial, AttemptId attempt, Clock clock) {
    if (engine_->stop_pending(trial)) return true;
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
    if (!rule_) return std::string();
    return rule_->verdict(trial);
  }

  Engine& engine() { return *engine_; }
  const Engine& engine() const { return *engine_; }
  AlgorithmHost& algorithm() { return *algorithm_; }
  Journal& journal() { return journal_; }

  /// The trial that the last Take started, once.
  std::optional<effect::Start> started() { return std::exchange(started_, std::nullopt); }
  /// What opening the study came to, and may leave at once.
  void opened(std::vector<Effect> effects) { note(std::move(effects)); }
  /// Checkpoints that can go, as what is stored says; each once.
  std::vector<effect::CheckpointsUnneeded> unneeded() { return std::exchange(unneeded_, {}); }
  /// The store has answered for a batch of the journal.
  void stored(const Journal::Batch& batch, const Result<void>& result) {
    note(journal_.stored(batch, result));
    if (!result) engine_->poison(result.error());
  }
  /// The store is lost: nothing goes on.
  void fail(const Error& error) {
    journal_.fail(error);
    engine_->poison(error);
  }

 private:
  void carry(Outcome& outcome) {
    for (const Entry& entry : outcome.facts) {
      algorithm_->learn(entry);
      if (rule_) rule_->learn(entry);
    }
    if (viewer_ && !outcome.facts.empty()) viewer_->show(outcome.facts);
    std::vector<Effect> later;
    for (auto& effect : outcome.effects) {
      if (auto* start = std::get_if<effect::Start>(&effect)) started_ = std::move(*start);
      if (std::holds_alternative<effect::CheckpointsUnneeded>(effect))
        later.push_back(std::move(effect));
    }
    if (outcome.facts.empty() && later.empty()) return;
    auto facts = outcome.facts.empty()
                     ? nullptr
                     : std::make_shared<const std::vector<Entry>>(std::move(outcome.facts));
    note(journal_.append(std::move(facts), std::move(later), outcome.after));
  }
  void note(std::vector<Effect> effects) {
    for (auto& effect : effects)
      if (auto* unneeded = std::get_if<effect::CheckpointsUnneeded>(&effect))
        unneeded_.push_back(std::move(*unneeded));
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<AlgorithmHost> algorithm_;
  std::unique_ptr<RuleHost> rule_;
  Journal journal_;
  Viewer* viewer_;
  std::optional<effect::Start> started_;
  std::vector<effect::CheckpointsUnneeded> unneeded_;
};

}  // namespace sherpa::study
