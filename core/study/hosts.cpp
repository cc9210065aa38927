#include "core/study/hosts.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <utility>

namespace sherpa::study {

namespace {

/// Runs code that may be the user's, and keeps the error that it threw.
template <class F>
void guarded(std::optional<Error>& failed, const std::string& who, F&& run) {
  if (failed) return;
  try {
    run();
  } catch (const std::exception& e) {
    failed = Error{Errc::user_code, who + " threw: " + e.what()};
  } catch (...) {
    failed = Error{Errc::user_code, who + " threw something that is no std::exception"};
  }
}

}  // namespace

void InnerAlgorithm::learn(const Entry&, const View&) {}
void InnerAlgorithm::load(std::uint64_t) {}

AlgorithmHost::AlgorithmHost(std::string name, std::unique_ptr<InnerAlgorithm> algorithm,
                             space::SearchSpace space, bool lower_is_better, std::uint64_t seed,
                             std::uint64_t before, std::shared_ptr<const Ledger> ledger)
    : name_(std::move(name)),
      algorithm_(std::move(algorithm)),
      space_(std::move(space)),
      lower_is_better_(lower_is_better),
      seed_(seed),
      before_(before),
      view_{std::move(ledger)} {}

void AlgorithmHost::learn(const Entry& entry) {
  view_.pass(entry);
  if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact); ended && releases_)
    held_.push_back(ended->trial);
  if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact);
      issued && issued->origin.by_algorithm()) {
    std::erase_if(prepared_, [&](const Prepared& p) { return p.k <= issued->origin.k; });
    if (issued->origin.k <= before_) {
      Entry foreign = entry;
      std::get<fact::TrialIssued>(foreign.fact).origin = {};
      guarded(failed_, "algorithm " + name_, [&] { algorithm_->learn(foreign, view_); });
      return;
    }
  }
  guarded(failed_, "algorithm " + name_, [&] { algorithm_->learn(entry, view_); });
}

void AlgorithmHost::load(std::uint64_t num_trials) {
  guarded(failed_, "algorithm " + name_, [&] { algorithm_->load(num_trials); });
}

command::Suggested AlgorithmHost::suggest(const Ask& ask) {
  // A repeated k means that the earlier suggestion, and all after it, are void.
  std::erase_if(prepared_, [&](const Prepared& p) { return p.k >= ask.k; });
  command::Suggested suggested{.k = ask.k, .horizon = ask.horizon, .answer = Wait{}};
  guarded(failed_, "algorithm " + name_, [&] {
    Asked asked{.k = ask.k,
                .index = ask.k - before_,
                .seed = seed_,
                .space = space_,
                .view = view_,
                .lower_is_better = lower_is_better_,
                .prepared = prepared_};
    auto proposal = algorithm_->suggest(asked);
    if (auto* chosen = std::get_if<Chosen>(&proposal)) {
      auto fitted = space_.fit(chosen->configuration, space::SearchSpace::Extras::keep);
      if (!fitted)
        throw Exception(
            {Errc::user_code, "it suggested what does not fit: " + fitted.error().message});
      chosen->configuration = *std::move(fitted);
      prepared_.push_back({ask.k, chosen->configuration, chosen->path});
    }
    suggested.answer = std::move(proposal);
  });
  suggested.standstill = algorithm_->standstill();
  if (failed_) suggested.answer = *failed_;
  if (held_.size() >=
      look_at_) {  // now and then, so that a trial costs the same at the end of a study
    std::erase_if(held_, [&](TrialId trial) {
      if (algorithm_->may_resume_from(trial)) return false;
      suggested.released.push_back(trial);
      return true;
    });
    look_at_ = 2 * held_.size() + 8;
  }
  return suggested;
}

RuleHost::RuleHost(std::string name, std::unique_ptr<InnerRule> rule,
                   std::shared_ptr<const Ledger> ledger)
    : name_(std::move(name)), rule_(std::move(rule)), view_{std::move(ledger)} {}

void RuleHost::learn(const Entry& entry) {
  view_.pass(entry);
  guarded(failed_, "stopping rule " + name_, [&] { rule_->learn(entry, view_); });
}

Result<std::string> RuleHost::verdict(TrialId trial) {
  std::string why;
  guarded(failed_, "stopping rule " + name_, [&] { why = rule_->verdict(trial, view_); });
  if (failed_) return *failed_;
  return why;
}

void Hosts::learn(const Group& facts) {
  for (const auto& entry : *facts) {
    algorithm->learn(entry);
    if (rule) rule->learn(entry);
  }
}

}  // namespace sherpa::study
