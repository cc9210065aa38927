#include "actors/stopping_rule_actor.hpp"

#include <utility>

namespace sherpa::actors {

StoppingRuleActor::StoppingRuleActor(caf::actor_config& config,
                                     std::unique_ptr<study::RuleHost> host, StudyHandle study)
    : StoppingRuleHandle::base(config), host_(std::move(host)), study_(std::move(study)) {}

StoppingRuleActor::behavior_type StoppingRuleActor::make_behavior() {
  return {
      [this](const Applied& applied) {
        for (const auto& entry : *applied.facts) host_->learn(entry);
      },
      [this](const Judge& judge) {
        Verdict verdict{judge.trial, judge.attempt, judge.ticket};
        if (auto why = host_->verdict(judge.trial)) {
          verdict.why = *std::move(why);
        } else {
          verdict.error = why.error();
        }
        tell(this, study_, std::move(verdict));
      },
  };
}

}  // namespace sherpa::actors
