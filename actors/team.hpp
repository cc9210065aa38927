#pragma once

#include "actors/messages.hpp"
#include "actors/team_services.hpp"
#include "actors/worker_admission.hpp"
#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/engine.hpp"
#include "core/study/hosts.hpp"
#include "core/study/launcher.hpp"
#include "core/study/pipeline.hpp"
#include "core/study/steering.hpp"
#include "core/study/store.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::actors {

/// What a team is made of.
struct TeamParts {
  study::Pipeline pipeline;
  std::unique_ptr<study::Hosts> hosts;  ///< listen to the pipeline until actors take their place
  std::vector<study::Effect> released;  ///< effects of opening that may leave at once
  std::optional<study::Ask> question;   ///< to be put to the algorithm
  study::Store* store = nullptr;        ///< null: in memory; outlives the team
  std::shared_ptr<study::Launcher> launcher;  ///< of this process; null: there are only workers
  Workers workers{};                          ///< on other hosts
  /// Trials the algorithm alone will issue, where that is known.
  std::optional<std::uint64_t> planned;
  TeamServices* services = nullptr;  ///< outlives the team
};

/// How a team's study ended.
struct TeamResult {
  study::EndOfStudy why = study::EndOfStudy::exhausted;
  std::string message;
  std::optional<Error> error;  ///< of the store: it ended without an end that is stored
  Progress last;               ///< the study at its end
  Results results;
};

/// The actors that run one study in this process: study, algorithm, stopping rule, scheduler,
/// journal, one for each running trial, and the node that takes workers from other hosts.
class Team final : public study::Steerable {
 public:
  explicit Team(TeamParts parts);
  /// Tells everybody to go and waits for them, and for the code that runs in trials.
  ~Team() override;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Nothing starts any more, running trials are asked to stop, then the study ends.
  void interrupt(study::EndOfStudy why, const std::string& message);
  /// The store is lost: the study ends at once, and nothing more of it is stored.
  void abandon(const Error& error);

  /// Returns when the study has ended, or `progress` was asked for and is there, or the time is
  /// over, or `wake` was called.
  void wait(std::chrono::milliseconds at_most);
  void wake();
  bool ended() const;
  TeamResult take_result();

  /// Requests a snapshot of the study, which `progress` returns once, a moment later.
  void ask_for_progress();
  std::optional<Progress> progress();
  /// The snapshot at the study's end; empty when the study's actor has failed.
  std::optional<Progress> last_progress();
  /// The results as far as they are stored.
  Results results() const override;
  void steer(study::SteeringCommand command, std::function<void(Result<void>)> done) override;
  void progress(std::function<void(Result<Progress>)> show) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa::actors
