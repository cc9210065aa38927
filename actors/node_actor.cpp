#include "actors/node_actor.hpp"

#include "actors/scheduler_actor.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

#include <utility>

namespace sherpa::actors {

using namespace std::chrono_literals;

namespace {

constexpr auto time_to_come_back = 500ms;  // of a worker whose connection was closed

}  // namespace

NodeActor::NodeActor(caf::actor_config& config, std::shared_ptr<TeamParts> parts, bool judged,
                     StudyHandle study)
    : NodeHandle::base(config),
      parts_(std::move(parts)),
      judged_(judged),
      study_(std::move(study)) {}

NodeActor::behavior_type NodeActor::make_behavior() {
  when_lost(this, [this](const caf::actor_addr& whom, const caf::error& reason) {
    if (reason) broke(whom);
  });
  open_listener();
  return {
      [this](const PeerHere& peer) { here(peer); },
      [this](const PeerAlive& peer) {
        if (auto* at = find(peer.worker, peer.incarnation))
          tell(this, at->scheduler, Alive{peer.worker, peer.incarnation});
      },
      [this](const PeerDrains& peer) {
        auto* at = find(peer.worker, peer.incarnation);
        if (!at) return;
        base::log(LogLevel::info, "worker " + peer.worker + " takes no more trials: " + peer.why);
        tell(this, at->scheduler, Drain{peer.worker, peer.incarnation});
      },
      [this](const PeerLost& peer) { lost(peer); },
      [this](const PeerLeaves& peer) {
        leave(peer.worker, peer.incarnation, peer.goodbye.why, peer.goodbye.end);
      },
      [this](const IsBack& asked) {
        auto* peer = find(asked.worker, asked.incarnation);
        if (peer && !peer->connected && peer->session == asked.session)
          leave(asked.worker, asked.incarnation,
                "its connection was closed: its process has died, most likely", study::End::lost);
      },
      [this](const WorkerGone& whom) { gone(whom); },
      [this](const StudyOver& over) {
        for (auto& [name, peer] : peers_)
          peer.launcher->say(link::Goodbye{over.why, study::End::completed});
      },
  };
}

void NodeActor::open_listener() {
  auto self = caf::actor_cast<NodeHandle>(this);
  PeerEvents events;
  events.here = [self](const auto& worker, const auto& incarnation, auto session, auto launcher) {
    tell_from_outside(self, PeerHere{worker, incarnation, session, std::move(launcher)});
  };
  events.alive = [self](const auto& worker, const auto& incarnation) {
    tell_from_outside(self, PeerAlive{worker, incarnation});
  };
  events.drains = [self](const auto& worker, const auto& incarnation, const auto& why) {
    tell_from_outside(self, PeerDrains{worker, incarnation, why});
  };
  events.lost = [self](const auto& worker, const auto& incarnation, auto session, auto why,
                       const auto& message) {
    tell_from_outside(self, PeerLost{worker, incarnation, session, why, message});
  };
  events.leaves = [self](const auto& worker, const auto& incarnation, auto goodbye) {
    tell_from_outside(self, PeerLeaves{worker, incarnation, std::move(goodbye)});
  };
  auto workers = parts_->workers;
  workers.welcome.judged = judged_;
  admission_ = std::make_shared<WorkerAdmission>(workers, std::move(events));
  parts_->workers.listener->open(
      [admission = admission_](const link::Hello& hello,
                               const std::shared_ptr<link::Connection>& connection) {
        auto welcomed = admission->greet(hello, connection);
        if (!welcomed)
          base::log(LogLevel::warning, "worker " + base::quote(hello.worker.name) + " at " +
                                           connection->address() +
                                           " is refused: " + welcomed.error().message);
        return welcomed;
      });
}

void NodeActor::here(const PeerHere& here) {
  auto& peer = peers_[here.worker];
  const bool back = peer.launcher == here.launcher;
  if (back && here.session <= peer.session) return;
  if (!back) {
    if (peer.scheduler)
      caf::anon_send_exit(peer.scheduler, caf::exit_reason::user_shutdown);  // of an earlier start
    peer = {};
    peer.launcher = here.launcher;
    peer.scheduler = spawn<SchedulerActor>(here.launcher, parts_->services, judged_, study_);
    watch_over(this, peer.scheduler);
  } else {
    tell(this, peer.scheduler, Announce{});
  }
  peer.incarnation = here.incarnation;
  peer.session = here.session;
  peer.connected = true;
  base::log(LogLevel::info, "worker " + here.worker + (back ? " is back" : " joins") + " from " +
                                here.launcher->address());
}

void NodeActor::lost(const PeerLost& lost) {
  auto* peer = find(lost.worker, lost.incarnation);
  if (!peer || peer->session != lost.session) return;
  peer->connected = false;
  switch (lost.why) {
    case link::Loss::goodbye:
      leave(lost.worker, lost.incarnation, lost.message.empty() ? "it left" : lost.message,
            study::End::interrupted);
      break;
    case link::Loss::closed:
      remind(this, time_to_come_back, IsBack{lost.worker, lost.incarnation, lost.session});
      break;
    case link::Loss::here: break;
    case link::Loss::silent:
    case link::Loss::broken:  // its lease runs
      base::log(LogLevel::warning, "worker " + lost.worker + " is out of sight: " + lost.message);
      break;
  }
}

NodeActor::Peer* NodeActor::find(const std::string& worker, const std::string& incarnation) {
  auto at = peers_.find(worker);
  return at != peers_.end() && at->second.incarnation == incarnation ? &at->second : nullptr;
}

void NodeActor::leave(const std::string& worker, const std::string& incarnation,
                      const std::string& why, study::End end) {
  if (!find(worker, incarnation)) return;
  base::log(LogLevel::info, "worker " + worker + " leaves: " + why);
  tell(this, study_, Leave{worker, incarnation, why, end});
  remove(worker);
}

/// The study has no use for it any more: its lease ran out, or everything failed on it, or it is
/// not taken at all.
void NodeActor::gone(const WorkerGone& gone) {
  auto* peer = find(gone.worker, gone.incarnation);
  if (!peer) return;
  base::log(LogLevel::warning, "worker " + gone.worker + ": " + gone.why);
  peer->launcher->say(gone.barred ? link::Message(link::Goodbye{gone.why, study::End::lost})
                                  : link::Message(link::JoinAgain{gone.why}));
  remove(gone.worker);
}

void NodeActor::remove(const std::string& worker) {
  auto at = peers_.find(worker);
  admission_->forget(worker, at->second.incarnation);
  auto scheduler = at->second.scheduler;
  peers_.erase(at);
  caf::anon_send_exit(scheduler, caf::exit_reason::user_shutdown);
}

/// A scheduler's actor broke: to the study it is as if its worker were lost, and the worker joins
/// again.
void NodeActor::broke(const caf::actor_addr& whom) {
  for (auto& [name, peer] : peers_) {
    if (peer.scheduler.address() != whom) continue;
    auto launcher = peer.launcher;
    leave(std::string(name), std::string(peer.incarnation), "its scheduler's actor broke",
          study::End::lost);
    launcher->say(link::JoinAgain{"its scheduler's actor broke"});
    return;
  }
}

void NodeActor::on_exit() {
  if (admission_) admission_->close();
  for (auto& [name, peer] : peers_)
    caf::anon_send_exit(peer.scheduler, caf::exit_reason::user_shutdown);
  peers_.clear();
}

}  // namespace sherpa::actors
