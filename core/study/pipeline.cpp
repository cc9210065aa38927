#include "core/study/pipeline.hpp"

#include <iterator>
#include <utility>
#include <variant>

namespace sherpa::study {

namespace {

/// The caller of the study loop runs this attempt itself. Nothing outside the process sees the
/// start, and a restart suggests the same trial again, so it need not be stored first.
bool leaves_at_once(const Effect& effect) {
  const auto* start = std::get_if<effect::Start>(&effect);
  return start && start->worker.empty();
}

}  // namespace

Pipeline::Pipeline(std::unique_ptr<Engine> engine, bool stored, Viewer* viewer)
    : engine_(std::move(engine)),
      journal_(stored, engine_->last_seq()),
      stored_(stored),
      viewer_(viewer) {}

void Pipeline::remove_listener(const FactListener& listener) { std::erase(listeners_, &listener); }

Step Pipeline::carry(Outcome outcome) {
  Step step{.answer = std::move(outcome.answer), .released = {}, .question = outcome.ask};
  Group facts;
  if (!outcome.facts.empty()) {
    facts = std::make_shared<const std::vector<Entry>>(std::move(outcome.facts));
    for (FactListener* listener : listeners_) listener->learn(facts);
    if (viewer_ && !stored_) viewer_->show(*facts);
  } else if (outcome.effects.empty()) {
    return step;
  }
  std::vector<Effect> waiting;
  for (Effect& effect : outcome.effects)
    (leaves_at_once(effect) ? step.released : waiting).push_back(std::move(effect));
  auto released = journal_.append(std::move(facts), std::move(waiting), outcome.after);
  step.released.insert(step.released.end(), std::make_move_iterator(released.begin()),
                       std::make_move_iterator(released.end()));
  return step;
}

std::vector<Effect> Pipeline::stored(const Journal::Batch& batch, const Result<void>& result) {
  if (!result) engine_->poison(result.error());
  if (result && viewer_)
    for (const auto& group : batch.groups) viewer_->show(*group);
  return journal_.stored(batch, result);
}

void Pipeline::fail(const Error& error) {
  engine_->poison(error);
  journal_.fail(error);
}

}  // namespace sherpa::study
