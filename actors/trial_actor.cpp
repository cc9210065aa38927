#include "actors/trial_actor.hpp"

#include <utility>

namespace sherpa::actors {

TrialActor::TrialActor(caf::actor_config& config, std::shared_ptr<TrialChannel> channel,
                       std::string worker, StudyHandle study)
    : TrialHandle::base(config),
      channel_(std::move(channel)),
      worker_(std::move(worker)),
      study_(std::move(study)) {}

/// However it goes, its thread must not wait for it for ever; and the line, which knows this actor,
/// must not keep it.
void TrialActor::on_exit() {
  channel_->cut();
  channel_.reset();
}

TrialActor::behavior_type TrialActor::make_behavior() {
  return {
      [this](const ChannelHasNews&) { carry(); },
      [this](const Judged& judged) {
        judged.superseded ? channel_->cut() : channel_->judged(judged.ticket);
        carry();  // its end may have waited for this
      },
      [this](const Kept& kept) { channel_->kept(kept.ticket, kept.answer); },
      [this](const PublishingDone& done) {
        done.superseded ? channel_->cut() : channel_->published();
      },
      [this](const Stop& stop) {
        stop.why == study::StopWhy::superseded ? channel_->cut() : channel_->stop(stop.why);
        carry();
      },
  };
}

void TrialActor::carry() {
  auto news = channel_->take();
  const auto trial = channel_->trial();
  const auto attempt = channel_->attempt();
  for (auto& said : news.said)
    tell(
        this, study_,
        Observed{{trial, attempt, channel_->token_hash(), said.batch, std::move(said.observations)},
                 said.ticket,
                 said.posted});
  for (auto& directory : news.publish)
    tell(this, study_, Publish{trial, attempt, channel_->token_hash(), std::move(directory), 0});
  if (!news.end) return;
  tell(this, study_, EndOfAttempt{*std::move(news.end), worker_});
  quit();
}

}  // namespace sherpa::actors
