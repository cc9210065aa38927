#pragma once

#include "actors/handles.hpp"
#include "actors/team.hpp"
#include "actors/trial_channel.hpp"
#include "core/study/launcher.hpp"

#include <functional>
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
                 std::function<std::string(const std::string&)> hash_token, bool judged,
                 StudyHandle study, std::function<void()> taken_up = {});

  behavior_type make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "scheduler"; }

 private:
  using Attempt = std::pair<TrialId, AttemptId>;
  void announce();
  void stop(const Stop& stop);
  std::shared_ptr<TrialChannel> open_line(const study::effect::Start& start);
  void lost(const caf::actor_addr& whom, const caf::error& reason);

  std::shared_ptr<study::Launcher> launcher_;
  const std::string worker_;
  std::function<std::string(const std::string&)> hash_token_;
  std::function<void()> taken_up_;
  bool judged_;
  StudyHandle study_;
  std::map<Attempt, TrialHandle> trials_;
};

}  // namespace sherpa::actors
