#pragma once

#include "actors/handles.hpp"
#include "actors/team.hpp"
#include "actors/worker_admission.hpp"

#include <map>
#include <memory>
#include <string>

namespace sherpa::actors {

/// Stands for the workers on other hosts: opens the listener to them, raises a scheduler for each,
/// which the study cannot tell from its own, and tells the study who is alive and who has left.
class NodeActor final : public NodeHandle::base {
 public:
  NodeActor(caf::actor_config& config, std::shared_ptr<TeamParts> parts, bool judged,
            StudyHandle study);

  behavior_type make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "node"; }

 private:
  /// A start of a worker, from its first hello until it leaves.
  struct Peer {
    std::string incarnation{};
    std::uint64_t session = 0;
    bool connected = false;
    std::shared_ptr<link::RemoteLauncher> launcher{};
    SchedulerHandle scheduler{};
  };

  void open_listener();
  void here(const PeerHere& peer);
  void lost(const PeerLost& lost);
  Peer* find(const std::string& worker, const std::string& incarnation);
  void leave(const std::string& worker, const std::string& incarnation, const std::string& why,
             study::End end);
  void gone(const WorkerGone& gone);
  void remove(const std::string& worker);
  void broke(const caf::actor_addr& whom);

  std::shared_ptr<TeamParts> parts_;
  bool judged_;
  StudyHandle study_;
  std::shared_ptr<WorkerAdmission> admission_;
  std::map<std::string, Peer> peers_;  // by the worker's name
};

}  // namespace sherpa::actors
