#include "schedulers/batch/batch_verdict.hpp"

#include <utility>

namespace sherpa::schedulers {

using study::End;
using study::StopWhy;

bool needs_explanation(const LastWord& said, const std::optional<StopWhy>& stop_why) {
  if (stop_why) return false;
  constexpr int killed_in_a_shell = 128;
  const auto& detail = said.detail;
  return said.end == End::lost || said.end == End::interrupted || said.end == End::preempted ||
         (said.end == End::failed &&
          (detail.signal || detail.exit_code.value_or(0) > killed_in_a_shell));
}

LastWord end_after_stop(StopWhy why) {
  LastWord last{End::stopped, {}, why};
  if (why == StopWhy::going) last.end = End::interrupted;
  if (why == StopWhy::timeout) last.end = End::timeout;
  if (why == StopWhy::superseded) last.end = End::lost;
  return last;
}

LastWord verdict(const OverJob& job) {
  if (job.stop_why) return end_after_stop(*job.stop_why);
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
    // A signal to its program alone is a warning before preemption.
    if (job.said->end == End::interrupted)
      return last(End::preempted, what + "was ended by a signal");
    auto word = *job.said;
    word.stop_why.reset();
    return word;
  }
  if (job.came) return last(End::lost, what + "ended without saying how" + said);
  return last(End::failed, what + "ended before it ran anything" + said +
                               (job.output.empty() ? "" : ": " + job.output));
}

}  // namespace sherpa::schedulers
