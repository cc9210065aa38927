#include "cmake/precompiled/standard.hpp"

#include <nlohmann/json.hpp>
#include <sherpa/algorithms.hpp>
#include <sherpa/results.hpp>
#include <sherpa/setup.hpp>
#include <sherpa/stopping_rules.hpp>

#include "core/study/commands.hpp"
