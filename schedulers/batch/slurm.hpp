#pragma once

#include "schedulers/batch/batch_system.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What Slurm's programs print, taken apart. Nothing is trusted: what is no line of the kind is
/// left out.
namespace sherpa::schedulers::slurm {

/// `4711` or `4711;cluster`: the id.
std::optional<std::string> parse_sbatch(std::string_view text);
/// Lines of `squeue -h -o '%i|%T|%r'`.
JobStates parse_squeue(std::string_view text);
/// Lines of `sacct -n -X -P -o JobID,State,ExitCode`.
JobStates parse_sacct(std::string_view text);
/// A state in Slurm's word for it; one that is not known counts as running.
JobState state_of(std::string_view word, std::string_view reason);

}  // namespace sherpa::schedulers::slurm
