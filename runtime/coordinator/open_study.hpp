#pragma once

#include "core/base/result.hpp"
#include "core/space/search_space.hpp"
#include "core/study/commands.hpp"
#include "core/study/direct_driver.hpp"
#include "core/study/engine.hpp"
#include "core/study/fact_listener.hpp"
#include "core/study/hosts.hpp"
#include "core/study/pipeline.hpp"
#include "core/study/store.hpp"
#include "core/study/viewer.hpp"

#include <sherpa/setup.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::runtime {

/// What a driver brings beside the setup.
struct DriverOptions {
  study::Placement placement = study::OnWorkers{};
  std::uint32_t prefetch = 0;  ///< suggestions to prepare ahead of free slots
  study::Limits limits;        ///< the algorithm's own budget and group size win over these
  std::string command{};       ///< of trials that run as programs; empty: absent
  /// Makes the tokens of attempts outside the process; empty: attempts have none.
  std::function<study::Token(const std::string& uuid, TrialId, AttemptId)> token{};
  /// Is shown what is stored already, and then as the pipeline's viewer.
  study::Viewer* viewer = nullptr;
  /// Learns what opening decides and every later group, before the algorithm does. May be null.
  study::FactListener* listener = nullptr;
  bool retry_failed = false;  ///< on resume: enqueue the configurations of failed trials
};

/// A study that is ready to run: created, or replayed from its store, with a decision about what an
/// earlier run left open.
struct OpenStudy {
  space::SearchSpace space;
  study::Pipeline pipeline;               ///< its journal holds what opening decided
  std::unique_ptr<study::Hosts> hosts;    ///< the pipeline's listener
  std::vector<study::Effect> released{};  ///< effects of opening that may leave at once
  std::optional<study::Ask> question{};   ///< to be put to the algorithm
  /// Trials the algorithm alone will issue, where that is known.
  std::optional<std::uint64_t> planned{};
  bool resumed = false;
};

/// What a study is called.
std::string name_of(const StudySetup& setup);

/// Checks the setup, and creates the study or resumes what `store` holds (null: in memory). Errors:
/// invalid_argument, naming what is wrong in the setup or differs from the stored study; those of
/// the store.
Result<OpenStudy> open_study(const StudySetup& setup, const DriverOptions& options,
                             study::Store* store, base::Now now);

/// The algorithm's and the rule's hosts, built from their specifications and given everything that
/// the engine's ledger holds.
Result<std::unique_ptr<study::AlgorithmHost>> build_algorithm(
    const AlgorithmSpecification& specification, const space::SearchSpace& space,
    const study::Engine& engine);
std::unique_ptr<study::RuleHost> build_rule(const StoppingRuleSpecification& specification,
                                            const study::Engine& engine);

}  // namespace sherpa::runtime
