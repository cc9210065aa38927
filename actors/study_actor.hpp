#pragma once

#include "actors/handles.hpp"
#include "actors/mailbox.hpp"
#include "actors/team.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sherpa::actors {

/// Owns the engine: the one actor that decides. Spawns the others and monitors them; turns messages
/// into commands, and sends their effects to the actors concerned.
class StudyActor final : public StudyHandle::base, private study::FactListener {
 public:
  StudyActor(caf::actor_config& config, std::shared_ptr<TeamParts> parts,
             std::shared_ptr<Mailbox> mailbox);

  behavior_type make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "study"; }

 private:
  using Attempt = std::pair<TrialId, AttemptId>;
  /// What runs attempts: here, or on another host.
  struct Runner {
    std::string incarnation;
    SchedulerHandle scheduler;
    std::weak_ptr<study::Launcher> launcher;
  };

  template <class Command>
  study::Answer act(const Command& command);
  void carry(study::Step step);
  void learn(const study::Group& facts) override;
  void let_out(std::vector<study::Effect> effects);
  void store_next();
  void stored(const Stored& answer);
  void fail(const Error& error);
  void finish();

  void spawn_parts(const StudyHandle& self);
  void spawn_algorithm(std::unique_ptr<study::AlgorithmHost> host);
  void spawn_rule(std::unique_ptr<study::RuleHost> host);
  void lost(const caf::actor_addr& whom);

  void joined(const Capacity& capacity);
  void say_goodbye(const study::Group& facts);
  Runner* runner(const std::string& worker, const std::string& incarnation);
  void settle(TrialId trial, AttemptId attempt, const std::string& worker);

  void steer(const Steer& steer);
  void observed(const Observed& seen);
  void show(std::function<void(Progress)> show);
  void tell_kept();
  void judged(const Verdict& verdict);
  Progress snapshot() const;

  std::shared_ptr<TeamParts> parts_;
  std::shared_ptr<Mailbox> mailbox_;
  study::Pipeline& pipeline_;
  const study::Engine& engine_;

  AlgorithmHandle algorithm_;
  StoppingRuleHandle rule_;
  JournalHandle store_;
  SchedulerHandle scheduler_;              // this process's; none where there are only workers
  NodeHandle node_;                        // none where there are no workers
  std::map<std::string, Runner> runners_;  // by the worker's name
  std::map<Attempt, TrialHandle> trials_;  // those that have spoken

  /// A post that is applied and not yet stored.
  struct Unkept {
    study::Seq seq;
    Attempt attempt;
    std::uint64_t ticket;
  };
  std::deque<Unkept> unkept_;
  std::deque<std::pair<study::Seq, std::function<void(Result<void>)>>>
      steered_;  // applied, and not yet stored
  /// A snapshot of what is applied and not yet stored.
  struct Unshown {
    study::Seq seq;
    Progress progress;
    std::function<void(Progress)> show;
  };
  std::deque<Unshown> unshown_;
  Progress shown_;                          // the last one that was shown
  std::optional<study::Worker> outliving_;  // whose lease is renewed: it is this process
  study::Journal::Batch under_way_;         // at the journal actor
  std::optional<study::effect::Finished> finished_;
  int restarts_ = 0;
  std::chrono::steady_clock::time_point began_;
  std::uint64_t ended_before_ = 0;  // trials, when this run began
};

}  // namespace sherpa::actors
