#pragma once

#include "core/base/result.hpp"
#include "core/study/facts.hpp"

#include <sherpa/scheduler.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::schedulers {

/// What a batch system says of a job.
struct JobState {
  enum class Phase : std::uint8_t {
    queued,
    running,  ///< suspended ones, too
    ending,   ///< not final: what it says may change still
    stuck,    ///< it will never run without help
    over,
  };
  /// Of a job that is over; or that is ending, where that is known already to be somebody's doing.
  enum class How : std::uint8_t {
    finished,
    failed,
    killed,  ///< by a user or administrator
    timeout,
    preempted,
    node_failed,
    out_of_memory,
  };
  Phase phase = Phase::queued;
  How how = How::finished;
  std::string why{};  ///< its word and reason, for people

  friend bool operator==(const JobState&, const JobState&) = default;
};

using JobStates = std::map<std::string, JobState>;  // by id

/// A job to be submitted.
struct BatchJob {
  Job job{};
  /// The batch system's own program writes its answer there, so that it survives a crash of ours.
  std::filesystem::path id_file{};
  /// The number of tasks of an array, each with its task number at the end of its output's name;
  /// absent: one job.
  std::optional<std::uint32_t> count{};
  std::chrono::seconds notice{0};  ///< warn this long before the time limit, where supported
  bool again = false;  ///< it may be started again after it was preempted, or its node has failed
};

/// The port behind which jobs are queued and run. Used by one thread; calls may be slow.
class BatchSystem {
 public:
  virtual ~BatchSystem() = default;

  /// `Slurm`; also the name of the worker that it is to the study.
  virtual std::string name() const = 0;
  /// The job's id. Errors: wrong_state where a later try may succeed; others are final.
  virtual Result<std::string> submit(const BatchJob& job) = 0;
  /// What it knows of these; one that is absent is not known. An error means nothing to the jobs.
  virtual Result<JobStates> ask(const std::vector<std::string>& ids) = 0;
  /// What its books say of one that `ask` knows no more; or why it is stuck. Absent: nothing, or
  /// nothing yet.
  virtual std::optional<JobState> look_up(const std::string& /*id*/) { return std::nullopt; }
  /// Whether something of a job, or of an array, is queued or runs. An error says nothing.
  virtual Result<bool> is_there(const std::string& id);
  /// They may have ended already.
  virtual void kill(const std::vector<std::string>& ids) = 0;
  /// The id in what `submit` left behind, where the coordinator died before it could store it.
  virtual std::optional<std::string> read_id(const std::string& /*text*/) const {
    return std::nullopt;
  }
};

/// How the users of a batch system want their jobs.
struct BatchWishes {
  std::vector<std::string> options{};   ///< of sbatch or qsub; they win over ours
  std::filesystem::path environment{};  ///< sourced first; empty: none
};

std::unique_ptr<BatchSystem> make_slurm(BatchWishes wishes);
std::unique_ptr<BatchSystem> make_grid_engine(BatchWishes wishes);
/// A user's own, which outlives it.
std::unique_ptr<BatchSystem> make_own_system(Scheduler& scheduler);

/// The script that becomes of a job: sources the environment, and is then replaced by the command.
std::string job_script(const Job& job, const std::filesystem::path& environment);

}  // namespace sherpa::schedulers
