#include "schedulers/batch/batch_verdict.hpp"

#include <utility>

namespace sherpa::schedulers {

using study::End;
using study::StopWhy;

bool needs_explanation(const LastWord& said, const std::optional<StopWhy>& told) {
  if (told) return false;
  constexpr int killed_in_a_shell = 128;
  const auto& detail = said.detail;
  return said.end == End::lost || said.end == End::interrupted || said.end == End::preempted ||
         (said.end == End::failed &&
          (detail.signal || detail.exit_code.value_or(0) > killed_in_a_shell));
}

LastWord as_told(StopWhy why) {
  LastWord last{End::stopped, {}, why};
  if (why == StopWhy::going) last.end = End::interrupted;
  if (why == StopWhy::timeout) last.end = End::timeout;
  if (why == StopWhy::superseded) last.end = End::lost;
  return last;
}

LastWord verdict(const OverJob& job) {
  if (job.told) return as_told(*job.told);
  const auto what = job.name + " ";
  const auto said = " (" + job.state.why + ")";
  auto last = [&](End end, std::string message) {
    LastWord word{end, {}, {}};
    word.detail.message = std::move(message);
    return word;
  };
  using How = JobState::How;
  switch (job.state.how) {
    case How::finished:
    case How::failed: break;
    case How::killed: return last(End::stopped, what + "was cancelled" + said);
    case How::timeout: return last(End::timeout, what + "reached its time limit" + said);
    case How::preempted: return last(End::preempted, what + "was preempted" + said);
    case How::node_failed: return last(End::lost, what + "was lost with its node" + said);
    case How::out_of_memory: return last(End::failed, what + "ran out of memory" + said);
  }
  if (job.said) {
    // A signal came to its program alone: a warning of what is to come.
    if (job.said->end == End::interrupted)
      return last(End::preempted, what + "was told to end by a signal");
    auto word = *job.said;
    word.told.reset();
    return word;
  }
  if (job.came) return last(End::lost, what + "ended without saying how" + said);
  return last(End::failed, what + "ended before it ran anything" + said +
                               (job.output.empty() ? "" : ": " + job.output));
}

}  // namespace sherpa::schedulers
