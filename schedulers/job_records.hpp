#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The files of a job, as JSON: how it was started, and how it ended.
namespace sherpa::schedulers {

/// An attempt as it was started.
struct JobRecord {
  study::effect::Start start{};
  std::string socket{};           ///< the name of its shim's socket; empty for a batch job
  std::uint64_t output_from = 0;  ///< where in the output it begins

  // Of a batch job.
  std::string
      submission{};       ///< the secret of this submission: the jobs of earlier ones are refused
  std::string id{};       ///< by which the batch system knows it; empty: not submitted yet
  std::string process{};  ///< which runs it; empty: none has come yet
  std::optional<study::StopWhy> stop_why{};  ///< it was asked to stop
};

std::string to_json(const JobRecord& record);
Result<JobRecord> job_record_from_json(std::string_view text);

/// How a job ended, as its shim reports.
struct JobEnd {
  enum class Reason : std::uint8_t {
    exited,           ///< by itself
    stopped,          ///< it was asked to, `why`
    timeout,          ///< likewise
    orphaned,         ///< its coordinator was gone for too long
    could_not_start,  ///< the message says why
    terminated,       ///< a signal came to its shim
  };
  Reason reason = Reason::exited;
  std::optional<study::StopWhy> why{};
  study::Detail detail{};
};

Result<JobEnd> job_end_from_json(std::string_view text);

/// The word that makes a shim stop its job.
std::string_view word(study::StopWhy why);

}  // namespace sherpa::schedulers
