#pragma once

#include "core/base/files.hpp"
#include "core/study/open_attempts.hpp"
#include "schedulers/job_files.hpp"
#include "schedulers/job_records.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

/// The jobs of a command launcher while they run.
namespace sherpa::schedulers {

/// An attempt, and our connection to its shim.
struct LocalJob {
  LocalJob(const std::filesystem::path& jobs, std::shared_ptr<study::OpenAttempt> attempt)
      : open(std::move(attempt)), files(jobs, open->start.trial, open->start.attempt) {}

  std::shared_ptr<study::OpenAttempt> open;
  JobFiles files;
  std::uint64_t output_from = 0;
  base::Descriptor control{};
  pid_t shim = 0;       // 0: not known
  bool child = false;   // the shim is our child
  bool silent = false;  // superseded, or taken over: nothing is said about it
  bool taken = false;
  std::optional<std::pair<study::End, std::string>> failed{};  // before there was a shim
};

/// The jobs, by number. Channels know them, and may outlive the launcher.
struct LocalJobs {
  std::mutex mutex;
  std::map<std::uint64_t, std::shared_ptr<LocalJob>> running;

  void stop(std::uint64_t id, study::StopWhy why) {
    std::scoped_lock lock(mutex);
    auto found = running.find(id);
    if (found == running.end()) return;
    if (why == study::StopWhy::superseded) found->second->silent = true;
    say(*found->second, why);
  }
  /// Tells the job's shim to stop it.
  static void say(const LocalJob& job, study::StopWhy why);
};

/// How a job ended, as reported to the study.
struct JobOutcome {
  study::End end = study::End::completed;
  study::Detail detail{};
  std::optional<study::StopWhy> stop_why{};
};

/// What the end that a shim wrote means to the study.
JobOutcome outcome_of(const JobEnd& ended, const LocalJob& job);

}  // namespace sherpa::schedulers
