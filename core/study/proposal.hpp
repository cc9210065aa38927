#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/error.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <variant>
#include <vector>

namespace sherpa::study {

/// A configuration that an algorithm chose, and which member of each Chain chose it, outermost
/// first.
struct Chosen {
  Configuration configuration{};
  std::vector<std::uint32_t> path{};
};

/// A suggestion (sherpa::Suggestion) as it travels inside: with its path; an error ends the study.
using Proposal = std::variant<Chosen, Wait, Done, Error>;

}  // namespace sherpa::study
