#include "core/feed/snapshot.hpp"

#include "core/study/ledger.hpp"

#include <utility>

namespace sherpa::feed {

Progress snapshot_of(const study::Engine& engine, std::optional<std::uint64_t> planned,
                     std::optional<base::Duration> now) {
  const auto& ledger = *engine.ledger();
  Progress p;
  p.name = engine.study().name;
  p.lower_is_better = engine.study().lower_is_better;
  p.total = engine.total(planned);
  p.completed = engine.ended_with(TrialStatus::completed);
  p.failed = engine.ended_with(TrialStatus::failed);
  p.stopped = engine.ended_with(TrialStatus::stopped);
  for (auto [trial, attempt] : engine.open_trials()) {
    if (attempt == 0) continue;
    Progress::Running running{trial, attempt, ledger.configuration(trial), -1, 0, {}};
    if (auto row = ledger.newest_row(trial)) {
      running.iteration = ledger.iteration(*row);
      running.objective = ledger.objective(*row);
    }
    p.running.push_back(std::move(running));
  }
  for (auto& w : engine.workers()) {
    if (!w.present && !now) continue;  // of a run that is over
    using State = Progress::Worker::State;
    auto& worker = p.workers.emplace_back();
    worker.name = std::move(w.worker.name);
    worker.state = !w.present ? State::away : w.draining ? State::draining : State::working;
    worker.slots = w.worker.slots;
    worker.free_slots = w.free_slots;
    worker.resources = std::move(w.worker.resources);
    worker.trials = std::move(w.trials);
    if (now)
      worker.lease =
          std::chrono::milliseconds(engine.study().limits.lease_ms) - (*now - w.last_life);
  }
  p.best = ledger.best();
  if (const auto& failure = engine.last_failure())
    p.last_failure = {failure->trial, failure->attempt, failure->reason};
  p.stopping = engine.closing();
  return p;
}

}  // namespace sherpa::feed
