#pragma once

#include "actors/handles.hpp"
#include "core/study/hosts.hpp"

#include <memory>

namespace sherpa::actors {

/// Judges running attempts.
class StoppingRuleActor final : public StoppingRuleHandle::base {
 public:
  StoppingRuleActor(caf::actor_config& config, std::unique_ptr<study::RuleHost> host,
                    StudyHandle study);

  behavior_type make_behavior() override;
  const char* name() const override { return "stopping rule"; }

 private:
  std::unique_ptr<study::RuleHost> host_;
  StudyHandle study_;
};

}  // namespace sherpa::actors
