#include "actors/worker_admission.hpp"

#include "core/base/deferred.hpp"
#include "core/base/text.hpp"

#include <utility>

namespace sherpa::actors {

/// One connection of a worker.
class WorkerAdmission::WorkerConnectionHandler final : public link::ConnectionHandler {
 public:
  WorkerConnectionHandler(std::shared_ptr<WorkerAdmission> admission, std::shared_ptr<Place> place,
                          std::uint64_t session)
      : admission_(std::move(admission)),
        place_(std::move(place)),
        launcher_(place_->launcher),
        session_(session),
        worker_(launcher_->worker().name),
        incarnation_(launcher_->worker().incarnation) {}

  void received(link::Message&& message) override {
    if (auto* goodbye = std::get_if<link::Goodbye>(&message)) {
      tell([&](const PeerEvents& to) { to.leaves(worker_, incarnation_, std::move(*goodbye)); });
    } else if (auto* drain = std::get_if<link::Drain>(&message)) {
      tell([&](const PeerEvents& to) { to.drains(worker_, incarnation_, drain->why); });
    } else {
      launcher_->received(session_, std::move(message));
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
    std::scoped_lock lock(admission_->mutex_);
    if (!admission_->closed_) call(admission_->events_);
  }

  const std::shared_ptr<WorkerAdmission> admission_;
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
    auto handler = jobs_(hello, connection);
    if (!handler) return handler.error();
    return link::Listener::Welcomed{welcome_, *std::move(handler)};
  }
  if (admit_)
    if (auto admitted = admit_(hello); !admitted) return admitted.error();

  auto taken = take_place(hello, connection);
  if (!taken) return taken.error();
  const auto& [place, back] = *taken;
  if (back && !place->launcher->reconnect(hello, connection))
    return refuse("it has a newer connection already");
  std::scoped_lock lock(mutex_);
  if (closed_) return Error{Errc::wrong_state, "the study is ending"};
  events_.here(worker.name, worker.incarnation, hello.session, place->launcher);
  return link::Listener::Welcomed{welcome_, std::make_shared<WorkerConnectionHandler>(
                                                shared_from_this(), place, hello.session)};
}

/// The place of the worker's name, and whether this incarnation has it already.
Result<std::pair<std::shared_ptr<WorkerAdmission::Place>, bool>> WorkerAdmission::take_place(
    const link::Hello& hello, const std::shared_ptr<link::Connection>& connection) {
  const auto& worker = hello.worker;
  std::scoped_lock lock(mutex_);
  if (closed_) return Error{Errc::wrong_state, "the study is ending"};
  auto& place = places_[worker.name];
  if (place && place->launcher->worker().incarnation != worker.incarnation &&
      place->launcher->connected()) {
    const auto there = "a worker called " + base::quote(worker.name) +
                       " is connected already, from " + place->launcher->address();
    if (place->rival != worker.incarnation)
      place->rival = worker.incarnation, place->signs_before = place->signs;
    if (place->signs == place->signs_before)
      return Error{Errc::wrong_state,
                   there + "; should it be dead, this one takes its place in a moment"};
    return Error{Errc::refused, there + "; give this one another name with --name"};
  }
  const bool back = place && place->launcher->worker() == worker;
  if (!back)
    place = std::make_shared<Place>(std::make_shared<link::RemoteLauncher>(hello, connection));
  return std::pair(place, back);
}

void WorkerAdmission::forget(const std::string& worker, const std::string& incarnation) {
  std::scoped_lock lock(mutex_);
  auto found = places_.find(worker);
  if (found != places_.end() && found->second->launcher->worker().incarnation == incarnation)
    places_.erase(found);
}

void WorkerAdmission::close() {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  closed_ = true;
  events_ = {};
  for (auto& [name, place] : std::exchange(places_, {}))
    after.call([launcher = place->launcher] { launcher->close(); });
}

}  // namespace sherpa::actors
