#pragma once

#include "actors/team.hpp"
#include "core/base/result.hpp"
#include "core/space/search_space.hpp"
#include "core/study/facts.hpp"
#include "runtime/coordinator/execution.hpp"
#include "runtime/coordinator/held_starts.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "runtime/coordinator/study_page.hpp"
#include "runtime/store/study_directory.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>
#include <sherpa/setup.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace sherpa::runtime {

/// How a study ended.
struct StudyOutcome {
  study::EndOfStudy why = study::EndOfStudy::exhausted;
  std::string message{};
  Progress last{};  ///< the study at its end
  Results results{};

  /// Why a program that ran it should report failure, in one line that names the counts and the
  /// reason: it ended with an error, or trials failed and none completed. Empty: it should not.
  std::string failure() const;
};

/// What a run is given, wherever its attempts run.
struct RunSettings {
  StudySetup setup;
  study::Limits limits{};
  std::string command{};       ///< of trials that run as programs, as the store keeps it
  std::uint32_t prefetch = 0;  ///< suggestions to prepare ahead of free slots
  bool retry_failed = false;   ///< run the configurations of failed trials again
  std::stop_token stop{};
  std::function<void(const Progress&)> progress{};  ///< called on the thread that calls `run`
};

/// One run of a study by actors, from opening its directory to its results.
class StudyRun final : public actors::TeamServices {
 public:
  /// `execution` and `page` (null: none) outlive the run.
  StudyRun(RunSettings settings, Execution& execution, StudyPage* page)
      : settings_(std::move(settings)), execution_(execution), page_(page) {}

  /// Runs the study to its end, or until it is asked to stop; then everything is stored. Call it
  /// once. Errors: those of opening; store. Throws what the progress callback threw.
  Result<StudyOutcome> run();

 private:
  Result<void> open_directory();
  Result<void> open();
  Result<void> keep_results(const actors::TeamResult& result) const;
  actors::TeamResult drive(Runners runners);
  void show_progress(actors::Team& team);
  bool show(const Progress& progress);
  bool has_audience() const { return settings_.progress && !thrown_; }
  study::Store* store() const { return directory_ ? directory_->store.get() : nullptr; }

  // For the team, on its threads.
  Result<std::unique_ptr<study::AlgorithmHost>> rebuild_algorithm(
      const study::Engine& engine) override;
  std::unique_ptr<study::RuleHost> rebuild_rule(const study::Engine& engine) override;
  std::shared_ptr<study::Launcher> guard(std::shared_ptr<study::Launcher> launcher) override;
  Result<void> point_current(const study::effect::CheckpointCurrent& current) override;
  Result<void> prune(const study::effect::CheckpointsUnneeded& unneeded) override;
  std::string hash_token(const std::string& token) override;
  void adopted() override { execution_.adopted(uuid_); }

  const RunSettings settings_;
  Execution& execution_;
  StudyPage* const page_;
  std::unique_ptr<StudyDirectory> directory_{};  // null for a study in memory
  std::shared_ptr<HeldStarts> held_{};           // likewise
  std::optional<OpenStudy> study_{};
  space::SearchSpace space_{};
  std::string uuid_{};
  std::exception_ptr thrown_{};  // by the progress callback
};

}  // namespace sherpa::runtime
