#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/random.hpp>
#include <sherpa/results.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <variant>
#include <vector>

namespace sherpa {

/// What an algorithm answers: a configuration to try, Wait (ask again after the next result), or
/// Done (nothing more to try).
using Suggestion = std::variant<Configuration, Wait, Done>;

/// An algorithm of your own: derive from this class, and pass it to a study with `own("name",
/// make)`.
///
/// Threads: a study calls it from one thread at a time, not always the same.
///
/// Its answers must follow from the arguments alone, not from time, other random numbers or state
/// that a restart loses. A study that was interrupted then resumes exactly. contract_violations
/// (<sherpa/contract.hpp>) checks this.
///
/// On failure: an exception ends the study with an error (user_code); the study can be resumed.
class SHERPA_API Algorithm {
 public:
  virtual ~Algorithm();

  /// Returns the next configuration to try, Wait or Done. A configuration has a value for every
  /// parameter; values under further names are stored with the trial. `results` holds all
  /// observations and ended trials so far. `random` is a fresh stream for each suggestion: the same
  /// one when the same suggestion is asked for again.
  virtual Suggestion get_suggestion(const std::vector<Parameter>& parameters,
                                    const Results& results, bool lower_is_better,
                                    Random random) = 0;

  /// Called once when a study resumes, before the first suggestion. `num_trials` is the number of
  /// trials that this algorithm suggested before. Does nothing by default.
  virtual void load(std::uint64_t num_trials);
};

}  // namespace sherpa
