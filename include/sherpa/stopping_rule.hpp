#pragma once

#include <sherpa/export.hpp>
#include <sherpa/results.hpp>
#include <sherpa/trial.hpp>

namespace sherpa {

/// The port for one's own stopping rule; give it to a study with `own("name", make)`.
///
/// Called from one thread at a time, after observations of the trial. An exception that leaves it
/// ends the study with an error; the study can be resumed.
class SHERPA_API StoppingRule {
 public:
  virtual ~StoppingRule();

  /// Whether this running trial should end now. `trial` tells its id and parameters; its curve is
  /// in `results`.
  virtual bool should_trial_stop(const Trial& trial, const Results& results,
                                 bool lower_is_better) = 0;
};

}  // namespace sherpa
