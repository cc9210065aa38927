#pragma once

#include "study/engine.hpp"
#include "study/hosts.hpp"
#include "study/journal.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study {

/// Engine, algorithm, rule and journal on one thread: every command is carried to its end before the next. No lock, no thread, no I/O: its user
/// commits the journal.
class DirectDriver {
 public:
  DirectDriver(std::unique_ptr<Engine> engine, std::unique_ptr<AlgorithmHost> algorithm, std::unique_ptr<RuleHost> rule, Journal journal)
      : engine_(std::move(engine)), algorithm_(std::move(algorithm)), rule_(std::move(rule)), journal_(std::move(journal)) {}

  /// Handles a command, and whatever the algorithm is asked because of it. Effects are left in `released()`.
  template <class Command>
  Answer handle(const Command& command, Now now) {
    Outcome outcome = engine_->handle(command, now);
    while (true) {
      carry(outcome);
      if (!outcome.ask) return std::move(outcome.answer);
      outcome = engine_->handle(algorithm_->suggest(*outcome.ask), now);
    }
  }

  /// Whether the trial should stop: asks the rule about all that is applied; what it says becomes a fact.
  Result<bool> should_stop(TrialId trial, AttemptId attempt, Now now) {
    if (engine_->stop_pending(trial)) return true;
    auto why = verdict(trial);
    if (!why) return why.error();
    if (why->empty()) return false;
    auto answer = handle(command::RequestStop{trial, attempt, StopBy::rule, *std::move(why)}, now);
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

  /// Effects that may leave; the caller takes them.
  std::vector<Effect> released() { return std::exchange(released_, {}); }
  /// The store has answered for a batch of the journal.
  void stored(const Journal::Batch& batch, const Result<void>& result) {
    keep(journal_.stored(batch, result));
    if (!result) engine_->poison(result.error());
  }

 private:
  void carry(Outcome& outcome) {
    for (const Entry& entry : outcome.facts) {
      algorithm_->learn(entry);
      if (rule_) rule_->learn(entry);
    }
    Group facts;
    if (!outcome.facts.empty()) facts = std::make_shared<const std::vector<Entry>>(std::move(outcome.facts));
    keep(journal_.append(std::move(facts), std::move(outcome.effects), outcome.after));
  }
  void keep(std::vector<Effect> effects) {
    if (released_.empty()) {
      released_ = std::move(effects);
    } else {
      for (auto& effect : effects) released_.push_back(std::move(effect));
    }
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<AlgorithmHost> algorithm_;
  std::unique_ptr<RuleHost> rule_;
  Journal journal_;
  std::vector<Effect> released_;
};

}  // namespace sherpa::study
