#include "actors/team.hpp"

#include "actors/mailbox.hpp"
#include "actors/study_actor.hpp"
#include "core/base/assert.hpp"
#include "core/base/quiet_thread.hpp"

#include <utility>

namespace sherpa::actors {

struct Team::Impl {
  std::shared_ptr<TeamParts> parts;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  StudyHandle study;
};

Team::Team(TeamParts parts) : impl_(std::make_unique<Impl>()) {
  base::SignalsBlocked quiet;  // CAF's threads inherit the mask
  impl_->parts = std::make_shared<TeamParts>(std::move(parts));
  prepare(impl_->config);
  impl_->system = std::make_unique<caf::actor_system>(impl_->config);
  impl_->study = impl_->system->spawn<StudyActor>(impl_->parts, impl_->mailbox);
}

Team::~Team() {
  // First the actors, so that no trial waits for one; then the trials' threads; then what carried
  // the actors, which waits for each of them.
  caf::anon_send_exit(impl_->study, caf::exit_reason::user_shutdown);
  impl_->study = StudyHandle{};
  impl_->system->await_all_actors_done();  // they use the launcher
  impl_->parts->launcher.reset();
  impl_->system.reset();
}

void Team::interrupt(study::EndOfStudy why, const std::string& message) {
  tell_from_outside(impl_->study, Interrupt{why, message});
}
void Team::abandon(const Error& error) { tell_from_outside(impl_->study, Stored{error}); }

void Team::wait(std::chrono::milliseconds at_most) {
  Mailbox& mailbox = *impl_->mailbox;
  std::unique_lock lock(mailbox.mutex);
  mailbox.changed.wait_for(lock, at_most,
                           [&] { return mailbox.result || mailbox.progress || mailbox.woken; });
  mailbox.woken = false;
}

void Team::wake() {
  std::scoped_lock lock(impl_->mailbox->mutex);
  impl_->mailbox->woken = true;
  impl_->mailbox->changed.notify_all();
}

bool Team::ended() const {
  std::scoped_lock lock(impl_->mailbox->mutex);
  return impl_->mailbox->result.has_value();
}

TeamResult Team::take_result() {
  std::scoped_lock lock(impl_->mailbox->mutex);
  const auto& result = impl_->mailbox->result;
  SHERPA_ASSERT(result.has_value());  // the study has ended
  return *result;
}

void Team::ask_for_progress() { tell_from_outside(impl_->study, ShowProgress{}); }

std::optional<Progress> Team::progress() {
  std::scoped_lock lock(impl_->mailbox->mutex);
  return std::exchange(impl_->mailbox->progress, std::nullopt);
}

std::optional<Progress> Team::last_progress() {
  using namespace std::chrono_literals;
  progress();  // an older one
  ask_for_progress();
  std::unique_lock lock(impl_->mailbox->mutex);
  impl_->mailbox->changed.wait_for(lock, 2s, [&] { return impl_->mailbox->progress.has_value(); });
  return std::exchange(impl_->mailbox->progress, std::nullopt);
}

void Team::steer(study::SteeringCommand command, std::function<void(Result<void>)> done) {
  tell_from_outside(impl_->study, Steer{std::move(command), std::move(done)});
}

void Team::progress(std::function<void(Result<Progress>)> show) {
  tell_from_outside(impl_->study, Show{std::move(show)});
}

Results Team::results() const {
  std::scoped_lock lock(impl_->mailbox->mutex);
  return impl_->mailbox->results;
}

}  // namespace sherpa::actors
