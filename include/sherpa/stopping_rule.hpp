#pragma once

#include <sherpa/export.hpp>
#include <sherpa/results.hpp>
#include <sherpa/trial.hpp>

namespace sherpa {

/// A stopping rule of your own: derive from this class, and pass it to a study with `own("name",
/// make)`.
///
/// Threads: a study calls it from one thread at a time, after observations of the trial.
///
/// On failure: an exception ends the study with an error (user_code); the study can be resumed.
class SHERPA_API StoppingRule {
 public:
  virtual ~StoppingRule();

  /// Returns whether this running trial should end now. `trial` has its id and parameters only; its
  /// observations are in `results`. Must follow from the arguments alone.
  virtual bool should_trial_stop(const Trial& trial, const Results& results,
                                 bool lower_is_better) = 0;
};

}  // namespace sherpa
