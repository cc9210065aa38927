#pragma once

#include "actors/handles.hpp"
#include "core/study/hosts.hpp"

#include <memory>

namespace sherpa::actors {

/// Asks the algorithm, on a thread of its own: a slow model holds up nobody.
class AlgorithmActor final : public AlgorithmHandle::base {
 public:
  AlgorithmActor(caf::actor_config& config, std::unique_ptr<study::AlgorithmHost> host,
                 StudyHandle study);

  behavior_type make_behavior() override;
  const char* name() const override { return "algorithm"; }

 private:
  std::unique_ptr<study::AlgorithmHost> host_;
  StudyHandle study_;
};

}  // namespace sherpa::actors
