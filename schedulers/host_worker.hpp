#pragma once

#include "core/base/result.hpp"
#include "core/study/facts.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sherpa::schedulers {

/// This host as a worker, under its own name or the given one. It keeps its incarnation as long as
/// it offers the same slots and resources. Fails with store.
Result<study::Worker> host_worker(const std::filesystem::path& jobs, std::uint32_t slots,
                                  std::vector<std::string> resources, const std::string& name = {});

}  // namespace sherpa::schedulers
