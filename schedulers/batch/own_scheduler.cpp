#include "schedulers/batch/batch_system.hpp"

#include "core/base/encoding.hpp"

#include <exception>

namespace sherpa {

Scheduler::~Scheduler() = default;

std::map<std::string, JobStatus> Scheduler::get_statuses(const std::vector<std::string>& ids) {
  std::map<std::string, JobStatus> all;
  for (const auto& id : ids) all.emplace(id, get_status(id));
  return all;
}

namespace schedulers {

namespace {

JobState state_of(JobStatus status) {
  using Phase = JobState::Phase;
  using How = JobState::How;
  switch (status) {
    case JobStatus::queued: return {Phase::queued, How::finished, "queued"};
    case JobStatus::running: return {Phase::running, How::finished, "running"};
    case JobStatus::finished: return {Phase::over, How::finished, "finished"};
    case JobStatus::failed: return {Phase::over, How::failed, "failed"};
    case JobStatus::killed: return {Phase::over, How::killed, "killed"};
    case JobStatus::other: break;
  }
  return {Phase::ending, How::finished, "other"};  // not final, whatever it is
}

class OwnSystem final : public BatchSystem {
 public:
  explicit OwnSystem(Scheduler& scheduler) : scheduler_(scheduler) {}

  std::string name() const override { return "the scheduler"; }

  Result<std::string> submit(const BatchJob& batch) override {
    auto id = guarded(Errc::invalid_argument, [&] { return scheduler_.submit_job(batch.job); });
    if (id && id->empty()) return Error{Errc::user_code, "submit_job returned no id"};
    return id;
  }
  Result<JobStates> ask(const std::vector<std::string>& ids) override {
    auto said = guarded(Errc::wrong_state, [&] { return scheduler_.get_statuses(ids); });
    if (!said) return said.error();
    JobStates states;
    for (const auto& [id, status] : *said) states.emplace(id, state_of(status));
    return states;
  }
  void kill(const std::vector<std::string>& ids) override {
    for (const auto& id : ids)
      (void)guarded(Errc::wrong_state, [&] {
        scheduler_.kill_job(id);
        return 0;
      });
  }

 private:
  template <class F>
  static auto guarded(Errc code, F&& call) -> Result<decltype(call())> {
    try {
      return call();
    } catch (const std::exception& e) {
      return Error{code, "the scheduler threw: " + base::printable(e.what())};
    } catch (...) {
      return Error{code, "the scheduler threw what is no exception"};
    }
  }

  Scheduler& scheduler_;
};

}  // namespace

Result<bool> BatchSystem::is_there(const std::string& id) {
  auto states = ask({id});
  if (!states) return states.error();
  for (const auto& [one, state] : *states)
    if (state.phase != JobState::Phase::over && (one == id || one.starts_with(id + "_")))
      return true;
  return false;
}

std::unique_ptr<BatchSystem> make_own_system(Scheduler& scheduler) {
  return std::make_unique<OwnSystem>(scheduler);
}

}  // namespace schedulers
}  // namespace sherpa
