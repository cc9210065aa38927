#pragma once

#include <sherpa/trial.hpp>

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

/// The files of jobs in `jobs/` below the output directory. Only the outputs stay; the others are
/// deleted when the end of their attempt is stored.
namespace sherpa::schedulers {

/// The files of one attempt.
struct JobFiles {
  /// The attempt as it was started, for a coordinator that returns; deleted last.
  std::filesystem::path record;
  std::filesystem::path lock;        ///< held by its shim
  std::filesystem::path token;       ///< its secret for the trial API
  std::filesystem::path parameters;  ///< its configuration, JSON
  std::filesystem::path end;         ///< how it ended, written by its shim
  std::filesystem::path output;      ///< of all attempts of the trial

  JobFiles(const std::filesystem::path& jobs, TrialId trial, AttemptId attempt);
  /// All but the output.
  void remove() const;
};

/// The files of one attempt that a batch system runs.
struct BatchFiles {
  std::filesystem::path record;  ///< the attempt as it was submitted; deleted last
  std::filesystem::path ticket;  ///< the secret with which its job says hello
  std::filesystem::path id;      ///< the output of the program that submitted it

  BatchFiles(const std::filesystem::path& jobs, TrialId trial, AttemptId attempt);
  void remove() const;
};

/// All attempts that have a record with this ending, sorted: `.json` of local jobs, `.batch` of
/// jobs of a batch system.
std::vector<std::pair<TrialId, AttemptId>> recorded_jobs(const std::filesystem::path& jobs,
                                                         std::string_view ending = ".json");

}  // namespace sherpa::schedulers
