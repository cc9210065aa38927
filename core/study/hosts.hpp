#pragma once

#include "core/base/result.hpp"
#include "core/space/search_space.hpp"
#include "core/study/commands.hpp"
#include "core/study/fact_listener.hpp"
#include "core/study/inner_algorithm.hpp"
#include "core/study/inner_rule.hpp"
#include "core/study/view.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study {

/// An algorithm with what it needs around it: keeps its view of the results, remembers what it
/// prepared, checks what it suggests, and turns what users' code throws into errors. Used by one
/// thread at a time.
class AlgorithmHost {
 public:
  /// Suggestions with k ≤ `before` were another algorithm's: this one counts from there, and takes
  /// those trials for a user's.
  AlgorithmHost(std::string name, std::unique_ptr<InnerAlgorithm> algorithm,
                space::SearchSpace space, bool lower_is_better, std::uint64_t seed,
                std::uint64_t before, std::shared_ptr<const Ledger> ledger);
  virtual ~AlgorithmHost() = default;

  const std::string& name() const { return name_; }
  AlgorithmTraits traits() const {
    return {algorithm_->reads(), algorithm_->resumes_from_parent()};
  }
  /// From now on, its answers say which ended trials no later one resumes from; before the first
  /// fact.
  void release_trials() { releases_ = algorithm_->resumes_from_parent(); }

  /// Every fact once, in order.
  virtual void learn(const Entry& entry);
  /// After the facts of earlier runs: how many trials it had been asked for.
  void load(std::uint64_t num_trials);
  virtual command::Suggested suggest(const Ask& ask);

 private:
  std::string name_;
  std::unique_ptr<InnerAlgorithm> algorithm_;
  space::SearchSpace space_;
  bool lower_is_better_;
  std::uint64_t seed_;
  std::uint64_t before_;
  View view_;
  std::vector<Prepared> prepared_;
  bool releases_ = false;
  std::vector<TrialId> held_;  // ended, and not released
  std::size_t look_at_ = 8;    // the length of `held_` at which it is searched again
  std::optional<Error> failed_;
};

/// The same for a stopping rule.
class RuleHost {
 public:
  RuleHost(std::string name, std::unique_ptr<InnerRule> rule, std::shared_ptr<const Ledger> ledger);
  virtual ~RuleHost() = default;

  virtual void learn(const Entry& entry);
  /// Why the trial should end now; empty: it continues. An error when the user's code threw.
  virtual Result<std::string> verdict(TrialId trial);

 private:
  std::string name_;
  std::unique_ptr<InnerRule> rule_;
  View view_;
  std::optional<Error> failed_;
};

/// The algorithm and the stopping rule where both learn on the pipeline's thread.
struct Hosts final : FactListener {
  Hosts(std::unique_ptr<AlgorithmHost> algorithm, std::unique_ptr<RuleHost> rule)
      : algorithm(std::move(algorithm)), rule(std::move(rule)) {}
  void learn(const Group& facts) override;

  std::unique_ptr<AlgorithmHost> algorithm;
  std::unique_ptr<RuleHost> rule;  ///< null without a rule
};

}  // namespace sherpa::study
