#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the files of a job say, as JSON: how it was started, and how it ended.
namespace sherpa::schedulers {

/// An attempt as it was started.
struct JobRecord {
  study::effect::Start start{};
  std::string door{};             ///< the name of its shim's socket; of a batch job none
  std::uint64_t output_from = 0;  ///< where in the output it begins

  // Of a batch job.
  std::string submission{};  ///< the secret of this submission: an earlier one's job is not let in
  std::string id{};          ///< by which the batch system knows it; empty: not submitted yet
  std::string process{};     ///< which runs it; empty: none has come yet
  std::optional<study::StopWhy> told{};  ///< it was told to stop
};

std::string to_json(const JobRecord& record);
Result<JobRecord> job_record_from_json(std::string_view text);

/// How a job ended, as its shim tells.
struct JobEnd {
  enum class Reason : std::uint8_t {
    exited,           ///< by itself
    stopped,          ///< it was told to, `why`
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

/// The word by which a shim is told to stop its job.
std::string_view word(study::StopWhy why);

}  // namespace sherpa::schedulers
