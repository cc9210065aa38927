#pragma once

#include "core/study/engine.hpp"

#include <sherpa/progress.hpp>

#include <cstdint>
#include <optional>

namespace sherpa::feed {

/// How a study stands, without its times. `planned`: trials the algorithm alone will issue, where
/// that is known. `now`, by the steady clock: where workers are on other hosts, and hold leases.
Progress snapshot_of(const study::Engine& engine, std::optional<std::uint64_t> planned,
                     std::optional<base::Duration> now = {});

}  // namespace sherpa::feed
