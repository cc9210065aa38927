#pragma once

#include "actors/handles.hpp"
#include "actors/trial_channel.hpp"

#include <memory>
#include <string>

namespace sherpa::actors {

/// Stands for one running attempt: carries what its thread says to the study, and back.
class TrialActor final : public TrialHandle::base {
 public:
  TrialActor(caf::actor_config& config, std::shared_ptr<TrialChannel> channel, std::string worker,
             StudyHandle study);

  behavior_type make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "trial"; }

 private:
  void carry();

  std::shared_ptr<TrialChannel> channel_;
  std::string worker_;
  StudyHandle study_;
};

}  // namespace sherpa::actors
