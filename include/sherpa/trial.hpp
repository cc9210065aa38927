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

using TrialId = std::uint64_t;    ///< 1, 2, 3, … in order of issue
using AttemptId = std::uint32_t;  ///< 1, 2, … within a trial

/// What a row of the results stands for: a measurement of a trial (INTERMEDIATE), or its summary
/// after it ended.
enum class TrialStatus : std::uint8_t { intermediate, completed, failed, stopped };

/// `INTERMEDIATE`, `COMPLETED`, `FAILED`, `STOPPED`.
SHERPA_API std::string_view show(TrialStatus status);

/// What a trial measured at one iteration. Infinite and NaN objectives are kept, and are never
/// best.
struct Observation {
  double objective = 0;
  std::int64_t iteration = 1;  ///< at least 0, in any order, each at most once per attempt
  Metrics context{};           ///< further named values, stored beside the objective
};

/// One configuration being evaluated. Move-only; used by one thread at a time.
class SHERPA_API Trial {
 public:
  class Backend;  // what stands behind it: the study loop, a running job, or nothing but a record

  explicit Trial(std::unique_ptr<Backend> backend);
  Trial(Trial&&) noexcept;
  Trial& operator=(Trial&&) noexcept;
  /// In the study loop: a trial that was not finalised is abandoned, and runs again after a resume.
  ~Trial();

  TrialId id() const;
  AttemptId attempt() const;
  const Configuration& parameters() const;
  /// A parameter's value as a T. Throws Exception(invalid_argument) for an unknown name or a value
  /// of another type.
  template <class T>
  T get(std::string_view name) const {
    return parameters().get<T>(name);
  }

  /// Adds a measurement. Returns once it is handed over. Throws Exception: invalid_argument for a
  /// negative iteration or one that this attempt has reported; superseded when another attempt has
  /// taken over; wrong_state after the end.
  void report(const Observation& observation);
  /// Whether the trial should end now: the stopping rule says so (asked about everything reported
  /// so far), a person stopped it, its time is up, or the run was told to go.
  bool should_stop();

  /// Where this attempt writes its checkpoint; made on the first call. Throws
  /// Exception(wrong_state) for a study in memory.
  std::filesystem::path save_dir();
  /// The newest checkpoint published by an earlier attempt; without one, that of the trial which
  /// `load_from` names, for trials of SuccessiveHalving, Hyperband and PopulationBasedTraining,
  /// which go on from others. Empty where there is none.
  std::optional<std::filesystem::path> load_dir() const;
  /// Makes what `save_dir()` holds the checkpoint that a later attempt loads. Done by itself when
  /// the trial ends well.
  void publish();

  Backend& backend() const;

 private:
  std::unique_ptr<Backend> backend_;
};

/// Nothing to suggest before something more is observed or ends.
struct Wait {
  friend bool operator==(Wait, Wait) = default;
};

/// Nothing more to suggest at all.
struct Done {
  friend bool operator==(Done, Done) = default;
};

}  // namespace sherpa
