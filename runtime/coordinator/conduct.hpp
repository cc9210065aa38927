#pragma once

#include "actors/worker_admission.hpp"
#include "core/base/result.hpp"
#include "core/space/search_space.hpp"
#include "core/study/facts.hpp"
#include "core/study/launcher.hpp"
#include "core/study/steering.hpp"
#include "core/study/viewer.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/setup.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace sherpa::runtime {

struct StudyDirectory;

/// A study and what it is run with, whatever it is that runs its attempts.
struct Conduct {
  StudySetup setup;
  study::Limits limits{};
  std::string command{};       ///< of trials that run as programs, as the store keeps it
  std::uint32_t prefetch = 0;  ///< suggestions to prepare ahead of free slots
  /// What attempts run on in this process; absent: only workers. Called when the study is open. The
  /// directory is null for a study in memory.
  std::function<Result<std::unique_ptr<study::Launcher>>(const StudyDirectory* directory)> launcher;
  /// How workers on other hosts are taken; absent: not at all. Called when the study is open. The
  /// listener outlives the call of `conduct`.
  std::function<Result<actors::Workers>(const StudyDirectory* directory, const std::string& uuid)>
      workers{};
  bool tokens = false;  ///< attempts prove themselves by a secret, in a token that names the study
  std::stop_token stop{};
  std::function<void(const Progress&)> progress{};
  /// Called, with the study's UUID and on another thread, once the attempts of an earlier run that
  /// still run are taken up.
  std::function<void(const std::string& uuid)> taken_up{};
  /// Is shown the study as it is stored; outlives the call of `conduct`.
  study::Viewer* viewer = nullptr;
  /// Called with the running study, and with null before it goes: for whoever watches and steers it
  /// from another thread.
  std::function<void(study::Steerable*, const space::SearchSpace&)> running{};
};

struct Conducted {
  study::EndOfStudy why = study::EndOfStudy::exhausted;
  std::string message{};
  std::optional<BestResult> best{};
  Results results{};
};

/// Opens or resumes the study, runs it to its end or until it is told to stop, and leaves
/// everything stored. Errors: those of opening; store; what the progress callback throws is thrown
/// again.
Result<Conducted> conduct(const Conduct& what);

}  // namespace sherpa::runtime
