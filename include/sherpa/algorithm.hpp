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

/// What an algorithm answers: try this, ask again when more is known, or nothing more.
using Suggestion = std::variant<Configuration, Wait, Done>;

/// The port for one's own algorithm; give it to a study with `own("name", make)`.
///
/// Called from one thread at a time. What it answers must follow from its arguments alone: then a
/// study that was interrupted resumes exactly. An exception that leaves it ends the study with an
/// error; the study can be resumed.
class SHERPA_API Algorithm {
 public:
  virtual ~Algorithm();

  /// The next configuration to try: a value for every parameter; further names are kept with the
  /// trial as fields of the algorithm's own. `random` is a stream of its own for each suggestion.
  virtual Suggestion get_suggestion(const std::vector<Parameter>& parameters,
                                    const Results& results, bool lower_is_better,
                                    Random random) = 0;

  /// Called once when a study resumes, before the first suggestion, with the number of trials it
  /// was asked for earlier.
  virtual void load(std::uint64_t num_trials);
};

}  // namespace sherpa
