#include "study/picture.hpp"

#include "study/ledger.hpp"

#include <utility>

namespace sherpa::study {

Progress picture_of(const Engine& engine, std::optional<std::uint64_t> planned) {
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
    Progress::Running running{trial, attempt, ledger.configuration(trial), -1, 0};
    if (auto row = ledger.newest_row(trial)) {
      running.iteration = ledger.iteration(*row);
      running.objective = ledger.objective(*row);
    }
    p.running.push_back(std::move(running));
  }
  p.best = ledger.best();
  p.stopping = engine.closing();
  return p;
}

}  // namespace sherpa::study
