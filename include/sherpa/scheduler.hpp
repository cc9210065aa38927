#pragma once

#include <sherpa/export.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sherpa {

/// A job for a scheduler: one attempt of a trial.
struct Job {
  /// The program to run, by its absolute path, and its arguments. It runs the trial's command and
  /// reports to Sherpa over the network, from any host. The host must see the files that it names.
  /// Its exit code says nothing about the trial.
  std::vector<std::string> command{};
  /// Environment variables for people and prologue scripts; the command does not need them.
  std::map<std::string, std::string> environment{};
  std::string name{};                 ///< for people; not unique
  std::filesystem::path directory{};  ///< the working directory
  std::filesystem::path output{};     ///< the file to append its output to
  TrialId trial = 0;
  AttemptId attempt = 0;
};

/// The state of a job, in SHERPA's words.
enum class JobStatus : std::uint8_t {
  queued,
  running,
  finished,
  failed,
  killed,  ///< by a user, for example: its trial ends STOPPED
  other,   ///< anything else; Sherpa asks again later
};

/// A scheduler of your own, which runs programs somewhere: derive from this class, and pass it to
/// `run_study`.
///
/// Threads: called from one thread at a time.
///
/// Jobs may outlive the program that submitted them; a resumed study asks for them by their ids.
///
/// On failure throw any exception: one from `submit_job` ends the attempt (FAILED); one from
/// another function is logged, and the function is called again later.
class SHERPA_API Scheduler {
 public:
  virtual ~Scheduler();

  /// Starts or queues a job, and returns at once with an id for it.
  virtual std::string submit_job(const Job& job) = 0;
  /// Returns the state of a job.
  virtual JobStatus get_status(const std::string& id) = 0;
  /// Returns the states of many jobs. By default it calls `get_status` for each; override it where
  /// one call can ask for all. Leave out a job that is unknown: after a while its attempt counts as
  /// lost, never as a success.
  virtual std::map<std::string, JobStatus> get_statuses(const std::vector<std::string>& ids);
  /// Ends a running job or removes a queued one. The job may have ended already.
  virtual void kill_job(const std::string& id) = 0;
};

}  // namespace sherpa
