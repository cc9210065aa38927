#pragma once

#include "study/engine.hpp"

#include <sherpa/optimize.hpp>

#include <cstdint>
#include <optional>

namespace sherpa::study {

/// How a study stands, without its times. `planned`: trials the algorithm alone will issue, where that is known. `now`, by the
/// steady clock: where workers are on other hosts, and hold leases.
Progress picture_of(const Engine& engine, std::optional<std::uint64_t> planned, std::optional<Duration> now = {});

}  // namespace sherpa::study
