#include "actors/trial_actor.hpp"

#include <utility>

namespace sherpa::actors {

TrialActor::TrialActor(caf::actor_config& config, std::shared_ptr<TrialChannel> line,
                       std::string worker, StudyHandle study)
    : TrialHandle::base(config),
      line_(std::move(line)),
      worker_(std::move(worker)),
      study_(std::move(study)) {}

/// However it goes, its thread must not wait for it for ever; and the line, which knows this actor,
/// must not keep it.
void TrialActor::on_exit() {
  line_->cut();
  line_.reset();
}

TrialActor::behavior_type TrialActor::make_behavior() {
  return {
      [this](const ChannelHasNews&) { carry(); },
      [this](const Heard& heard) {
        heard.superseded ? line_->cut() : line_->heard(heard.ticket);
        carry();  // its end may have waited for this
      },
      [this](const Kept& kept) { line_->kept(kept.ticket, kept.answer); },
      [this](const PublishingDone& done) { done.superseded ? line_->cut() : line_->published(); },
      [this](const Stop& stop) {
        stop.why == study::StopWhy::superseded ? line_->cut() : line_->stop(stop.why);
        carry();
      },
  };
}

void TrialActor::carry() {
  auto news = line_->take();
  const auto trial = line_->trial();
  const auto attempt = line_->attempt();
  for (auto& said : news.said)
    tell(this, study_,
         Observed{{trial, attempt, line_->token_hash(), said.batch, std::move(said.observations)},
                  said.ticket,
                  said.posted});
  for (auto& directory : news.publish)
    tell(this, study_, Publish{trial, attempt, line_->token_hash(), std::move(directory), 0});
  if (!news.end) return;
  tell(this, study_, EndOfAttempt{*std::move(news.end), worker_});
  quit();
}

}  // namespace sherpa::actors
