#include "actors/scheduler_actor.hpp"

#include "actors/trial_actor.hpp"

#include <string>

namespace sherpa::actors {

SchedulerActor::SchedulerActor(caf::actor_config& config, std::shared_ptr<study::Launcher> launcher,
                               TeamServices* services, bool judged, StudyHandle study, bool adopts)
    : SchedulerHandle::base(config),
      launcher_(services->guard(std::move(launcher))),
      worker_(launcher_->worker().name),
      services_(services),
      adopts_(adopts),
      judged_(judged),
      study_(std::move(study)) {}

SchedulerActor::behavior_type SchedulerActor::make_behavior() {
  when_lost(this,
            [this](const caf::actor_addr& whom, const caf::error& reason) { lost(whom, reason); });
  announce();
  return {
      [this](const Start& start) { launcher_->launch(start, open_channel(start)); },
      [this](const Stop& what) { stop(what); },
      [this](const Announce&) { announce(); },
      // Passed on from here so that the study receives them after the announcement.
      [this](const Alive& alive) { tell(this, study_, alive); },
      [this](const Drain& drain) { tell(this, study_, drain); },
  };
}

/// What there is to run on, and what runs there: all of it has a line from now on.
void SchedulerActor::announce() {
  Capacity capacity{launcher_->worker(), {}, launcher_->session(), launcher_};
  for (const auto& start : launcher_->running()) {
    Attempt attempt{start.trial, start.attempt};
    if (!trials_.contains(attempt)) launcher_->adopt(start, open_channel(start));
    capacity.running.push_back(attempt);
  }
  if (adopts_) services_->adopted();
  tell(this, study_, std::move(capacity));
}

void SchedulerActor::stop(const Stop& stop) {
  if (auto at = trials_.find({stop.trial, stop.attempt}); at != trials_.end())
    tell(this, at->second, stop);
  if (stop.why == study::StopWhy::superseded) launcher_->superseded(stop.trial, stop.attempt);
}

std::shared_ptr<TrialChannel> SchedulerActor::open_channel(const Start& start) {
  auto channel = std::make_shared<TrialChannel>(
      start.trial, start.attempt, start.token.empty() ? "" : services_->hash_token(start.token),
      judged_);
  TrialHandle trial = spawn<TrialActor>(channel, worker_, study_);
  channel->connect([trial] { tell_from_outside(trial, ChannelHasNews{}); });
  watch_over(this, trial);
  trials_.emplace(Attempt{start.trial, start.attempt}, trial);
  return channel;
}

/// An attempt's actor is gone: after its last word, or because it broke. Then its attempt is lost,
/// and tried again.
void SchedulerActor::lost(const caf::actor_addr& whom, const caf::error& reason) {
  for (auto at = trials_.begin(); at != trials_.end(); ++at) {
    if (at->second.address() != whom) continue;
    if (reason) {
      EndOfAttempt last;
      last.end.trial = at->first.first;
      last.end.attempt = at->first.second;
      last.end.end = study::End::lost;
      last.end.detail.message = "its actor broke";
      last.worker = worker_;
      tell(this, study_, std::move(last));
    }
    trials_.erase(at);
    return;
  }
}

void SchedulerActor::on_exit() {
  for (auto& [attempt, trial] : trials_)
    caf::anon_send_exit(trial, caf::exit_reason::user_shutdown);
  trials_.clear();
}

}  // namespace sherpa::actors
