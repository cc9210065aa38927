#include "schedulers/local/local_job.hpp"

#include "schedulers/job_output.hpp"

#include <sys/socket.h>

#include <cstring>

namespace sherpa::schedulers {

using study::End;
using study::StopWhy;

void LocalJobs::say(const LocalJob& job, StopWhy why) {
  auto text = word(why);
  ::send(job.control.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

JobOutcome outcome_of(const JobEnd& ended, const LocalJob& job) {
  JobOutcome last{End::failed, ended.detail, ended.why};
  switch (ended.reason) {
    case JobEnd::Reason::exited: break;
    case JobEnd::Reason::stopped:
      last.end = ended.why == StopWhy::going ? End::interrupted : End::stopped;
      return last;
    case JobEnd::Reason::timeout: last.end = End::timeout; return last;
    case JobEnd::Reason::orphaned: last.end = End::interrupted; return last;
    case JobEnd::Reason::terminated: last.end = End::lost; return last;
    case JobEnd::Reason::could_not_start: return last;
  }
  last.told.reset();
  const auto declared = job.open->declared();
  if (ended.detail.exit_code == 0) {
    last.end = End::completed;
    if (declared) {
      last.end = declared->first;
      last.detail.message = declared->second;
    }
    return last;
  }
  // The program's own words tell more than what it printed last.
  const bool explained = declared && declared->first == End::failed && !declared->second.empty();
  last.detail.message =
      explained ? declared->second : last_output_line(job.files.output, job.output_from);
  if (ended.detail.signal) {
    auto what = std::string("ended by ") + strsignal(*ended.detail.signal);
    last.detail.message = what + (last.detail.message.empty() ? "" : ": " + last.detail.message);
  }
  return last;
}

}  // namespace sherpa::schedulers
