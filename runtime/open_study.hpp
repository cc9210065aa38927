#pragma once

#include "study/commands.hpp"
#include "study/direct_driver.hpp"
#include "study/engine.hpp"
#include "study/hosts.hpp"
#include "study/journal.hpp"
#include "study/result.hpp"
#include "study/search_space.hpp"
#include "study/store.hpp"
#include "study/viewer.hpp"

#include <sherpa/setup.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sherpa::runtime {

/// What a driver brings beside the setup.
struct DriverOptions {
  bool direct = false;              ///< the study loop
  std::uint32_t prefetch = 0;       ///< suggestions to prepare ahead of free slots
  study::Limits limits;             ///< the algorithm's own budget and group size win over these
  std::string command{};            ///< of trials that run as programs; empty: there is none
  study::Viewer* viewer = nullptr;  ///< is shown what is stored already, and without a store what opening decides
};

/// A study that is ready to go on: created, or replayed from its store with what an earlier run left open decided.
struct OpenStudy {
  study::SearchSpace space;
  std::unique_ptr<study::Engine> engine;
  std::unique_ptr<study::AlgorithmHost> algorithm;
  std::unique_ptr<study::RuleHost> rule;  ///< null without a rule
  study::Journal journal;                 ///< holds what opening decided
  std::vector<study::Effect> effects;     ///< that may leave at once
  std::optional<study::Ask> ask;          ///< to be put to the algorithm
  std::optional<std::uint64_t> planned;   ///< trials the algorithm alone will issue, where that is known
  bool resumed = false;
};

/// What a study is called.
std::string name_of(const StudySetup& setup);

/// Checks the setup, and creates the study or resumes what `store` holds (null: in memory). Errors: invalid_argument, naming what
/// is wrong in the setup or differs from the stored study; those of the store.
Result<OpenStudy> open_study(const StudySetup& setup, const DriverOptions& options, study::Store* store, study::Now now);

/// The algorithm's and the rule's hosts, built afresh and told everything the engine's ledger holds.
Result<std::unique_ptr<study::AlgorithmHost>> build_algorithm(const AlgorithmSpecification& specification,
                                                              const study::SearchSpace& space, const study::Engine& engine);
std::unique_ptr<study::RuleHost> build_rule(const StoppingRuleSpecification& specification, const study::Engine& engine);

}  // namespace sherpa::runtime
