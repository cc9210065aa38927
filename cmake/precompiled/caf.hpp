#include "cmake/precompiled/standard.hpp"

#include <caf/all.hpp>

#include "actors/caf.hpp"
