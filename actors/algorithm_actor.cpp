#include "actors/algorithm_actor.hpp"

#include <utility>

namespace sherpa::actors {

AlgorithmActor::AlgorithmActor(caf::actor_config& config,
                               std::unique_ptr<study::AlgorithmHost> host, StudyHandle study)
    : AlgorithmHandle::base(config), host_(std::move(host)), study_(std::move(study)) {}

AlgorithmActor::behavior_type AlgorithmActor::make_behavior() {
  return {
      [this](const Applied& applied) {
        for (const auto& entry : *applied.facts) host_->learn(entry);
      },
      [this](const Ask& ask) { tell(this, study_, host_->suggest(ask)); },
  };
}

}  // namespace sherpa::actors
