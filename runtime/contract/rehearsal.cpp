#include "runtime/contract/rehearsal.hpp"

#include "core/base/clock.hpp"

#include <sstream>
#include <utility>

namespace sherpa::runtime {

Rehearsal::Rehearsal(StudySetup setup) : setup_(std::move(setup)) { open(); }

void Rehearsal::open() {
  auto study = open_study(setup_, {.placement = study::OnDemand{}, .prefetch = 0, .limits = {}},
                          &store_, base::read_clocks())
                   .or_throw();
  driver_ =
      std::make_unique<study::DirectDriver>(std::move(study.pipeline), std::move(study.hosts));
  commit();
}

void Rehearsal::commit() {
  auto batch = driver_->take();
  if (!batch.empty()) driver_->stored(batch, store_.commit(batch.groups));
}

template <class Command>
study::Answer Rehearsal::act(const Command& command) {
  auto answer = driver_->handle(command, base::read_clocks());
  commit();
  if (answer.kind == study::Answer::Kind::refused) throw Exception(answer.error);
  return answer;
}

std::variant<Rehearsal::Started, Wait, Done> Rehearsal::take() {
  auto answer = act(study::command::Take{});
  if (auto start = driver_->started())
    return Started{start->trial, start->attempt, start->configuration};
  if (answer.kind == study::Answer::Kind::wait) return Wait{};
  return Done{};
}

void Rehearsal::observe(const Started& trial, double objective, std::int64_t iteration,
                        Metrics context) {
  act(study::command::Observe{
      trial.id, trial.attempt, "", 0, {{objective, iteration, std::move(context)}}});
}

bool Rehearsal::should_stop(const Started& trial) {
  auto stop = driver_->should_stop(trial.id, trial.attempt, base::read_clocks);
  act(study::command::Tick{});  // stores the stop
  return std::move(stop).or_throw();
}

bool Rehearsal::verdict(const Started& trial) {
  return !driver_->verdict(trial.id).or_throw().empty();
}

bool Rehearsal::verdict_of_a_fresh_rule(const Started& trial) {
  return !build_rule(*setup_.stopping_rule, engine())->verdict(trial.id).or_throw().empty();
}

void Rehearsal::finalize(const Started& trial, TrialStatus status) {
  study::command::EndAttempt end;
  end.trial = trial.id;
  end.attempt = trial.attempt;
  end.status = status;
  act(end);
}

void Rehearsal::enqueue(Configuration configuration) {
  act(study::command::Enqueue{std::move(configuration), "a test"});
}

void Rehearsal::restart() { open(); }

void Rehearsal::restart(StudySetup setup) {
  setup_ = std::move(setup);
  open();
}

std::string Rehearsal::csv() const {
  std::ostringstream out;
  results().write_csv(out);
  return out.str();
}

}  // namespace sherpa::runtime
