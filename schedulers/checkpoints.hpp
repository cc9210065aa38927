#pragma once

#include "core/base/result.hpp"
#include "core/study/lineage.hpp"

#include <sherpa/trial.hpp>

#include <filesystem>
#include <string>

namespace sherpa::schedulers {

/// Where attempts keep their checkpoints: `checkpoints/<trial>/<attempt>/` below the output
/// directory.

using study::checkpoint_directory;

/// The attempt's directory, made. Fails with store, or wrong_state for a study in memory (empty
/// output directory).
Result<std::filesystem::path> make_checkpoint_directory(const std::filesystem::path& output_dir,
                                                        TrialId trial, AttemptId attempt);

/// Points `checkpoints/<trial>/current` to a published directory, atomically.
Result<void> point_current(const std::filesystem::path& output_dir, TrialId trial,
                           const std::string& directory);

/// Deletes a trial's checkpoints but `keep` (as the facts name it; empty: all, and the link), or
/// only those of attempts before it.
Result<void> prune_checkpoints(const std::filesystem::path& output_dir, TrialId trial,
                               const std::string& keep, bool earlier_only);

}  // namespace sherpa::schedulers
