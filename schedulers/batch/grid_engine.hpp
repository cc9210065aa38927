#pragma once

#include "schedulers/batch/batch_system.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What Grid Engine's programs print, taken apart. Nothing is trusted: what is not of the kind is
/// left out.
namespace sherpa::schedulers::grid_engine {

/// `qsub -terse`: `4711`, of an array `4711.1-4:1`; the number.
std::optional<std::string> parse_qsub(std::string_view text);
/// `qstat -xml`.
JobStates parse_qstat(std::string_view xml);
/// The letters of qstat's column `state`: what they say together.
JobState state_of(std::string_view letters);
/// `qacct -j ID`: the last entry, because one that was started again has several.
std::optional<JobState> parse_qacct(std::string_view text);
/// `qstat -j ID`: why it is in error, or waits; empty when it does not say.
std::string parse_reason(std::string_view text);

}  // namespace sherpa::schedulers::grid_engine
