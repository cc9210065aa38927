#pragma once

#include "core/study/commands.hpp"
#include "schedulers/batch/batch_system.hpp"

#include <optional>
#include <string>
#include <utility>

/// How an attempt that ran as a job ended: its program and the batch system may disagree, and
/// sometimes only one of them reports anything.
namespace sherpa::schedulers {

/// The end of an attempt, as reported to its trial channel.
struct LastWord {
  study::End end = study::End::lost;
  study::Detail detail{};
  std::optional<study::StopWhy> stop_why{};
};

/// An end that has nothing but a reason.
inline LastWord ended(study::End end, std::string why) {
  LastWord last{end, {}, {}};
  last.detail.message = std::move(why);
  return last;
}

/// Whether the batch system may have caused the end that a job's program reports, without the
/// program's knowledge: by a signal to it or to the command.
bool needs_explanation(const LastWord& said, const std::optional<study::StopWhy>& stop_why);

/// The end of an attempt that was asked to stop.
LastWord end_after_stop(study::StopWhy why);

/// What is known of a job that is over.
struct OverJob {
  std::string name;                          ///< for people: `job 12 of Slurm`
  JobState state{};                          ///< what the batch system says
  std::optional<LastWord> said{};            ///< what its program said, when that needs explanation
  std::optional<study::StopWhy> stop_why{};  ///< it was asked to stop
  bool came = false;                         ///< its program has connected
  std::string output{};                      ///< the last line that it printed
};
LastWord verdict(const OverJob& job);

}  // namespace sherpa::schedulers
