#pragma once

#include "core/study/engine.hpp"
#include "core/study/store.hpp"

#include <cstdint>
#include <vector>

namespace sherpa::runtime {

/// The facts of a study in memory, which were not kept, for a store: one attempt per trial, in the
/// order in which things happened, all `at` one time (microseconds since 1970).
std::vector<study::Group> retold_facts(const study::Engine& engine, std::int64_t at);

}  // namespace sherpa::runtime
