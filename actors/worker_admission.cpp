#include "actors/worker_admission.hpp"

#include "core/base/text.hpp"

#include <utility>

namespace sherpa::actors {

/// One connection of a worker.
class WorkerAdmission::WorkerEar final : public link::ConnectionHandler {
 public:
  WorkerEar(std::shared_ptr<WorkerAdmission> reception, std::shared_ptr<Place> place,
            std::uint64_t session)
      : reception_(std::move(reception)),
        place_(std::move(place)),
        launcher_(place_->launcher),
        session_(session),
        worker_(launcher_->worker().name),
        incarnation_(launcher_->worker().incarnation) {}

  void heard(link::Message&& message) override {
    if (auto* goodbye = std::get_if<link::Goodbye>(&message)) {
      tell([&](const PeerEvents& to) { to.leaves(worker_, incarnation_, std::move(*goodbye)); });
    } else if (auto* drain = std::get_if<link::Drain>(&message)) {
      tell([&](const PeerEvents& to) { to.drains(worker_, incarnation_, drain->why); });
    } else {
      launcher_->heard(session_, std::move(message));
    }
  }
  void alive() override {
    ++place_->signs;
    tell([&](const PeerEvents& to) { to.alive(worker_, incarnation_); });
  }
  void room() override {}  // what a coordinator says is always taken
  void lost(link::Loss why, const std::string& message) override {
    launcher_->lost(session_);
    tell([&](const PeerEvents& to) { to.lost(worker_, incarnation_, session_, why, message); });
  }

 private:
  template <class F>
  void tell(F&& call) {
    std::scoped_lock lock(reception_->mutex_);
    if (!reception_->closed_) call(reception_->events_);
  }

  const std::shared_ptr<WorkerAdmission> reception_;
  const std::shared_ptr<Place> place_;
  const std::shared_ptr<link::RemoteLauncher> launcher_;
  const std::uint64_t session_;
  const std::string worker_, incarnation_;
};

Result<link::Listener::Welcomed> WorkerAdmission::greet(
    const link::Hello& hello, const std::shared_ptr<link::Connection>& connection) {
  auto refuse = [](const std::string& why) { return Error{Errc::refused, why}; };
  if (hello.protocol != link::protocol_version)
    return Error{Errc::version,
                 "the worker speaks version " + std::to_string(hello.protocol) +
                     " of the protocol (sherpa " + hello.version + "), the coordinator version " +
                     std::to_string(link::protocol_version) + "; install the same sherpa on both"};
  if (hello.study != welcome_.study)
    return refuse("it was started for another study; give it the join file of this one");
  const auto& worker = hello.worker;
  if (worker.name.empty() || worker.incarnation.empty() || worker.slots == 0 ||
      hello.session == 0 || !worker.outlives)
    return refuse("its hello is not whole");
  if (hello.role == link::Role::job) {
    if (!jobs_) return refuse("this coordinator expects workers, and no jobs");
    {
      std::scoped_lock lock(mutex_);
      if (closed_) return Error{Errc::wrong_state, "the study is ending"};
    }
    auto ear = jobs_(hello, connection);
    if (!ear) return ear.error();
    return link::Listener::Welcomed{welcome_, *std::move(ear)};
  }
  if (admit_)
    if (auto admitted = admit_(hello); !admitted) return admitted.error();

  std::unique_lock lock(mutex_);
  if (closed_) return Error{Errc::wrong_state, "the study is ending"};
  auto& at = places_[worker.name];
  if (at && at->launcher->worker().incarnation != worker.incarnation && at->launcher->connected()) {
    const auto there = "a worker called " + base::quote(worker.name) +
                       " is connected already, from " + at->launcher->address();
    if (at->rival != worker.incarnation)
      at->rival = worker.incarnation, at->signs_before = at->signs;
    if (at->signs == at->signs_before)
      return Error{Errc::wrong_state,
                   there + "; should it be dead, this one takes its place in a moment"};
    return refuse(there + "; give this one another name with --name");
  }
  const bool back = at && at->launcher->worker() == worker;
  if (!back)
    at = std::make_shared<Place>(std::make_shared<link::RemoteLauncher>(hello, connection));
  auto place = at;
  auto& launcher = place->launcher;
  lock.unlock();
  if (back && !launcher->reconnect(hello, connection))
    return refuse("it has a newer connection already");
  lock.lock();
  if (closed_) return Error{Errc::wrong_state, "the study is ending"};
  events_.here(worker.name, worker.incarnation, hello.session, launcher);
  return link::Listener::Welcomed{
      welcome_, std::make_shared<WorkerEar>(shared_from_this(), place, hello.session)};
}

void WorkerAdmission::forget(const std::string& worker, const std::string& incarnation) {
  std::scoped_lock lock(mutex_);
  auto at = places_.find(worker);
  if (at != places_.end() && at->second->launcher->worker().incarnation == incarnation)
    places_.erase(at);
}

void WorkerAdmission::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  events_ = {};
  auto places = std::exchange(places_, {});
  lock.unlock();
  for (auto& [name, place] : places) place->launcher->close();
}

}  // namespace sherpa::actors
