#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/value.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace sherpa {

namespace internal {
struct Access;
}

using TrialId = std::uint64_t;    ///< 1, 2, 3, … in order of issue
using AttemptId = std::uint32_t;  ///< 1, 2, … within a trial

/// The kind of a row of the results: an observation of a trial (intermediate), or the summary of a
/// trial that ended in one of three ways.
enum class TrialStatus : std::uint8_t { intermediate, completed, failed, stopped };

/// `INTERMEDIATE`, `COMPLETED`, `FAILED`, `STOPPED`.
SHERPA_API std::string_view show(TrialStatus status);

/// What a trial measured at one iteration. NaN and infinite objectives are stored, and are never
/// best.
struct Observation {
  double objective = 0;
  std::int64_t iteration = 1;  ///< at least 0; in any order; each at most once in an attempt
  Metrics context{};           ///< metrics: further named numbers, stored beside the objective
};

/// One configuration being evaluated. Move-only.
///
/// Threads: one at a time.
class SHERPA_API Trial {
 public:
  class Backend;

  Trial(Trial&&) noexcept;
  Trial& operator=(Trial&&) noexcept;
  /// In the study loop: abandons a trial that was not finalized; it runs again when the study is
  /// resumed.
  ~Trial();

  TrialId id() const;
  AttemptId attempt() const;
  const Configuration& parameters() const;
  /// Returns a parameter's value as a T. Throws Exception(invalid_argument) for an unknown name, or
  /// when the value is not a T.
  template <class T>
  T get(std::string_view name) const {
    return parameters().get<T>(name);
  }

  /// Reports an observation. Returns once the study has received it, before it is stored. Throws
  /// Exception: invalid_argument for a negative iteration or one that this attempt has already
  /// reported; superseded when another attempt has taken over; wrong_state after the trial's end.
  void report(const Observation& observation);
  /// Returns whether the trial should end now: the stopping rule says so, a person has stopped it,
  /// its time is up, or the run is being cancelled. Waits until the rule has judged everything
  /// reported so far.
  bool should_stop();

  /// Returns the directory for this attempt's checkpoint; creates it on the first call. Throws
  /// Exception(wrong_state) when the study is in memory only.
  std::filesystem::path save_dir();
  /// Returns the directory of the checkpoint to begin with: the newest one that an earlier attempt
  /// of this trial published; without one, that of the trial named by `load_from`
  /// (SuccessiveHalving, Hyperband and PopulationBasedTraining resume from other trials). Returns
  /// nothing when there is none.
  std::optional<std::filesystem::path> load_dir() const;
  /// Publishes the content of `save_dir()` as the checkpoint that a later attempt loads; returns
  /// when that is stored. Happens by itself when the trial completes. Throws as `report`.
  void publish();

 private:
  friend struct internal::Access;
  explicit Trial(std::unique_ptr<Backend> backend);
  Backend& backend() const;
  std::unique_ptr<Backend> backend_;
};

/// There is nothing to suggest until there are new results.
struct Wait {
  friend bool operator==(Wait, Wait) = default;
};

/// There is nothing more to suggest.
struct Done {
  friend bool operator==(Done, Done) = default;
};

}  // namespace sherpa
