#pragma once

#include "core/space/json.hpp"

namespace sherpa::feed {

/// The names of the enumerations whose values facts and tables hold as numbers:
/// `{"status": ["INTERMEDIATE", …], "end": […], …}`. A name's place in its list is its value.
/// Viewers receive them in the greeting, so that the page has no list of its own.
space::json::Json enumerations();

}  // namespace sherpa::feed
