#pragma once

#include <string>
#include <vector>

namespace sherpa::schedulers {

/// The first words of the command that runs a job's shim: `sherpa-job`, in the build or the
/// installation of this program; without it this program itself, which must then be `sherpa`.
std::vector<std::string> find_job_shim();

}  // namespace sherpa::schedulers
