#pragma once

#include "actors/handles.hpp"
#include "actors/team.hpp"
#include "actors/team_services.hpp"
#include "actors/trial_channel.hpp"
#include "core/study/launcher.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace sherpa::actors {

/// Offers what the launcher has, starts attempts on it, each with an actor of its own, and watches
/// over those.
class SchedulerActor final : public SchedulerHandle::base {
 public:
  SchedulerActor(caf::actor_config& config, std::shared_ptr<study::Launcher> launcher,
                 TeamServices* services, bool judged, StudyHandle study, bool adopts = false);

  behavior_type make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "scheduler"; }

 private:
  using Attempt = std::pair<TrialId, AttemptId>;
  void announce();
  void stop(const Stop& stop);
  std::shared_ptr<TrialChannel> open_channel(const Start& start);
  void lost(const caf::actor_addr& whom, const caf::error& reason);

  std::shared_ptr<study::Launcher> launcher_;
  const std::string worker_;
  TeamServices* services_;
  bool adopts_;
  bool judged_;
  StudyHandle study_;
  std::map<Attempt, TrialHandle> trials_;
};

}  // namespace sherpa::actors
