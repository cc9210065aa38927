#pragma once

#include "study/engine.hpp"

#include <sherpa/optimize.hpp>

#include <cstdint>
#include <optional>

namespace sherpa::study {

/// How a study stands, without its times. `planned`: trials the algorithm alone will issue, where that is known.
Progress picture_of(const Engine& engine, std::optional<std::uint64_t> planned);

}  // namespace sherpa::study
