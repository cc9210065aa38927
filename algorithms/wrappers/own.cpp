#include "algorithms/algorithms.hpp"
#include "core/space/access.hpp"
#include "core/study/trial_backend.hpp"

#include <utility>

namespace sherpa {

Algorithm::~Algorithm() = default;
void Algorithm::load(std::uint64_t) {}
StoppingRule::~StoppingRule() = default;

namespace algorithms {

namespace {

/// Lets a user's algorithm, which is asked with the whole view, stand where ours do.
class OwnAlgorithmAdapter final : public study::InnerAlgorithm {
 public:
  explicit OwnAlgorithmAdapter(std::unique_ptr<Algorithm> own) : own_(std::move(own)) {}

  study::Proposal suggest(const study::Asked& asked) override {
    auto answer = own_->get_suggestion(asked.space.parameters(), asked.view.results(),
                                       asked.lower_is_better, asked.random());
    if (auto* configuration = std::get_if<Configuration>(&answer))
      return study::Chosen{std::move(*configuration), {}};
    if (std::holds_alternative<Wait>(answer)) return Wait{};
    return Done{};
  }
  study::Reads reads() const override {
    return {.enqueued = true, .observations = true, .ends = true};
  }
  bool resumes_from_parent() const override { return true; }  // who knows
  void load(std::uint64_t num_trials) override { own_->load(num_trials); }

 private:
  std::unique_ptr<Algorithm> own_;
};

class OwnStoppingRuleAdapter final : public study::InnerRule {
 public:
  OwnStoppingRuleAdapter(std::unique_ptr<StoppingRule> own, std::string name, bool lower_is_better)
      : own_(std::move(own)), name_(std::move(name)), lower_is_better_(lower_is_better) {}

  void learn(const study::Entry&, const study::View&) override {}
  std::string verdict(TrialId trial, const study::View& view) override {
    Trial shown = internal::Access::trial(
        std::make_unique<study::TrialRecord>(trial, view.ledger->configuration(trial)));
    return own_->should_trial_stop(shown, view.results(), lower_is_better_)
               ? "stopping rule " + name_ + " says so"
               : "";
  }

 private:
  std::unique_ptr<StoppingRule> own_;
  std::string name_;
  bool lower_is_better_;
};

}  // namespace

template <class Make>
auto made_by(const Make& make) {
  auto made = make();
  if (!made) throw Exception({Errc::user_code, "its make returned nothing"});
  return made;
}

Result<AlgorithmPtr> make(const OwnAlgorithm& options, const Problem&) {
  return AlgorithmPtr(std::make_unique<OwnAlgorithmAdapter>(made_by(options.make)));
}

RulePtr make(const OwnStoppingRule& options, bool lower_is_better) {
  return std::make_unique<OwnStoppingRuleAdapter>(made_by(options.make), options.own,
                                                  lower_is_better);
}

}  // namespace algorithms
}  // namespace sherpa
