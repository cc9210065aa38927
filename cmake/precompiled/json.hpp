#include "cmake/precompiled/standard.hpp"

#include <nlohmann/json.hpp>
