#pragma once

#include <sherpa/export.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sherpa {

/// What a scheduler is given to run: one attempt of a trial.
struct Job {
  /// A program, by its absolute path, and its arguments. It runs the trial's command and tells
  /// Sherpa how that goes, from whichever host it is on; its own exit code says nothing about the
  /// trial. The files that it names must be seen there.
  std::vector<std::string> command{};
  std::map<std::string, std::string>
      environment{};                  ///< for people and prologues; the command does not need it
  std::string name{};                 ///< for people; another attempt may have the same
  std::filesystem::path directory{};  ///< where it should run
  std::filesystem::path output{};     ///< to which what it prints should be appended
  TrialId trial = 0;
  AttemptId attempt = 0;
};

/// What has become of a job, in SHERPA's words.
enum class JobStatus : std::uint8_t {
  queued,
  running,
  finished,
  failed,
  killed,  ///< by a person, say: its trial ends STOPPED
  other,   ///< anything else; it is asked again
};

/// The port for one's own scheduler, that knows how to run a program somewhere; give it to
/// `run_study`.
///
/// Called from one thread at a time. Jobs may outlive the program that submitted them: a study that
/// is resumed asks for them by their ids. An exception out of `submit_job` is the end of the
/// attempt (FAILED), one out of the others is logged, and they are called again later.
class SHERPA_API Scheduler {
 public:
  virtual ~Scheduler();

  /// Starts or queues it and returns at once: with the id by which it is known from now on.
  virtual std::string submit_job(const Job& job) = 0;
  virtual JobStatus get_status(const std::string& id) = 0;
  /// Of many at once; asks for one after the other unless you know better. One that is absent is
  /// not known (any more): after a while its attempt counts as lost, never as a success.
  virtual std::map<std::string, JobStatus> get_statuses(const std::vector<std::string>& ids);
  /// Ends it, also while it is queued. It may have ended already.
  virtual void kill_job(const std::string& id) = 0;
};

}  // namespace sherpa
