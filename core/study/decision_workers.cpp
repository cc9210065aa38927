#include "core/base/text.hpp"
#include "core/study/decision.hpp"
#include "core/study/joins.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// Commands of workers.
namespace sherpa::study {

void Decision::decide(const command::Join& join) {
  const Worker& worker = join.worker;
  auto known = state_.workers.find(worker.name);
  Joining joining{.barred = state_.barred.contains({worker.name, worker.incarnation})};
  if (known != state_.workers.end())
    joining = {joining.barred, true, known->second.worker == worker, known->second.present,
               join.session > known->second.session};
  switch (classify(joining)) {
    case JoinKind::refused:
      return refuse(Errc::wrong_state,
                    "worker " + base::quote(worker.name) +
                        " may not come back as it is: it was taken out of use, or a newer start "
                        "of it has joined; start it again");
    case JoinKind::repeated: return answer(Answer::Kind::duplicate);
    case JoinKind::started_again: {
      std::string old = known->second.worker.incarnation;
      lose_all(worker.name, old, End::lost, "its worker was started again");
      emit(fact::WorkerLeft{worker.name, old, "it was started again", true});
      emit(fact::WorkerJoined{worker});
      break;
    }
    case JoinKind::new_worker: emit(fact::WorkerJoined{worker}); break;
    case JoinKind::back: break;
  }
  WorkerState& state = state_.workers.at(worker.name);
  state.present = true;
  state.session = join.session;
  state.last_life = now_.steady;
  compare_running(join);
  fill();
}

/// An attempt that the worker should run and does not was lost on the way. One that it runs and
/// should not is told to stop.
void Decision::compare_running(const command::Join& join) {
  const Worker& worker = join.worker;
  auto here = [&](const OpenTrial& open) {
    return open.running && open.worker == worker.name && open.incarnation == worker.incarnation;
  };
  std::vector<TrialId> lost;
  for (const auto& [id, open] : state_.open)
    if (here(open) && std::find(join.running.begin(), join.running.end(),
                                std::pair(id, open.attempt)) == join.running.end())
      lost.push_back(id);
  for (TrialId id : lost) {
    // Its start may be on the way still.
    tell_to_stop(id, state_.open.at(id), StopWhy::superseded);
    lose(id, End::lost, "its worker came back without it");
  }
  for (auto [id, attempt] : join.running) {
    const OpenTrial* open = state_.find_open(id);
    const bool current = open && here(*open) && open->attempt == attempt;
    switch (reunite(current, current && open->stop_pending, run_.closing.has_value())) {
      case Reunion::superseded:
        act(effect::Stop{id, attempt, StopWhy::superseded, worker.name, worker.incarnation});
        break;
      case Reunion::stop: tell_to_stop(id, *open, StopWhy::person); break;
      case Reunion::interrupt: tell_to_stop(id, *open, StopWhy::going); break;
      case Reunion::nothing: break;
    }
  }
}

void Decision::decide(const command::Alive& alive) {
  if (!sign_of_life(alive.worker, alive.incarnation)) return answer(Answer::Kind::superseded);
}

void Decision::decide(const command::Drain& drain) {
  if (!sign_of_life(drain.worker, drain.incarnation)) return answer(Answer::Kind::superseded);
  state_.workers.at(drain.worker).draining = true;
}

void Decision::decide(const command::Leave& leave) {
  auto known = state_.workers.find(leave.worker);
  if (known == state_.workers.end() || known->second.worker.incarnation != leave.incarnation)
    return answer(Answer::Kind::duplicate);
  const auto why = shorten(leave.why);
  lose_all(leave.worker, leave.incarnation, leave.end, why);
  emit(fact::WorkerLeft{leave.worker, leave.incarnation, why, false});
  fill();
}

}  // namespace sherpa::study
