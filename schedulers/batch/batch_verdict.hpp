#pragma once

#include "core/study/commands.hpp"
#include "schedulers/batch/batch_system.hpp"

#include <optional>
#include <string>
#include <utility>

/// How an attempt ended that was a job: its program says one thing, the batch system another, and
/// sometimes only one of them says anything.
namespace sherpa::schedulers {

/// The end of an attempt, as its line is told.
struct LastWord {
  study::End end = study::End::lost;
  study::Detail detail{};
  std::optional<study::StopWhy> told{};
};

/// An end that has nothing but a reason.
inline LastWord ended(study::End end, std::string why) {
  LastWord last{end, {}, {}};
  last.detail.message = std::move(why);
  return last;
}

/// Whether what a job's program says of its end may be the batch system's doing, of which it cannot
/// know: a signal that came to it, or to the command.
bool needs_explanation(const LastWord& said, const std::optional<study::StopWhy>& told);

/// The end of one that was told to stop.
LastWord as_told(study::StopWhy why);

/// What is known of a job that is over.
struct OverJob {
  std::string name;                      ///< for people: `job 12 of Slurm`
  JobState state{};                      ///< what the batch system says
  std::optional<LastWord> said{};        ///< what its program said, when that needs explanation
  std::optional<study::StopWhy> told{};  ///< it was told to stop
  bool came = false;                     ///< its program has come to the coordinator
  std::string output{};                  ///< the last line that it printed
};
LastWord verdict(const OverJob& job);

}  // namespace sherpa::schedulers
